"""Commands out, acknowledgements in: everything of steering that needs no screen."""

from __future__ import annotations

from typing import Literal, Protocol, get_args

from sim.commands import Command, Pause, Resume, SetPace, Undo, Withdraw
from sim.commands import Steering as SteeringCommand
from sim.snapshot import EMPTY, JournalEntry, RunState, Snapshot
from sim.steerable import Steerable
from tui import speed
from tui.tickets import Tickets, settled

_STEERING: tuple[type, ...] = get_args(SteeringCommand)
TOAST_SECONDS = 4.0


class Notify(Protocol):
    """Shows a line for a while, as `textual.app.App.notify` does."""

    def __call__(
        self,
        message: str,
        *,
        title: str = "",
        severity: Literal["information", "warning", "error"] = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show it."""


class Steering:
    """Hands commands to an engine and reports what became of them.

    Args:
        engine: takes the commands.
        notify: tells a person.
    """

    def __init__(self, engine: Steerable, notify: Notify) -> None:
        self._engine = engine
        self._notify = notify
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
        ticket = self._engine.submit(command)
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
            self._notify(settled(entry), timeout=TOAST_SECONDS, markup=False)
        else:
            self._notify(
                settled(entry),
                title="Rejected",
                severity="warning",
                timeout=2 * TOAST_SECONDS,
                markup=False,
            )

    def pause(self) -> bool:
        """Pause or resume.

        Returns:
            Whether a pause was asked for.
        """
        running = self.latest.state is RunState.RUNNING
        self.give(Pause() if running else Resume())
        return running

    def faster(self) -> None:
        """Double the pace."""
        self._pace(speed.faster(self._asked_pace()))

    def slower(self) -> None:
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
            self._notify(f"The pace is at its {end}", timeout=TOAST_SECONDS)

    def undo(self) -> None:
        """Withdraw what was given last and still waits; else undo what was done last."""
        undo = self.latest.undo
        self.give(Withdraw(undo.ticket) if undo is not None and undo.ticket else Undo())
