"""A rehearsal: recorded steps are computed again on top of the ledger that holds them already.

Nothing is written. The ledger is seen as it was after the steps done so far, and "committing" a
step only moves on to the next one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.ledger.codec import Table
from sim.ledger.draft import StepDraft
from sim.ledger.filesystem import JournalMode
from sim.ledger.ledger import Ledger
from sim.ledger.reader import LedgerReader
from sim.ledger.retry import Backoff
from sim.ledger.tip import Tip


class Rehearsal(Ledger):
    """A ledger that has been written already; steps are appended to it on paper.

    Args:
        path: the file, which is never opened here.
        length: rows up to where the rehearsal begins.
        head: hash of the last of them.
    """

    def __init__(self, path: Path, length: int, head: bytes) -> None:
        super().__init__(path, JournalMode("", "a rehearsal"), Backoff(0, 0.0))
        self._tip = Tip(length - 1, head, 0, 0)

    def commit(self, draft: StepDraft) -> bytes:
        """Move on to the end of the draft; whoever rehearses compares the heads."""
        self._tip = Tip.after(draft, self._tip, 0)
        return self.head

    def checkpoint(self) -> None:
        """Nothing is written."""

    def close(self) -> None:
        """Nothing is open."""


class PastReader(LedgerReader):
    """Reads a recorded ledger as it was when it ended where a rehearsal stands.

    Args:
        reader: reads the whole ledger.
        rehearsal: says how far it counts.
    """

    def __init__(self, reader: LedgerReader, rehearsal: Rehearsal) -> None:
        super().__init__(reader.pool, reader.cache)
        self._rehearsal = rehearsal

    def close(self) -> None:
        """The pool stays open: it is another reader's."""

    def length(self) -> int:
        """Rows up to now."""
        return self._rehearsal.length

    def head(self) -> bytes:
        """Hash of the last row up to now."""
        return self._rehearsal.head

    def _typed(
        self, table: Table, where: str, parameters: tuple[Any, ...], order: str = ""
    ) -> tuple[tuple[int, Any], ...]:
        until = (*parameters, self._rehearsal.length)
        return super()._typed(table, f"({where}) AND seq < ?", until, order)
