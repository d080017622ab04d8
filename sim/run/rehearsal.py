"""A rehearsal: recorded steps are computed again on top of the ledger that holds them already.

Until the end of the record nothing is written: the ledger is seen as it was after the steps done so
far, and "committing" a step only moves on to the next one. Where the record ends, the same object
may begin to write.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

from sim.errors import RunDirectoryError
from sim.ledger import filesystem
from sim.ledger.codec import Table
from sim.ledger.connection import connect_checked
from sim.ledger.draft import StepDraft
from sim.ledger.ledger import Ledger
from sim.ledger.own_reader import OwnReader
from sim.ledger.retry import Backoff
from sim.ledger.tip import Tip
from sim.text import shown


class Rehearsal(Ledger):
    """A ledger that has been written already; steps are appended to it on paper.

    Args:
        path: the file, which is not opened before `go_live`.
        length: rows up to where the rehearsal begins.
        head: hash of the last of them.
        retry_attempts: repetitions when the file is locked, once it is written.
    """

    def __init__(self, path: Path, length: int, head: bytes, *, retry_attempts: int = 5) -> None:
        super().__init__(path, filesystem.journal_for(path), Backoff(retry_attempts, 0.02))
        self._tip = self._stored = Tip(length - 1, head, 0, 0)
        self._rehearsing = True

    @property
    def rehearsing(self) -> bool:
        """Whether steps are appended on paper."""
        return self._rehearsing

    def go_live(self) -> None:
        """Write from now on.

        Raises:
            RunDirectoryError: the file does not end here.
            LedgerError: it cannot be written; nothing has changed.
        """
        with self._lock:
            # Look first: a file of someone else's must not be changed, not even its journal mode.
            connect_checked(self.path).close()
            here = (self.length, self.head)
            self._retried(self._load)
            if (self.length, self.head) != here:
                self._disconnect()
                raise RunDirectoryError(
                    f"{shown(self.path.parent)}: the ledger does not end with a whole step"
                )
            self._rehearsing = False

    def commit(self, draft: StepDraft, *, hold: bool = False) -> bytes:
        """Move on to the end of the draft; whoever rehearses compares the heads."""
        if not self._rehearsing:
            return super().commit(draft, hold=hold)
        self._tip = self._stored = Tip.after(draft, self._tip, 0)
        return self.head

    def checkpoint(self) -> None:
        """Nothing is written on paper."""
        if not self._rehearsing:
            super().checkpoint()


class PastReader(OwnReader):
    """Reads a recorded ledger as it was when it ended where a rehearsal stands.

    Args:
        rehearsal: what is read, and says how far it counts.
        size: most connections.
        timeout_s: longest wait for one.
        results: query results kept.
    """

    def __init__(self, rehearsal: Rehearsal, size: int, timeout_s: float, results: int) -> None:
        super().__init__(rehearsal, size, timeout_s, results)
        self._rehearsal = rehearsal

    def length(self) -> int:
        """Rows up to now."""
        return self._rehearsal.length if self._rehearsal.rehearsing else super().length()

    def head(self) -> bytes:
        """Hash of the last row up to now."""
        return self._rehearsal.head if self._rehearsal.rehearsing else super().head()

    def _grown(self, table: str) -> Hashable:
        return self.length() if self._rehearsal.rehearsing else super()._grown(table)

    def _typed(
        self, table: Table, where: str, parameters: tuple[Any, ...], order: str = ""
    ) -> tuple[tuple[int, Any], ...]:
        if not self._rehearsal.rehearsing:
            return super()._typed(table, where, parameters, order)
        until = (*parameters, self._rehearsal.length)
        return super()._typed(table, f"({where}) AND seq < ?", until, order)
