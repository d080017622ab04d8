"""The line itself: an input in the place of the footer, and what may come next above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from tui.keys.inside import bindings_of
from tui.prompt.completion import Candidate
from tui.prompt.history import History
from tui.widgets.fold import hanging
from tui.widgets.line import printable

SHOWN = 7
"""Most candidates that are listed."""
_WORD = 24
"""Cells of a candidate before what it does."""
Offer = Callable[[str], list[Candidate]]
"""What may come next in a line."""


class _First(Suggester):
    """The first candidate that goes on with what was typed, behind the cursor."""

    def __init__(self, offer: Offer) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._offer = offer

    async def get_suggestion(self, value: str) -> str | None:
        found = self._offer(value) if value else []
        return next((c.line for c in found if c.line.startswith(value)), None)


class Candidates(Static):
    """What may come next, or what is wrong, over the lowest lines of the board."""

    DEFAULT_CSS = """
    Candidates {
        layer: above;
        dock: bottom;
        margin: 0 0 1 0;
        height: auto;
        max-height: 12;
        padding: 0 1;
        display: none;
        background: $surface;
        color: $foreground;
        border-top: solid $primary;
        &.-shown { display: block; }
        &.-wrong { color: $text-error; }
    }
    """

    def show(self, found: list[Candidate], marked: str) -> None:
        """List candidates; the marked word stands out."""
        first = next((n for n, c in enumerate(found) if c.word == marked), 0)
        first = max(0, min(first - SHOWN // 2, len(found) - SHOWN))
        text = Text()
        for candidate in found[first : first + SHOWN]:
            style = "reverse" if candidate.word == marked else "bold"
            text.append(f"{printable(candidate.word, 34):<{_WORD}}", style)
            text.append(f" {printable(candidate.help)}\n", "dim")
        if len(found) > SHOWN:
            text.append(f"{len(found)} in all, tab goes through them", "dim")
        text.rstrip()
        self.update(hanging(text, max(self.app.size.width - 2, 1), _WORD + 1))
        self.set_class(bool(found), "-shown")
        self.remove_class("-wrong")

    def complain(self, message: str) -> None:
        """Say what is wrong with the line."""
        self.update(Text(printable(message)))
        self.add_class("-shown", "-wrong")

    def hide(self) -> None:
        """Nothing to show."""
        self.remove_class("-shown", "-wrong")


class PromptLine(Input):
    """A line with completion and history.

    Args:
        offer: what may come next.
        history: lines carried out before.
    """

    DEFAULT_CSS = "PromptLine { width: 1fr; background: $panel; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("prompt")

    class Left(Message):
        """Esc: nothing is asked."""

    class Offered(Message):
        """Other candidates than before."""

        def __init__(self, found: list[Candidate], marked: str = "") -> None:
            self.found = found
            self.marked = marked
            super().__init__()

    def __init__(self, offer: Offer, history: History) -> None:
        super().__init__(
            placeholder="a command; tab completes, ↑ goes back",
            suggester=_First(offer),
            id="prompt",
            compact=True,
        )
        self.cursor_blink = False
        self._offer = offer
        self._history = history
        self._turned: list[Candidate] = []
        """What tab goes through."""
        self._turn = -1

    def watch_value(self, value: str) -> None:
        """Offer what may come next, unless tab is going through that."""
        turning = self._turned and value == self._turned[self._turn].line
        if not turning:
            self._turned, self._turn = [], -1
            self.post_message(self.Offered(self._offer(value) if value else []))

    def action_complete(self, by: int) -> None:
        """Take the next candidate in place of the last word."""
        if not self._turned:
            self._turned = self._offer(self.value)
            self._turn = -1 if by > 0 else 0
        if not self._turned:
            return
        self._turn = (self._turn + by) % len(self._turned)
        marked = self._turned[self._turn]
        if len(self._turned) == 1:
            self._turned = []
            self._put(marked.line + " ")
            return
        self._put(marked.line)
        self.post_message(self.Offered(self._turned, marked.word))

    def action_back(self) -> None:
        """The line before."""
        self._put(self._history.back(self.value))

    def action_forth(self) -> None:
        """The line after."""
        self._put(self._history.forth(self.value))

    def action_leave(self) -> None:
        """Ask nothing."""
        self.post_message(self.Left())

    def action_delete_left(self) -> None:
        """Backspace on an empty line leaves it."""
        if self.value:
            super().action_delete_left()
        else:
            self.action_leave()

    def _put(self, line: str) -> None:
        self.value = line
        self.cursor_position = len(line)
