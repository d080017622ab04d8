"""A choice among a few values on one line: arrows, letters or the mouse change it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click, Key
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.tickets import printable


class Choice(Widget, can_focus=True):
    """`◂ port_scan ▸  1/5`."""

    DEFAULT_CSS = """
    Choice {
        height: 1;
        width: 1fr;
        color: $foreground;
        &:focus { background: $primary 30%; text-style: bold; }
        &:hover { background: $primary 15%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "turn(-1)", "Previous", show=False),
        Binding("right,l,space", "turn(1)", "Next", show=False),
    ]

    index: reactive[int] = reactive(0)

    class Changed(Message):
        """Another option was chosen."""

        def __init__(self, choice: Choice) -> None:
            self.choice = choice
            super().__init__()

        @property
        def control(self) -> Choice:
            """The choice that changed."""
            return self.choice

    def __init__(self, options: Sequence[str], value: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.options = tuple(options)
        if value in self.options:
            self.set_reactive(Choice.index, self.options.index(value))

    @property
    def value(self) -> str:
        """The chosen option, or nothing where there is none to choose."""
        return self.options[self.index] if self.options else ""

    def render(self) -> Text:
        """The option between arrows, with its place among the others."""
        place = f"{self.index + 1}/{len(self.options)}" if len(self.options) > 1 else ""
        text = Text("◂ ", no_wrap=True, overflow="ellipsis")
        text.append(printable(self.value, 40))
        text.append(" ▸")
        text.append(f"  {place}", "dim")
        return text

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
        """The left arrow goes back, everything else forward."""
        self.action_turn(-1 if event.x < 2 else 1)

    def on_key(self, event: Key) -> None:
        """A letter goes to the next option that begins with it."""
        letter = event.character or ""
        if not letter.isalpha() or letter in "hlq":
            return
        order = [(self.index + n) % len(self.options) for n in range(1, len(self.options) + 1)]
        for index in order:
            if self.options[index].lower().startswith(letter.lower()):
                self.index = index
                event.stop()
                return
