"""What is done about a fault in a step: pause and show it, or wait and insist."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from sim.engine.pacing import Pacer
from sim.engine.patience import TRIES, pauses
from sim.errors import StepCancelledError
from sim.snapshot import RunState

if TYPE_CHECKING:
    from sim.engine.slot import Slot
    from sim.engine.stepping import Obstacle, Stepper


class Policy(Protocol):
    """Decides how a run meets what keeps a step from being recorded."""

    watched: bool
    """Whether somebody looks at the pictures of the run."""

    def obstructed(self, stepper: Stepper, obstacle: Obstacle) -> None:
        """A step could not be recorded, for a reason that the run may survive.

        Raises:
            LedgerError: the run is not to go on.
            StepCancelledError: there was no time to wait.
        """

    def over(self) -> None:
        """A step is recorded."""


class Attended:
    """Somebody watches: pause with the cause on screen; what may pass is tried again by itself."""

    watched = True

    def __init__(self, pacer: Pacer, slot: Slot) -> None:
        self._pacer = pacer
        self._slot = slot

    def obstructed(self, stepper: Stepper, obstacle: Obstacle) -> None:
        """Pause with the cause on screen."""
        cannot = "still cannot" if self._pacer.state is RunState.FAULT else "cannot"
        itself = "; it is tried again by itself" if stepper.recovery.waits else ""
        cause = f"the ledger {cannot} be {obstacle.done}: {obstacle.error}{itself}"
        self._pacer.halt(RunState.FAULT, cause)
        stepper.record(f"ledger.{obstacle.what}", cause)
        stepper.run.checkpoint()
        self._slot.paint()

    def over(self) -> None:
        """Nothing is counted here."""


class Unattended:
    """Nobody watches: wait, try again, and give up in the end.

    Args:
        wait: waits this many seconds; True if there is no time any more.
    """

    watched = False

    def __init__(self, wait: Callable[[float], bool]) -> None:
        self._wait = wait
        self.over()

    def obstructed(self, stepper: Stepper, obstacle: Obstacle) -> None:
        """Wait, if it may pass and has not been waited for too often."""
        pause = next(self._pauses, None)
        if pause is None or not obstacle.passes:
            stepper.record("ledger.write", str(obstacle.error))
            raise obstacle.error
        stepper.record("ledger.held", str(obstacle.error))
        if self._wait(pause):
            raise StepCancelledError("the run is stopping") from None

    def over(self) -> None:
        """Begin anew with the next fault."""
        self._pauses = islice(pauses(), TRIES)
