"""When the next step happens: running, paused, a burst of steps, a pace, or an end."""

from __future__ import annotations

import time

from sim.snapshot import RunState

IDLE_WAIT = 0.5
"""Longest wait for a command, s; a command ends it at once."""
ENDED = frozenset({RunState.FINISHED, RunState.FAILED, RunState.STOPPED})
"""States after which there is no next step."""


class Pacer:
    """Decides about stepping and does not step.

    Args:
        paused: whether to wait for `resume` or `burst`.
    """

    def __init__(self, *, paused: bool) -> None:
        self.state = RunState.PAUSED if paused else RunState.RUNNING
        self.cause = ""
        """Why the state is `FAULT`, `FAILED` or `FINISHED`, or `PAUSED` by itself."""
        self.pace = 0.0
        """Steps per second that are asked for; 0 is full speed."""
        self.held = True
        """Whether the run stands still, or stood still before the step that is due."""
        self._configured = 0.0
        """The pace that the run itself was set to when that was looked at last."""
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

    def pause(self, cause: str = "") -> None:
        """Stop after the step that is under way, also where a fault holds it up."""
        if self.state is RunState.RUNNING:
            self.state = RunState.PAUSED
        if self.state is RunState.PAUSED:
            self.cause = cause
        self._burst, self._before, self.held = 0, (RunState.PAUSED, 0), True

    def resume(self) -> None:
        """Go on, at once."""
        self.state, self.cause, self._due = RunState.RUNNING, "", 0.0

    def burst(self, steps: int) -> None:
        """Do this many steps at full speed, then pause."""
        self.state, self.cause, self._due = RunState.PAUSED, "", 0.0
        self._burst = max(1, steps)

    def stepped(self, start: float) -> None:
        """A step that began at `start` (monotonic, s) is done."""
        self._began, self.held = start, False
        paced = self.pace > 0 and not self._burst
        self._due = start + 1 / self.pace if paced else 0.0
        if self._burst:
            self._burst -= 1
            if not self._burst:
                self.state, self.held = RunState.PAUSED, True

    def follow(self, configured: float) -> None:
        """Take over the pace that the run is set to, whenever that changes."""
        if configured != self._configured:
            self.pace = self._configured = configured

    def ask(self, pace: float) -> None:
        """Go at another pace; the next step may be far away, and comes earlier for it."""
        self.pace = pace
        self._due = min(self._due, self._began + 1 / pace if pace > 0 else 0.0)

    def halt(self, state: RunState, cause: str) -> None:
        """Stop stepping in this state, for this cause."""
        if state is RunState.FAULT and self.state is not RunState.FAULT:
            self._before = (self.state, self._burst)
        self.state, self.cause, self._burst, self.held = state, cause, 0, True

    def recover(self) -> None:
        """Leave a fault, and go on as before it."""
        self.state, self._burst = self._before
        self.cause, self._due = "", 0.0
