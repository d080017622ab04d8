"""Drives a run: steps when it is time, halts at a fault, the goal or the end, and goes on."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from sim.commands import Condition
from sim.engine.condition import met
from sim.engine.pacing import Pacer
from sim.engine.policy import Attended, Policy
from sim.engine.slot import Slot
from sim.engine.stepping import Obstacle
from sim.snapshot import TRAFFIC_ENDED, HealthView, RunState

if TYPE_CHECKING:
    from sim.engine.stepping import Stepper

_LOG = logging.getLogger(__name__)


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
        self.policy: Policy = Attended(pacer, slot)
        self._pacer = pacer
        self._slot = slot
        self._goal = goal
        self.condition: Condition | None = None
        """What the run pauses at, once."""
        pacer.follow(stepper.pace)

    def turn(self) -> bool:
        """Do what is due: a step, a new try after a fault, or a look at the machine.

        Returns:
            Whether a step is recorded now.

        Raises:
            Exception: the run cannot go on.
        """
        if self._pacer.may_step():
            return self._step()
        if self._pacer.state is RunState.FAULT and self.stepper.recovery.due:
            self._try_again()
        elif self.stepper.run.health.observe():
            self._show_health()
        return False

    def pause(self) -> None:
        """Stop after the step that is under way."""
        if self._pacer.moving:
            _LOG.info("step %d: paused", self.stepper.run.simulation.now)
        self._pacer.pause()

    @property
    def pause_when(self) -> str:
        """What the run is to pause at, in words."""
        return str(self.condition) if self.condition is not None else ""

    def resume(self) -> None:
        """Leave a pause, or a fault if it is over."""
        if self._may_go_on():
            if not self._pacer.moving:
                _LOG.info("step %d: resumed", self.stepper.run.simulation.now)
            self._pacer.resume()
            self.finish_if_done()

    def burst(self, steps: int) -> None:
        """Run this many steps and pause, unless a fault is in the way."""
        if self._may_go_on():
            self._pacer.burst(steps)
            self.finish_if_done()

    def flush(self) -> bool:
        """Have everything written that is held back, and meet what is in the way.

        Returns:
            Whether it is; a fault that is shown already is left as it is.
        """
        if not self.stepper.run.ledger.held:
            return True
        obstacle = self.stepper.flush()
        if obstacle is not None:
            self.policy.obstructed(self.stepper, obstacle)
            return False
        self.policy.over()
        return True

    def paint(self) -> None:
        """Show the run as it stands; what is shown is acknowledged, so it is written before."""
        if self._pacer.state is RunState.FAULT or self.flush():
            self._slot.paint()

    # -- steps ---------------------------------------------------------------------------------

    def _step(self) -> bool:
        """One step, and what comes after it; whether it is recorded."""
        start = time.monotonic()
        if not self._recorded():
            return False
        self._pacer.follow(self.stepper.pace)
        self._pacer.stepped(start)
        self._pause_if_met()
        self.finish_if_done()
        if self.policy.watched and (
            self._slot.due(self._pacer.wait()) or self._pacer.state is not RunState.RUNNING
        ):
            self.paint()
        return True

    def _pause_if_met(self) -> None:
        """Pause where that was asked for and is so now."""
        reason = met(self.condition, self.stepper.run) if self.condition is not None else ""
        if reason:
            self.condition = None
            self._pacer.pause(reason)

    def _recorded(self) -> bool:
        """Try once to record a step, and meet what is in the way as the policy has it."""
        outcome = self.stepper.attempt()
        if isinstance(outcome, Obstacle):
            self.policy.obstructed(self.stepper, outcome)
            return False
        if outcome:
            self.policy.over()
        return outcome

    def finish_if_done(self) -> None:
        """End at the end of the traffic or at the goal."""
        simulation = self.stepper.run.simulation
        if simulation.finished:
            self._pacer.halt(RunState.FINISHED, TRAFFIC_ENDED)
        elif self._goal is not None and simulation.now >= self._goal:
            self._pacer.halt(RunState.FINISHED, "done")

    # -- going on ------------------------------------------------------------------------------

    def _may_go_on(self) -> bool:
        """Whether a pause can be left, or a fault: not before its step is written."""
        if self._pacer.ended:
            return False
        return (not self.stepper.run.uncommitted or self._recorded()) and self.flush()

    def _try_again(self) -> None:
        """See by oneself whether a fault is over, and go on as before if it is."""
        cause, late = self._pacer.cause, self.stepper.run.uncommitted
        if self._may_go_on():
            simulation = self.stepper.run.simulation
            simulation.notice(f"step {simulation.now}: over by itself: {cause}")
            _LOG.info("step %d: over by itself: %s", simulation.now, cause)
            self._pacer.recover()
            if late:
                self._pacer.stepped(time.monotonic())
            self.finish_if_done()
            self.paint()

    def _show_health(self) -> None:
        """Paint where a check of the machine has changed; its figures alone are no reason."""
        if _judged(self.stepper.run.health.view()) != _judged(self._slot.latest.health):
            self.paint()


def _judged(health: tuple[HealthView, ...]) -> list[tuple[str, bool, str]]:
    return [(check.name, check.healthy, check.done) for check in health]
