"""Drives a run: steps when it is time, halts at a fault, the goal or the end, and goes on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sim.engine.pacing import Pacer
from sim.engine.slot import Slot
from sim.errors import LedgerError
from sim.snapshot import RunState

if TYPE_CHECKING:
    from sim.engine.stepping import Stepper


class Driver:
    """Joins the pacer, which knows when, and the stepper, which knows how.

    Args:
        stepper: what is driven.
        pacer: when the next step is due.
        slot: where the run is painted.
        goal: step at which the run is finished; None goes on.
    """

    def __init__(self, stepper: Stepper, pacer: Pacer, slot: Slot, goal: int | None) -> None:
        self.stepper = stepper
        self._pacer = pacer
        self._slot = slot
        self._goal = goal

    def turn(self) -> None:
        """Do what is due: a step, a new try after a fault, or a look at the machine.

        Raises:
            Exception: the run cannot go on.
        """
        if self._pacer.may_step():
            self._step()
        elif self._pacer.state is RunState.FAULT and self.stepper.recovery.due:
            self._try_again()
        elif self.stepper.run.health.observe():
            self._slot.paint()

    def resume(self) -> None:
        """Leave a pause, or a fault if it is over."""
        if self._may_go_on():
            self._pacer.resume()
            self._finish_if_done()

    def burst(self, steps: int) -> None:
        """Do so many steps and pause, unless a fault is in the way."""
        if self._may_go_on():
            self._pacer.burst(steps)
            self._finish_if_done()

    # -- steps ---------------------------------------------------------------------------------

    def _step(self) -> None:
        """One step, and what comes after it."""
        start = time.monotonic()
        if not self._recorded():
            return
        self._pacer.stepped(start, self.stepper.pace)
        self._finish_if_done()
        if self._slot.due(self._pacer.wait()) or self._pacer.state is not RunState.RUNNING:
            self._slot.paint()

    def _recorded(self) -> bool:
        """Whether a step is recorded now, after whatever it ran into."""
        stepper = self.stepper
        try:
            stepper.advance()
        except LedgerError as error:
            late = stepper.run.uncommitted
            if stepper.run.behind and not late:
                raise
            return self._recovered(error, "cannot") and late
        except Exception as error:
            stepper.build_again(error)
            return False
        return True

    def _finish_if_done(self) -> None:
        """End at the end of the traffic or at the goal."""
        simulation = self.stepper.run.simulation
        if simulation.finished:
            self._pacer.halt(RunState.FINISHED, "the traffic has ended")
        elif self._goal is not None and simulation.now >= self._goal:
            self._pacer.halt(RunState.FINISHED, "done")

    # -- faults --------------------------------------------------------------------------------

    def _may_go_on(self) -> bool:
        """Whether a pause can be left, or a fault: not before its step is written."""
        if self._pacer.ended:
            return False
        try:
            self.stepper.commit_late()
        except LedgerError as error:
            return self._recovered(error, "still cannot")
        return True

    def _recovered(self, error: LedgerError, cannot: str) -> bool:
        """Mend what can be mended at once; pause with the cause on screen where it cannot."""
        cause = self.stepper.cure(error, cannot)
        if cause:
            self._fault(cause)
        return not cause

    def _fault(self, cause: str) -> None:
        """Pause with the cause on screen."""
        self._pacer.halt(RunState.FAULT, cause)
        stepper = self.stepper
        stepper.record("ledger.write" if stepper.run.uncommitted else "ledger.read", cause)
        stepper.run.checkpoint()
        self._slot.paint()

    def _try_again(self) -> None:
        """See by oneself whether a fault is over, and go on as before if it is."""
        cause, late = self._pacer.cause, self.stepper.run.uncommitted
        if self._may_go_on():
            simulation = self.stepper.run.simulation
            simulation.notice(f"step {simulation.now}: over by itself: {cause}")
            self._pacer.recover()
            if late:
                self._pacer.stepped(time.monotonic(), self.stepper.pace)
            self._finish_if_done()
            self._slot.paint()
