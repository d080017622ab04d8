"""The command line in the place of the footer's keys."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.prompt.intents import PromptError, SaveTo
from tui.prompt.line import Candidates, PromptLine
from tui.prompt.prompt import Prompt


class PromptBar(Horizontal):
    """Asks for a line, carries it out, and gives the focus back.

    Args:
        prompt: what carries it out.
    """

    DEFAULT_CSS = """
    PromptBar {
        height: 1;
        background: $panel;
        #colon { width: 2; padding: 0 0 0 1; color: $primary; text-style: bold; }
    }
    """

    class Closed(Message):
        """Nothing is asked any more."""

    def __init__(self, prompt: Prompt) -> None:
        super().__init__(id="ask")
        self._prompt = prompt
        self._line = PromptLine(prompt.offer, prompt.history)
        self._candidates = Candidates()
        self._used: Widget | None = None
        """What had the focus before."""

    def compose(self) -> ComposeResult:
        """A colon and the line."""
        yield Static(":", id="colon")
        yield self._line

    def on_mount(self) -> None:
        """What may come next is shown over the board."""
        self.screen.mount(self._candidates)

    def ask(self, line: str) -> None:
        """Ask for a line, with what it begins with."""
        if self.screen.focused is not self._line:
            self._used = self.screen.focused
        self._prompt.open()
        self._line.value = line
        self._line.cursor_position = len(line)
        self._line.focus()

    @on(PromptLine.Offered)
    def _show(self, event: PromptLine.Offered) -> None:
        event.stop()
        self._candidates.show(event.found, event.marked)

    @on(PromptLine.Left)
    def _leave(self, event: PromptLine.Left) -> None:
        event.stop()
        self._close()

    @on(Input.Changed)
    def _change(self, event: Input.Changed) -> None:
        event.stop()

    @on(Input.Submitted)
    async def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        line = event.value.strip()
        try:
            intent = self._prompt.read(line)
            if isinstance(intent, SaveTo):  # may fail
                self._prompt.save(intent)
        except PromptError as error:
            self._candidates.complain(str(error))
            return
        self._close()
        if intent is not None:
            self._prompt.history.add(line)
            await self._prompt.carry_out(intent)

    def _close(self) -> None:
        self._candidates.hide()
        self._line.value = ""
        self.post_message(self.Closed())
        if self._used is not None and self._used.is_attached:
            self.screen.set_focus(self._used)
        else:
            self.screen.set_focus(None)
