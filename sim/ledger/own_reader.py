"""Reads of a ledger in the process that writes it."""

from __future__ import annotations

from collections.abc import Hashable

from sim.ledger.cache import QueryCache
from sim.ledger.ledger import Ledger
from sim.ledger.pool import ReaderPool
from sim.ledger.reader import LedgerReader

LONGEST = 3600.0
"""Life of a result, s: a run that stands still for long gives its memory back."""


class OwnReader(LedgerReader):
    """Knows from the writer how far each table has grown: an answer that still holds is no query.

    Args:
        ledger: what is read; whoever reads through this has it written first.
        size: Most connections.
        timeout_s: Longest wait for one.
        results: Query results kept.
    """

    def __init__(self, ledger: Ledger, size: int, timeout_s: float, results: int) -> None:
        pool = ReaderPool(ledger.path, size, timeout_s, live=not ledger.rehearsing)
        super().__init__(pool, QueryCache(results, LONGEST))
        self._ledger = ledger

    def _grown(self, table: str) -> Hashable:
        return table, self._ledger.rows(table)
