"""A choice among a few values: arrows, letters or the mouse change it, enter lists all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.style import Style
from textual.binding import BindingType
from textual.events import Click, Key
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from tui.forms.form_line import CONTROL, LABEL, FormLine
from tui.keys.inside import bindings_of
from tui.theme.ink import Ink
from tui.widgets.line import Line, printable

_DIM = Style(dim=True)


class Choice(FormLine):
    """`Kind  ◂ port_scan ▸  1/5`."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of("choice")

    index: reactive[int] = reactive(0)
    listed: reactive[bool] = reactive(False, layout=True)
    """Whether all options are shown below the line."""

    class Changed(Message):
        """Another option was chosen."""

        def __init__(self, choice: Choice) -> None:
            self.choice = choice
            super().__init__()

        @property
        def control(self) -> Choice:
            """The choice that changed."""
            return self.choice

    def __init__(
        self,
        label: str,
        options: Sequence[str],
        value: str = "",
        note: str = "",
        *,
        id: str,  # noqa: A002
        lacking: Callable[[str], str] = lambda option: "",
    ) -> None:
        super().__init__(label, note, id=id)
        self._lacking = lacking
        self.options = tuple(options)
        if value in self.options:
            self.set_reactive(Choice.index, self.options.index(value))

    @property
    def value(self) -> str:
        """The chosen option, or nothing where there is none to choose."""
        return self.options[self.index] if self.options else ""

    def control(self, ink: Ink) -> Line:
        """The option between arrows, with its place among the others."""
        missing = self._lacking(self.value)
        style = ink("ink-dim" if missing else "foreground", bold=self.has_focus)
        value = printable(self.value, max(min(self._control_room - 4, 40), 1))
        line = Line().add(f"◂ {value} ▸", style)
        if missing:
            line.add(f" needs {missing}", ink("value-changed"))
        place = f"  {self.index + 1}/{len(self.options)}"
        if len(self.options) > 1 and line.width + len(place) <= self._control_room:
            line.add(place, style + _DIM)
        return line

    @property
    def _control_room(self) -> int:
        return min(CONTROL, self.size.width - LABEL)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line, and one for each option while they are listed."""
        return 1 + len(self.options) * self.listed

    def render_line(self, y: int) -> Strip:
        """The choice, or one of its options."""
        if y == 0:
            return super().render_line(0)
        ink, chosen = self._colours(), y - 1 == self.index
        mark = "▸ " if chosen else "  "
        line = Line().to(LABEL, ink()).add(mark, ink("primary"))
        option = self.options[y - 1]
        missing = self._lacking(option)
        colour = "ink-dim" if missing else "primary" if chosen else "foreground"
        line.add(printable(option, 40), ink(colour))
        if missing:
            line.add(f" needs {missing}", ink("ink-dim"))
        return line.strip(self.size.width, ink())

    def action_list(self) -> None:
        """List all options, or fold them up again."""
        self.listed = not self.listed

    def action_up(self) -> None:
        """The option above, or the field above."""
        if self.listed:
            self.index = max(self.index - 1, 0)
        else:
            self.screen.focus_previous()

    def action_down(self) -> None:
        """The option below, or the field below."""
        if self.listed:
            self.index = min(self.index + 1, len(self.options) - 1)
        else:
            self.screen.focus_next()

    def on_blur(self) -> None:
        """Fold up."""
        self.listed = False

    def offer(self, options: Sequence[str]) -> None:
        """Let other options be chosen; the chosen one stays if it is among them."""
        value, self.options = self.value, tuple(options)
        self.index = self.options.index(value) if value in self.options else 0
        self.refresh()

    def choose(self, value: str) -> None:
        """Make `value` the chosen option."""
        if value in self.options:
            self.index = self.options.index(value)

    def action_turn(self, by: int) -> None:
        """Go to the next or previous option, round and round."""
        if self.options:
            self.index = (self.index + by) % len(self.options)

    def watch_index(self) -> None:
        """Tell the dialog."""
        self.post_message(self.Changed(self))

    def on_click(self, event: Click) -> None:
        """The left arrow goes back, a listed option is taken, everything else goes forward."""
        if event.y:
            self.index, self.listed = event.y - 1, False
        else:
            self.action_turn(-1 if LABEL <= event.x < LABEL + 2 else 1)

    def on_key(self, event: Key) -> None:
        """A letter goes to the next option that begins with it."""
        if self.pick(event.character or ""):
            event.stop()

    def pick(self, letter: str) -> bool:
        """Go to the next option that begins with a letter; whether there is one."""
        if not letter.isalpha() or letter in "hlq":
            return False
        order = [(self.index + n) % len(self.options) for n in range(1, len(self.options) + 1)]
        for index in order:
            if self.options[index].lower().startswith(letter.lower()):
                self.index = index
                return True
        return False
