"""The keeper: takes a checkpoint when one is due and has it written in the background."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sim.checkpoint.checkpoint import Checkpoint
from sim.checkpoint.shelf import Shelf
from sim.errors import CheckpointError, ExecutorError

_LOG = logging.getLogger(__name__)
LONGEST = 30.0
"""Seconds after which a checkpoint is due however few steps were done: steps may take long."""


class Keeper:
    """Keeps the checkpoints of one run.

    The memory is copied between two steps; checksum, file and disk are another thread's. If that
    is slower than the run, checkpoints are left out, never steps held up.

    One thread calls all methods.

    Args:
        folder: where they are kept.
        take: gives the checkpoint of the step recorded last.
        record: told each time what went wrong.
        step: where the run stands.
    """

    def __init__(
        self,
        folder: Path,
        take: Callable[[], Checkpoint],
        record: Callable[[str], None],
        step: int = 0,
    ) -> None:
        self._take = take
        self._record = record
        self._shelf = Shelf(folder)
        self._taken = step if self._shelf.file_of(step).is_file() else 0
        """Step of the last checkpoint."""
        self._when = time.monotonic()
        self._changed = threading.Condition()
        self._next: Checkpoint | None = None
        self._trouble = ""
        self._busy = False
        self._closing = False
        self._writer: threading.Thread | None = None

    def committed(self, step: int, interval: int) -> None:
        """A step is recorded: take a checkpoint if one is due.

        Args:
            step: which.
            interval: steps between two checkpoints; 0 takes none.
        """
        overdue = time.monotonic() - self._when >= LONGEST
        if interval and (overdue or step % interval == 0):
            self.take(step)
        self._flush_errors()

    def take(self, step: int) -> bool:
        """Take the checkpoint of the step recorded last, unless it has one.

        Returns:
            Whether it has one now, or is about to.
        """
        if not step or self._taken == step:
            return bool(step)
        try:
            checkpoint = self._take()
        except (CheckpointError, ExecutorError, MemoryError, RecursionError) as error:
            self._record(f"no checkpoint of step {step}: {error}")
            return False
        self._taken, self._when = step, time.monotonic()
        _LOG.info("step %d: checkpoint taken", step)
        self._hand_over(checkpoint)
        return True

    def wait(self) -> str:
        """Wait until all is written; returns what went wrong since then, or nothing."""
        with self._changed:
            self._changed.wait_for(lambda: self._next is None and not self._busy)
        return self._flush_errors()

    def close(self) -> str:
        """Wait until all is written, and write no more; see `wait`."""
        trouble = self.wait()
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._writer is not None:
            self._writer.join()
            self._writer = None
        return trouble

    # -- parts ---------------------------------------------------------------------------------

    def _hand_over(self, checkpoint: Checkpoint) -> None:
        """Let the writer have it, in place of an older one that it did not come to."""
        with self._changed:
            self._next = checkpoint
            self._changed.notify_all()
        if self._writer is None:
            self._writer = threading.Thread(target=self._write, name="checkpoints", daemon=True)
            self._writer.start()

    def _write(self) -> None:
        """The life of the writer."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._next is not None or self._closing)
                checkpoint, self._next = self._next, None
                if checkpoint is None:
                    return
                self._busy = True
            trouble = self._put(checkpoint)
            with self._changed:
                self._trouble, self._busy = trouble or self._trouble, False
                self._changed.notify_all()

    def _put(self, checkpoint: Checkpoint) -> str:
        """Write it; returns what went wrong, or nothing."""
        try:
            self._shelf.put(checkpoint)
        except Exception as error:  # whatever it is: somebody may be waiting for an answer
            reason = getattr(error, "strerror", None) or error or type(error).__name__
            return f"no checkpoint of step {checkpoint.header.step}: {reason}"
        return ""

    def _flush_errors(self) -> str:
        """Count what went wrong with the writing since this was done last."""
        with self._changed:
            trouble, self._trouble = self._trouble, ""
        if trouble:
            self._record(trouble)
        return trouble
