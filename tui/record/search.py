"""A search of the whole ledger that goes on while it grows."""

from __future__ import annotations

import threading
from bisect import insort
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.snapshot import LedgerEntry


class Search:
    """Rows that match, found from the newest down, then among what is new.

    Args:
        matches: whether a row is wanted.
    """

    def __init__(self, matches: Callable[[LedgerEntry], bool]) -> None:
        self._matches = matches
        self._lock = threading.Lock()
        self._found: list[int] = []
        self._low: int | None = None
        """Lowest row that has been looked at; None before the first."""
        self._high = -1
        """Highest row that has been looked at."""

    @property
    def found(self) -> tuple[int, ...]:
        """Sequence numbers of the rows that match, in order."""
        with self._lock:
            return tuple(self._found)

    @property
    def left(self) -> int:
        """Rows that have not been looked at yet."""
        return self._low if self._low is not None else -1

    @property
    def progress(self) -> tuple[int, int]:
        """Lowest and highest row that has been looked at."""
        return self.left, self._high

    def idle(self, length: int) -> bool:
        """Whether everything up to `length` rows has been looked at."""
        return length == 0 or (self._low == 0 and self._high >= length - 1)

    def due(self, length: int, count: int) -> tuple[int, int]:
        """First and last of the rows that are to be looked at next."""
        if self._low is None:
            return max(length - count, 0), length - 1
        if self._high < length - 1:
            return self._high + 1, min(self._high + count, length - 1)
        return max(self._low - count, 0), self._low - 1

    def add(self, first: int, last: int, entries: Sequence[LedgerEntry]) -> None:
        """Look at rows."""
        wanted = [entry.seq for entry in entries if self._matches(entry)]
        with self._lock:
            for seq in wanted:
                insort(self._found, seq)
            self._low = first if self._low is None else min(self._low, first)
            self._high = max(self._high, last)
