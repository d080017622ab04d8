"""Brings a run back from an error that it can survive: mends, tries again later, builds again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from sim.archive.directory import RunDirectory
from sim.engine.patience import passes, pauses
from sim.errors import (
    ConfigError,
    LedgerCorruptError,
    LedgerError,
    LedgerFullError,
    StepError,
)
from sim.run.mending import mend
from sim.run.rebuilding import caught_up
from sim.run.run import Run
from sim.text import failure

_LOG = logging.getLogger(__name__)
MAX_MENDS: Final = 3
"""Times that a ledger is mended for one step, after which it is given up."""
LESS: Final = 0.25
"""Share of the caches that is left after a lack of memory."""
Tell = Callable[[str], None]


class Recovery:
    """Brings the ledger of one run back.

    Args:
        run: whose ledger it is.
        tell: called with what is being done where it takes time; may raise to end it.
    """

    def __init__(self, run: Run, tell: Tell) -> None:
        self._run = run
        self._tell = tell
        self.over()

    def over(self) -> None:
        """A step is recorded: what was in the way is not there any more."""
        self._pauses = pauses()
        self._next: float | None = None
        self._mended = 0

    @property
    def waits(self) -> bool:
        """Whether there will be a new try that nobody asked for."""
        return self._next is not None

    @property
    def due(self) -> bool:
        """Whether it is time for a new try that nobody asked for."""
        return self._next is not None and time.monotonic() >= self._next

    def settle(self) -> None:
        """Leave no damage behind that this run knows of, when it is about to end.

        What the file lacks is only in the memory of this process, and whoever resumes the run has
        nothing but the file. So this is not cut short, whoever asks for the end.

        Raises:
            VerificationError: the ledger is damaged and cannot be mended.
            LedgerError: what is in the way now.
        """
        self._tell = lambda text: None
        self._run.faults.end()
        try:
            self._run.commit()
            self._run.ledger.check_end()
        except LedgerCorruptError as error:
            self._mended = 0
            left = self._mend(error)
            if left is not None:
                raise left from None

    def cure(self, error: LedgerError) -> LedgerError | None:
        """Do what can be done now; what cannot may be tried again later.

        Returns:
            What is still in the way; None if a step that was computed is recorded now.

        Raises:
            VerificationError: the ledger is damaged and cannot be mended.
        """
        left = self._mend(error) if isinstance(error, LedgerCorruptError) else error
        if left is not None:
            self._next = time.monotonic() + next(self._pauses) if passes(left) else None
        return left

    def _mend(self, error: LedgerCorruptError) -> LedgerError | None:
        if self._mended >= MAX_MENDS:
            return error
        self._mended += 1
        run = self._run
        simulation = run.simulation
        simulation.errors.record("ledger.corrupt", simulation.now, str(error))
        try:
            mended = mend(run, self._tell)
            simulation.notice(f"step {simulation.now}: {mended.text}")
            _LOG.info("step %d: %s", simulation.now, mended.text)
            run.commit()
        except LedgerError as other:
            _LOG.warning("step %d: the ledger is not mended: %s", simulation.now, other)
            return other
        except OSError as other:
            return LedgerFullError(f"{error}; it cannot be mended now: {other.strerror}")
        return None


def built_again(old: Run, directory: RunDirectory, cause: Exception, tell: Tell) -> Run:
    """The run as it stands in its record, after something ran short in a step.

    Args:
        old: what ran short; it is closed.
        directory: where its record is.
        cause: what it ran short of.
        tell: called with what is being done.

    Raises:
        StepError: it cannot be built again.
    """
    before = old.simulation
    with suppress(LedgerError):
        old.close()
    try:
        new = caught_up(old.loaded, directory, lambda step: tell(f"recomputing step {step:,}"))
    except (MemoryError, OSError) as error:
        raise StepError(f"the run cannot be built again: {type(error).__name__}") from cause
    simulation = new.simulation
    simulation.errors, simulation.notices = before.errors, before.notices
    new.resources.inherit(old.resources, "recovery", LESS)
    try:
        new.serve_metrics()
    except ConfigError as error:  # worth knowing, and no reason to end a run
        simulation.errors.record("metrics.endpoint", before.now, str(error))
    text = failure(cause, 160)
    simulation.errors.record("step.resource", before.now, text)
    simulation.notice(
        f"step {before.now}: {text}; caches shrunk, workers started again, the step is repeated"
    )
    return new
