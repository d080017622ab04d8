"""When the next step happens: running, paused, a burst of steps, a pace, or an end."""

from __future__ import annotations

import time

from sim.commands import Redo, SetParameter, Steering, Undo
from sim.config.parameters import parameter_named, parse_value
from sim.errors import ConfigError
from sim.snapshot import RunState

IDLE_WAIT = 0.5
"""Longest wait for a command, s; a command ends it at once."""
ENDED = frozenset({RunState.FINISHED, RunState.FAILED, RunState.STOPPED})
"""States after which there is no next step."""
PACE = "simulation.steps_per_second"


class Pacer:
    """Decides about stepping and does not step.

    Args:
        paused: whether to wait for `resume` or `burst`.
    """

    def __init__(self, *, paused: bool) -> None:
        self.state = RunState.PAUSED if paused else RunState.RUNNING
        self.cause = ""
        """Why the state is `FAULT`, `FAILED` or `FINISHED`."""
        self._burst = 0
        """Steps left of a burst."""
        self._due = 0.0
        self._before = (self.state, 0)
        """State and steps left of a burst before the fault."""
        self._began = 0.0
        """When the last step began."""

    @property
    def ended(self) -> bool:
        """Whether there is no next step."""
        return self.state in ENDED

    @property
    def moving(self) -> bool:
        """Whether there will be a next step without anyone asking for it."""
        return self.state is RunState.RUNNING or self._burst > 0

    def may_step(self) -> bool:
        """Whether it is time for the next step."""
        return self.moving and time.monotonic() >= self._due

    def wait(self) -> float:
        """Seconds to wait for a command before the next step is due."""
        if not self.moving:
            return IDLE_WAIT
        return min(max(self._due - time.monotonic(), 0.0), IDLE_WAIT)

    def pause(self) -> None:
        """Stop after the step that is under way."""
        if self.state is RunState.RUNNING:
            self.state = RunState.PAUSED
        self._burst = 0

    def resume(self) -> None:
        """Go on, at once."""
        self.state, self.cause, self._due = RunState.RUNNING, "", 0.0

    def burst(self, steps: int) -> None:
        """Do this many steps at full speed, then pause."""
        self.state, self.cause, self._due = RunState.PAUSED, "", 0.0
        self._burst = max(1, steps)

    def stepped(self, start: float, steps_per_second: float) -> None:
        """A step that began at `start` (monotonic, s) is done."""
        self._began = start
        paced = steps_per_second > 0 and not self._burst
        self._due = start + 1 / steps_per_second if paced else 0.0
        if self._burst:
            self._burst -= 1
            if not self._burst:
                self.state = RunState.PAUSED

    def hasten(self, steps_per_second: float | None) -> None:
        """Let the next step come as early as at another pace; 0 is at once, None changes nothing.

        A change of the pace takes effect with the next step, and that one may be far away.
        """
        if steps_per_second is not None:
            early = self._began + 1 / steps_per_second if steps_per_second > 0 else 0.0
            self._due = min(self._due, early)

    def halt(self, state: RunState, cause: str) -> None:
        """Stop stepping in this state, for this cause."""
        if state is RunState.FAULT and self.state is not RunState.FAULT:
            self._before = (self.state, self._burst)
        self.state, self.cause, self._burst = state, cause, 0

    def recover(self) -> None:
        """Leave a fault, and go on as before it."""
        self.state, self._burst = self._before
        self.cause, self._due = "", 0.0


def asked_pace(command: Steering, undo: str, redo: str) -> float | None:
    """The pace that a command asks for, steps per second; None where it is about something else.

    Args:
        command: what waits for the next step.
        undo: what `Undo` would take back, as `Snapshot.undo` says it.
        redo: what `Redo` would do again.
    """
    match command:
        case SetParameter(key, value) if key == PACE:
            try:
                return float(parse_value(parameter_named(PACE), value))
            except ConfigError:
                return None
        case Undo() if undo.startswith(PACE):
            return 0.0
        case Redo() if redo.startswith(PACE):
            return 0.0
    return None
