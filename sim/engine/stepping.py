"""Brings a run forward, step by step, and back from what a step may run into."""

from __future__ import annotations

import threading
import time

from sim.archive.directory import RunDirectory
from sim.engine.endings import explain, log
from sim.engine.inbox import Given, Inbox
from sim.engine.patience import is_lack
from sim.engine.recovery import Recovery, built_again
from sim.engine.slot import Slot
from sim.errors import DecsimError, LedgerError, StepCancelledError, StepError
from sim.run.run import Run
from sim.snapshot import RunState


class Stepper:
    """Steps one run with the commands that wait for it; when, somebody else decides.

    Args:
        run: what is stepped; another one with the same record may take its place.
        directory: where the run is kept.
        inbox: where commands wait for the next step.
        slot: where the run is painted.
        stop: set when the run is to end.
    """

    def __init__(
        self,
        run: Run,
        directory: RunDirectory,
        inbox: Inbox,
        slot: Slot,
        stop: threading.Event,
    ) -> None:
        self.run = run
        self.recovery = Recovery(run, self._tell)
        self._directory = directory
        self._inbox = inbox
        self._slot = slot
        self._stop = stop
        self.steps = 0
        """Steps that were recorded here."""
        self.seconds = 0.0
        """What they took, s."""
        self._built_again = -1
        """The step for which the run was built again."""

    def begin(self) -> None:
        """From now on paint what is stepped, keep its checkpoints, and let it be stopped."""
        self._slot.attach(self.run)
        self.run.simulation.cancelled = self._stop.is_set
        self.run.keep_checkpoints(self._directory.checkpoints)

    @property
    def pace(self) -> float:
        """Steps per second that the run is to make; 0 is full speed."""
        return self.run.config.simulation.steps_per_second

    def record(self, kind: str, text: str) -> None:
        """Count an error of the run at the present step."""
        simulation = self.run.simulation
        simulation.errors.record(kind, simulation.now, text)

    # -- steps ---------------------------------------------------------------------------------

    def advance(self) -> None:
        """One step with the commands that wait for it.

        Raises:
            LedgerError: the step could not be begun, or is computed and not written; see `cure`.
            Exception: the step failed; see `build_again`.
        """
        given = self._inbox.take()
        start = time.perf_counter()
        try:
            self.run.advance([(command, "live") for _, command in given])
        except BaseException as error:
            self._put_down(given, error)
            raise
        self._inbox.note(given, self.run.simulation.take_journaled())
        self.recovery.over()
        self._count(time.perf_counter() - start)

    def _put_down(self, given: Given, error: BaseException) -> None:
        """Say what becomes of the commands of a step that is not recorded."""
        if isinstance(error, LedgerError) and self.run.uncommitted:
            self._inbox.note(given, self.run.simulation.take_journaled())
        elif isinstance(error, LedgerError) or is_lack(error):
            self._inbox.give_back(given)
        else:
            reason = "the step was given up, nothing of it is recorded"
            self._inbox.refuse(given, self._slot.latest.step, reason)

    def commit_late(self) -> None:
        """Write the step that could not be written when it was computed.

        Raises:
            LedgerError: it cannot be written now, either; see `cure`.
        """
        late, start = self.run.uncommitted, time.perf_counter()
        self.run.commit()
        if late:
            self.recovery.over()
            self._count(time.perf_counter() - start)

    def insist(self) -> None:
        """One step with patience, where nobody is there to look at a fault.

        Raises:
            LedgerError: the ledger cannot be written, and that did not pass.
            StepError: the step failed.
            StepCancelledError: the run is to end.
        """
        try:
            self._insist()
        except LedgerError as error:
            self.record("ledger.write", str(error))
            raise
        except DecsimError:
            raise
        except Exception as error:
            log(error, self._directory)
            raise StepError(explain(error, self.run, self._directory)) from error

    def _insist(self) -> None:
        done = self.steps
        try:
            self.recovery.insist(self.advance, self._stop.wait, self._held)
        except Exception as error:
            self.build_again(error)
            self.recovery.insist(self.advance, self._stop.wait, self._held)
        if self.steps == done:
            self.recovery.over()
            self._count(0.0)

    def _held(self, text: str) -> None:
        self.record("ledger.held", text)

    def _count(self, seconds: float) -> None:
        """Count a step that is recorded."""
        self.seconds += seconds
        self.steps += 1
        self._slot.observe(seconds)

    # -- recovery ------------------------------------------------------------------------------

    def cure(self, error: LedgerError, cannot: str) -> str:
        """Mend what can be mended at once.

        Args:
            error: what the ledger said.
            cannot: how to say that it does not work: "cannot" or "still cannot".

        Returns:
            What is in the way still, for people; nothing if nothing is.

        Raises:
            VerificationError: the ledger is damaged and cannot be mended.
        """
        late, start = self.run.uncommitted, time.perf_counter()
        left = self.recovery.cure(error)
        if left is not None:
            done = "written" if self.run.uncommitted else "read"
            itself = "; it is tried again by itself" if self.recovery.waits else ""
            return f"the ledger {cannot} be {done}: {left}{itself}"
        if late:
            self._count(time.perf_counter() - start)
        return ""

    def build_again(self, error: Exception) -> None:
        """After a lack of memory, handles or workers: build the run again from its record.

        Raises:
            Exception: `error` itself, where that is no remedy or was none.
        """
        old = self.run
        if not is_lack(error) or old.uncommitted or self._built_again == old.simulation.now:
            raise error
        self._built_again = old.simulation.now
        log(error, self._directory)
        self.run = built_again(old, self._directory, error, self._tell)
        self.recovery = Recovery(self.run, self._tell)
        self.begin()

    def _tell(self, text: str) -> None:
        """Show what recovery is doing, and end it when the run is to end."""
        if self._stop.is_set():
            raise StepCancelledError("the run is to end")
        self._slot.tell(RunState.FAULT, text)
