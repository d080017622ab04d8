"""Says once that the run is held by a fault or has failed, why, and what to do."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from sim.commands import Resume
from sim.snapshot import RunState, Snapshot
from sim.text import command_line
from tui.forms.dialog import Dialog, Give
from tui.keys.inside import bindings_of
from tui.widgets.line import printable

ALARMS = (RunState.FAULT, RunState.FAILED)
"""States of a run that something stopped which nobody asked for."""


class AlarmDialog(Dialog):
    """Cause, place, and the command that reproduces it."""

    DEFAULT_CSS = """
    AlarmDialog #box { border: round $error; border-title-color: $text-error; }
    """
    SCROLLS = True
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("alarm")

    def __init__(self, snapshot: Snapshot, give: Give) -> None:
        super().__init__(snapshot, give)
        self._fault = snapshot.state is RunState.FAULT
        go_on = (("space", "try again"),) if self._fault else ()
        copy = (("y", "copy the replay command"),) if snapshot.run_dir else ()
        end = (("q", "quit"),) if self._is_void else ()
        self.KEYS = (*go_on, *copy, *end)

    @property
    def _is_void(self) -> bool:
        """Whether the run never began, so that there is nothing to look at behind the alarm."""
        return not self._fault and not self.snapshot.run_dir

    @property
    def heading(self) -> str:
        """What happened."""
        return "The run is paused by a fault" if self._fault else "The run has failed"

    def content(self) -> ComposeResult:
        """Cause and advice."""
        yield Static(self._text(), id="alarm")

    def _text(self) -> Text:
        seen = self.snapshot
        cause = printable(seen.cause, 600) or "no cause was given"
        text = Text()
        text.append(f"{cause}\n\n", self.ink("error", bold=True))
        text.append("Step        ", "dim").append(f"{seen.step:,}, seed {seen.seed}\n")
        if seen.run_dir:
            text.append("Kept in     ", "dim").append(printable(seen.run_dir, 400) + "\n")
            text.append("Reproduce   ", "dim").append(
                printable(command_line("replay", seen.run_dir), 400) + "\n"
            )
        text.append("\n" + self._advice())
        return text

    def _advice(self) -> str:
        if self._fault:
            return (
                "Nothing that was recorded is lost while its directory is there. Mend the cause "
                "(make room on the disk, end what holds the file, put back what was moved), then "
                "let the run go on."
            )
        kept = self.snapshot.run_dir
        if not kept:
            return "The run had not begun, and nothing was written. Mend the cause and start again."
        return printable(
            "What was recorded is kept and can be looked at, exported and replayed. To continue "
            f"from the last checkpoint: {command_line('resume', kept)}",
            600,
        )

    def action_go_on(self) -> None:
        """Try again."""
        if self._fault:
            self.give(Resume())
            self.dismiss()

    async def action_end(self) -> None:
        """Leave, or close the alarm only where there is a run to look at."""
        self.dismiss()
        if self._is_void:
            await self.app.run_action("request_quit")

    def action_copy(self) -> None:
        """Copy the command that reproduces it."""
        if self.snapshot.run_dir:
            self.app.copy_to_clipboard(command_line("replay", self.snapshot.run_dir))
            self.say("Copied.", calm=True)

    def submit(self) -> None:
        """Enter closes."""
        self.dismiss()

    def redraw(self) -> None:
        """Leave by itself when the fault is over."""
        if self._fault and self.snapshot.state is not RunState.FAULT:
            self.close_if_current()
