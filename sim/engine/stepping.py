"""Brings a run forward, step by step, and back from what a step may run into."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import Literal

from sim.archive.directory import RunDirectory
from sim.archive.events import EventFile
from sim.commands import Order
from sim.engine.inbox import Inbox
from sim.engine.patience import passes
from sim.engine.recovery import Recovery, built_again
from sim.engine.slot import Slot
from sim.errors import LedgerError, StepCancelledError, is_lack
from sim.machine.run_log import RunLog, unlogged
from sim.model.error_log import Occurrence
from sim.resources.sentinel import Sentinel
from sim.resources.tuner import turn_data
from sim.run.run import Run
from sim.snapshot import RunState

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a step from being recorded, and could not be mended."""

    error: LedgerError
    unwritten: bool
    """Whether a step is computed and waits to be written; else the ledger cannot be read."""

    @property
    def what(self) -> Literal["write", "read"]:
        """What cannot be done."""
        return "write" if self.unwritten else "read"

    @property
    def done(self) -> Literal["written", "read"]:
        """The same as a participle."""
        return "written" if self.unwritten else "read"

    @property
    def passes(self) -> bool:
        """Whether it may be over by itself."""
        return passes(self.error)


class Stepper:
    """Steps one run with the commands that wait for it; when, somebody else decides.

    Args:
        run: what is stepped; another one with the same record may take its place.
        directory: where the run is kept.
        inbox: where commands wait for the next step.
        slot: where the run is painted.
        stop: set when the run is to stop.
        log: what the run logs into.
    """

    def __init__(
        self,
        run: Run,
        directory: RunDirectory,
        inbox: Inbox,
        slot: Slot,
        stop: threading.Event,
        log: RunLog,
    ) -> None:
        self.run = run
        self.recovery = Recovery(run, self._tell)
        self._directory = directory
        self._inbox = inbox
        self._slot = slot
        self._stop = stop
        self._log = log
        self._events = EventFile(directory.events_file)
        self._sentinel: Sentinel | None = None
        self.steps = 0
        """Steps that were recorded here."""
        self.seconds = 0.0
        """What they took, s."""
        self._built_again = -1
        """The step for which the run was built again."""

    def begin(self) -> None:
        """From now on paint what is stepped, keep its checkpoints, and let it be stopped."""
        self._slot.attach(self.run)
        self.run.simulation.calls.cancelled = self._stop.is_set
        self.run.batch.allowed = True
        self.run.keep_checkpoints(self._directory.checkpoints)
        self._events.begin(self.run.recorded)
        self.end()
        self._sentinel = Sentinel(self.run.health, self._slot.update, self._log.bound)
        self.run.simulation.errors.tell(self._note)
        self.run.tuner.told = lambda done: self._events.turn(turn_data(done))

    def end(self) -> None:
        """Nobody looks at the health of the run beside its steps any more; may be called again."""
        if self._sentinel is not None:
            self._sentinel.close()
            self._sentinel = None

    def _note(self, errors: Occurrence) -> None:
        """Keep errors beside the ledger."""
        for error in errors.each():
            self._events.error(*error)

    @property
    def pace(self) -> float:
        """Steps per second that the run is set to; 0 is full speed."""
        return self.run.config.simulation.steps_per_second

    def record(self, kind: str, text: str) -> None:
        """Count an error of the run at the present step."""
        simulation = self.run.simulation
        simulation.errors.record(kind, simulation.now, text)

    # -- steps ---------------------------------------------------------------------------------

    def attempt(self) -> bool | Obstacle:
        """Try once to record a step: the next one, or the one that is computed and not written.

        What an error in a step means is decided here: a damaged ledger is mended, what ran short is
        built again, what somebody may do about is an obstacle, and all else ends the run.

        Returns:
            Whether a step is recorded (if not, it may be tried again at once), or what is in the
            way.

        Raises:
            Exception: the run cannot go on.
        """
        start = time.perf_counter()
        try:
            self.run.commit() if self.run.uncommitted else self._advance()
        except LedgerError as error:
            late = self.run.uncommitted
            if self.run.behind and not late:
                raise
            left = self.recovery.cure(error)
            if left is not None:
                return Obstacle(left, unwritten=self.run.uncommitted)
            if not late:
                return False
        except Exception as error:
            self._build_again(error)
            return False
        self.recovery.over()
        self._count(time.perf_counter() - start)
        return True

    def flush(self) -> Obstacle | None:
        """Have everything written that is held back; returns what is in the way, if anything."""
        try:
            self.run.flush()
        except LedgerError as error:
            left = self.recovery.cure(error)
            if left is not None:
                return Obstacle(left, unwritten=True)
        self.recovery.over()
        return None

    def _advance(self) -> None:
        """One step with the orders that wait for it."""
        orders = self._inbox.take()
        try:
            self.run.advance(orders)
        except BaseException as error:
            self._put_down(orders, error)
            raise
        self._inbox.note(self.run.simulation.take_journaled())

    def _put_down(self, orders: tuple[Order, ...], error: BaseException) -> None:
        """Say what becomes of the orders of a step that is not recorded."""
        if isinstance(error, LedgerError) and self.run.uncommitted:
            self._inbox.note(self.run.simulation.take_journaled())
        elif isinstance(error, LedgerError) or is_lack(error):
            self._inbox.give_back(orders)
        else:
            reason = "the step was given up, nothing of it is recorded"
            self._inbox.acknowledge(orders, self._slot.latest.step, "rejected", reason)

    def _count(self, seconds: float) -> None:
        """Count a step that is recorded."""
        self._log.follow(self.run.config.monitoring.log_level)
        self.seconds += seconds
        self.steps += 1
        self._slot.observe(seconds)

    # -- recovery ------------------------------------------------------------------------------

    def _build_again(self, error: Exception) -> None:
        """After a lack of memory, handles or workers: build the run again from its record.

        Raises:
            Exception: `error` itself, where that is no remedy or was none.
        """
        old = self.run
        if not is_lack(error) or old.uncommitted or self._built_again == old.simulation.now:
            raise error
        self._built_again = old.simulation.now
        _LOG.error("step %d ran short", self._built_again, exc_info=error)
        with unlogged():
            self.run = built_again(old, self._directory, error, self._tell)
        self.recovery = Recovery(self.run, self._tell)
        self.begin()

    def _tell(self, text: str) -> None:
        """Show what recovery is doing, and end it when the run is stopping."""
        if self._stop.is_set():
            raise StepCancelledError("the run is stopping")
        self._slot.tell(RunState.FAULT, text)
