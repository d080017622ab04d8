"""Commands out, acknowledgements in: everything of steering that needs no screen."""

from __future__ import annotations

from typing import Literal, Protocol, get_args

from sim.commands import Command, Pause, Resume, SetParameter
from sim.commands import Steering as SteeringCommand
from sim.snapshot import EMPTY, RunState, Snapshot
from sim.steerable import Steerable
from tui import speed
from tui.tickets import Settled, Tickets

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

    def give(self, command: Command) -> int:
        """Hand a command to the engine.

        Returns:
            Its ticket; what becomes of a steering command is told when the journal says so.
        """
        ticket = self._engine.submit(command)
        if isinstance(command, _STEERING):
            self.tickets.note(ticket, command)
        return ticket

    def report(self, snapshot: Snapshot) -> None:
        """Tell what became of the commands that were given here."""
        for settled in self.tickets.settle(snapshot.journal):
            self._tell(settled)

    def _tell(self, settled: Settled) -> None:
        # Data is no markup.
        if settled.entry.applied:
            self._notify(settled.text, timeout=TOAST_SECONDS, markup=False)
        else:
            self._notify(
                settled.text,
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
        self._pace(speed.slower(self._asked_pace(), measured))

    def _asked_pace(self) -> float:
        """The pace that was last asked for, whether it is in force yet or not."""
        asked = self.tickets.asked(speed.KEY)
        return float(self.latest.parameters.get(speed.KEY, 0.0) if asked is None else asked)

    def _pace(self, pace: float) -> None:
        if pace != self._asked_pace():
            self.give(SetParameter(speed.KEY, pace))
        else:
            end = f"slowest: {pace:g} steps/s" if pace > 0 else "fastest: full speed"
            self._notify(f"The pace is at its {end}", timeout=TOAST_SECONDS)
