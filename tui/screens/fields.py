"""A labelled line of a form: label, control, and beside it the bounds or what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from sim.errors import InputError
from tui.screens.bounds import EntryError
from tui.screens.choice import Choice
from tui.tickets import printable

T = TypeVar("T")


class FormLine(Horizontal):
    """Label, control and note on one line."""

    DEFAULT_CSS = """
    FormLine {
        height: 1;
        width: 1fr;
        .label { width: 12; color: $text-muted; }
        .note { width: 1fr; color: $text-muted; padding: 0 0 0 2; text-wrap: nowrap;
                text-overflow: ellipsis; }
        Input { width: 26; background: $background; }
        Input:focus { background: $primary 30%; }
        Choice { width: 26; background: $background; }
        Choice:focus { background: $primary 30%; }
        &.-wide Input { width: 1fr; }
        &.-wide .note { width: auto; max-width: 24; }
        &.-wrong .note { color: $text-error; }
        &.-wrong Input { background: $error 30%; }
    }
    """

    def __init__(
        self, label: str, control: Input | Choice, note: str = "", *, wide: bool = False
    ) -> None:
        super().__init__(classes="-wide" if wide else "")
        self._label = label
        self.control = control
        self._note = note

    def compose(self) -> ComposeResult:
        """Label, control and note."""
        yield Static(self._label, classes="label", markup=False)
        yield self.control
        yield Static(Text(self._note), classes="note")

    def note(self, text: str, *, wrong: bool = False) -> None:
        """Show `text` beside the control."""
        self.set_class(wrong, "-wrong")
        self.query_one(".note", Static).update(Text(printable(text)))


class Entry(FormLine, Generic[T]):
    """A text input whose content is checked as one types."""

    def __init__(
        self,
        label: str,
        value: str,
        parse: Callable[[str], T],
        *,
        expected: str = "",
        unit: str = "",
        id: str | None = None,  # noqa: A002
        wide: bool = False,
    ) -> None:
        self._parse = parse
        self._hint = " ".join(
            part for part in (unit + ("," if unit and expected else ""), expected) if part
        )
        entry = Input(value, id=id, compact=True, select_on_focus=True)
        entry.cursor_blink = False
        super().__init__(label, entry, self._hint, wide=wide)

    @property
    def text(self) -> str:
        """What stands in the input."""
        assert isinstance(self.control, Input)
        return self.control.value

    def parse(self) -> T:
        """The value that was typed.

        Raises:
            EntryError: it is unusable.
        """
        try:
            return self._parse(self.text.strip())
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

    def on_input_changed(self) -> None:
        """Check while one types."""
        self.check()
