"""A line of a form that asks for text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from textual.widgets import Input

from sim.errors import InputError
from tui.forms.bounds import EntryError
from tui.forms.form_line import CONTROL, LABEL, FormLine
from tui.theme.ink import Ink
from tui.widgets.line import Line, printable

T = TypeVar("T")


class Entry(FormLine, Generic[T]):
    """A text whose content is checked as one types.

    Until somebody goes there it is a drawing; its input is made when it first gets the focus.
    """

    DEFAULT_CSS = f"""
    Entry {{
        layout: horizontal;
        Input {{ width: {CONTROL}; max-width: 100%; margin: 0 0 0 {LABEL}; }}
        Input {{ background: $background; }}
        Input:focus {{ background: $primary 30%; }}
        &.-wide Input {{ width: 1fr; }}
        &.-wrong Input {{ background: $error 30%; }}
    }}
    """

    def __init__(
        self,
        label: str,
        value: str,
        parse: Callable[[str], T],
        *,
        expected: str = "",
        unit: str = "",
        id: str,  # noqa: A002
        wide: bool = False,
    ) -> None:
        self._parse = parse
        self._hint = " ".join(
            part for part in (unit + ("," if unit and expected else ""), expected) if part
        )
        super().__init__(label, self._hint, id=id, wide=wide)
        self.set_class(wide, "-wide")
        self._text = value
        self._input: Input | None = None

    @property
    def value(self) -> str:
        """What was typed."""
        return self._text if self._input is None else self._input.value

    @value.setter
    def value(self, text: str) -> None:
        self._text = text
        if self._input is None:
            self.check()
        else:
            self._input.value = text

    def edit(self) -> Input:
        """The input, made if this is the first time; it takes the focus in place of the line."""
        if self._input is None:
            self._input = Input(self._text, compact=True, select_on_focus=True)
            self._input.cursor_blink = False
            self._make_room()
            self.can_focus = self.has_focus = False
            self.mount(self._input)
        return self._input

    def control(self, ink: Ink) -> Line:
        """The text; the input lies over it once there is one."""
        return Line().add(printable(self._text), ink())

    def parse(self) -> T:
        """The value that was typed.

        Raises:
            EntryError: it is unusable.
        """
        try:
            return self._parse(self.value.strip())
        except InputError as error:
            raise EntryError(str(error)) from None

    def check(self) -> bool:
        """Show the bounds, or what is wrong; whether the content is usable."""
        try:
            self.parse()
        except EntryError as error:
            self.note(str(error), wrong=True)
            return False
        self.note(self._hint)
        return True

    def note(self, text: str, *, wrong: bool = False) -> None:
        """Show `text` beside the input."""
        super().note(text, wrong=wrong)
        self._make_room()

    def _make_room(self) -> None:
        if self.wide and self._input is not None:
            self._input.styles.margin = (0, self.room, 0, LABEL)

    def on_input_changed(self) -> None:
        """Check while one types."""
        self.check()
