"""An app that gives commands to an engine and reports what became of them."""

from __future__ import annotations

from typing import get_args

from textual.app import App

from sim.commands import (
    Command,
    Pause,
    Redo,
    Resume,
    SetPace,
    Steering,
    Step,
    Undo,
    Withdraw,
)
from sim.snapshot import EMPTY, JournalEntry, RunState, Snapshot
from sim.steerable import Steerable
from tui import speed
from tui.actions import available
from tui.ending import Ending
from tui.tickets import Tickets, settled

_STEERING: tuple[type, ...] = get_args(Steering)
TOAST_SECONDS = 4.0


class SteeringApp(App[Ending]):
    """Everything that needs no screen: commands out, acknowledgements in, single-key steering."""

    def __init__(self, engine: Steerable) -> None:
        super().__init__()
        self.engine = engine
        self.latest: Snapshot = EMPTY
        """The last picture, also while the view is frozen."""
        self.tickets = Tickets()
        self._pace_given: float | None = None
        """The pace asked for here that no picture shows yet."""

    def give(self, command: Command) -> int:
        """Hand a command to the engine.

        Returns:
            Its ticket; what becomes of a steering command is told when the journal says so.
        """
        ticket = self.engine.submit(command)
        if isinstance(command, _STEERING):
            self.tickets.note(ticket)
        return ticket

    def report(self, snapshot: Snapshot) -> None:
        """Tell what became of the commands that were given here."""
        if snapshot.pace == self._pace_given:
            self._pace_given = None
        for entry in self.tickets.settle(snapshot.journal):
            self._tell(entry)

    def _tell(self, entry: JournalEntry) -> None:
        # Data is no markup.
        if entry.fate != "rejected":
            self.notify(settled(entry), timeout=TOAST_SECONDS, markup=False)
        else:
            self.notify(
                settled(entry),
                title="Rejected",
                severity="warning",
                timeout=2 * TOAST_SECONDS,
                markup=False,
            )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that make no sense now are dim and do nothing."""
        return True if available(action, self.latest) else None

    def action_pause(self) -> None:
        """Pause, or go on."""
        running = self.latest.state is RunState.RUNNING
        self.give(Pause() if running else Resume())

    def action_step(self) -> None:
        """One step."""
        self.give(Step())

    def action_faster(self) -> None:
        """Double the pace."""
        self._pace(speed.faster(self._asked_pace()))

    def action_slower(self) -> None:
        """Halve the pace."""
        measured = self.latest.performance.steps_per_second
        self._pace(speed.slower(self._asked_pace(), measured or 0.0))

    def _asked_pace(self) -> float:
        """The pace that was last asked for, whether it is in force yet or not."""
        return self.latest.pace if self._pace_given is None else self._pace_given

    def _pace(self, pace: float) -> None:
        if pace != self._asked_pace():
            self._pace_given = pace
            self.give(SetPace(pace))
        else:
            end = f"slowest: {pace:g} steps/s" if pace > 0 else "fastest: full speed"
            self.notify(f"The pace is at its {end}", timeout=TOAST_SECONDS)

    def action_undo(self) -> None:
        """Withdraw what was given last and still waits; else take back what was done last."""
        undo = self.latest.undo
        self.give(Withdraw(undo.ticket) if undo is not None and undo.ticket else Undo())

    def action_redo(self) -> None:
        """Do again what was undone."""
        self.give(Redo())
