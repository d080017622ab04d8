"""Commands out, acknowledgements in: everything of steering that needs no screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol, get_args

from sim.commands import (
    PACE,
    Command,
    Inspect,
    Order,
    Pause,
    Redo,
    Resume,
    SetPace,
    SetParameter,
    StopAttack,
    Undo,
    Withdraw,
)
from sim.commands import Steering as SteeringCommand
from sim.config.parameters import parameter_named
from sim.snapshot import EMPTY, JournalEntry, RunState, Snapshot, Value
from sim.steerable import WATCHES, Steerable
from tui import speed
from tui.panes.knob import nudged
from tui.tickets import Tickets, settled
from tui.widgets.quantity import plain_value

_STEERING: tuple[type, ...] = get_args(SteeringCommand)
TOAST_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Nudge:
    """A knob that was turned by the arrows."""

    key: str
    presses: int


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
        notify: tells a person, who must see it.
        mention: tells what need not disturb anyone.
    """

    def __init__(self, engine: Steerable, notify: Notify, mention: Callable[[str], None]) -> None:
        self._engine = engine
        self._notify = notify
        self._mention = mention
        self.latest: Snapshot = EMPTY
        """The last picture, also while the view is frozen."""
        self.tickets = Tickets()
        self._near = self._marked = Inspect()
        """What a dialog shows, and what is marked on the dashboard."""
        self._last: Command | Nudge | None = None
        """What was steered last."""
        self._pace_given: float | None = None
        """The pace asked for here that no picture shows yet."""

    def give(self, command: Command) -> int:
        """Hand a command to the engine.

        Returns:
            Its ticket; what becomes of a steering command is told when the journal says so.
        """
        if isinstance(command, Inspect):
            self._near = command
            command = self._focus()
        elif self.latest.watched and not isinstance(command, _STEERING):
            self._mention(WATCHES)
        ticket = self._engine.submit(command)
        if isinstance(command, _STEERING):
            self.tickets.note(ticket)
            if not isinstance(command, Undo | Redo | StopAttack):
                self._last = command
        return ticket

    def turn(self, key: str, value: Value, presses: int) -> None:
        """Give a parameter a value, in place of what still waits to be done to it.

        Args:
            key: of the parameter.
            value: what its knob shows.
            presses: how far it was turned; repeated, it is turned as far again.
        """
        if key == PACE:
            self._pace(float(value))
            return
        for order in self._waiting(key):
            self.give(Withdraw(order.ticket))
        if value != self.latest.parameters.get(key):
            self.give(SetParameter(key, value))
        self._last = Nudge(key, presses)

    def _waiting(self, key: str) -> list[Order]:
        """Values of a parameter that wait for the next step, oldest first."""
        return [
            order
            for order in self.latest.pending
            if isinstance(order.command, SetParameter) and order.command.key == key
        ]

    def _turn_again(self, nudge: Nudge) -> None:
        """Turn a knob as far again as it was turned last."""
        now = self.latest.parameters[nudge.key]
        for order in self._waiting(nudge.key):
            assert isinstance(order.command, SetParameter)
            now = order.command.value
        value = nudged(parameter_named(nudge.key), now, nudge.presses)
        if value == now:
            self._mention(f"{nudge.key} is {plain_value(now)} already: it goes no further")
        else:
            self.turn(nudge.key, value, nudge.presses)

    def watch(self, marked: Inspect) -> None:
        """Have what is marked on the dashboard in the pictures, under whatever a dialog shows."""
        before, self._marked = self._focus(), marked
        if self._focus() != before:
            self._engine.submit(self._focus())

    def _focus(self) -> Inspect:
        """What is looked at: by a dialog if one is open, else on the dashboard."""
        near, marked = self._near, self._marked
        if near == Inspect():
            return marked
        return replace(near, knob=marked.knob, value=marked.value)

    def repeat(self) -> None:
        """Do again what was given last, undo and redo aside."""
        if self._last is None:
            self._mention("nothing has been steered yet: . repeats the last action")
        elif isinstance(self._last, Nudge):
            self._turn_again(self._last)
        else:
            self.give(self._last)

    def report(self, snapshot: Snapshot) -> None:
        """Tell what became of the commands that were given here."""
        if snapshot.pace == self._pace_given:
            self._pace_given = None
        for entry in self.tickets.settle(snapshot.journal):
            self._tell(entry)

    def _tell(self, entry: JournalEntry) -> None:
        """What was applied is in the record, and in the story with it; the rest is told here."""
        if entry.fate == "rejected":
            # Data is no markup.
            self._notify(
                settled(entry),
                title="Rejected",
                severity="warning",
                timeout=2 * TOAST_SECONDS,
                markup=False,
            )
        elif entry.fate != "applied":
            self._mention(f"you: {settled(entry)}")

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

    def undo(self) -> None:
        """Withdraw what was given last and still waits; else undo what was done last."""
        undo = self.latest.undo
        self.give(Withdraw(undo.ticket) if undo is not None and undo.ticket else Undo())
