"""A cache of query results: least recently used goes first, nothing lives longer than its time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CacheStatistics:
    """What became of the look-ups since the start."""

    entries: int
    capacity: int
    hits: int
    misses: int
    """Look-ups that had to compute, those of expired entries included."""
    evictions: int
    """Entries that gave way to others."""
    expiries: int
    """Entries that were found too old."""

    @property
    def hit_rate(self) -> float | None:
        """Share of hits, 0 to 1; None before the first look-up."""
        looked_up = self.hits + self.misses
        return self.hits / looked_up if looked_up else None


class QueryCache:
    """LRU cache with a time to live, for results that are immutable.

    The ledger is append-only. A result that may grow is stored under how far its table has grown,
    so that one with more rows misses; a result that can never change is stored without it.

    Args:
        capacity: Most entries; 0 switches the cache off.
        ttl: Longest life of an entry, in units of `clock`.
        clock: What tells the time: seconds by default, steps if it returns the step.
    """

    def __init__(
        self,
        capacity: int = 256,
        ttl: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._capacity = capacity
        self.ttl = ttl
        self._clock = clock
        self._entries: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._lock = threading.Lock()
        self._hits = self._misses = self._evictions = self._expiries = 0

    def get(
        self,
        sql: str,
        parameters: tuple[Hashable, ...],
        compute: Callable[[], T],
        grown: Hashable = None,
    ) -> T:
        """Looks a result up, and computes it if it is not there.

        Args:
            sql: The query.
            parameters: Its parameters.
            compute: Called without the lock held; two threads may compute the same at once.
            grown: How far what is asked has grown, where the result must be as fresh as that.

        Returns:
            The result; shared, so it must be immutable. None is not kept: what is not there yet
            may come.
        """
        key = (sql, parameters, grown)
        with self._lock:
            entry = self._fresh(key)
        if entry is not None:
            return entry[1]  # type: ignore[no-any-return]
        result = compute()
        if result is not None:
            with self._lock:
                self._entries[key] = (self._clock(), result)
                self._entries.move_to_end(key)
                self._shrink()
        return result

    def _fresh(self, key: Hashable) -> tuple[float, Any] | None:
        entry = self._entries.get(key)
        if entry is not None and self._clock() - entry[0] >= self.ttl:
            del self._entries[key]
            self._expiries += 1
            entry = None
        if entry is None:
            self._misses += 1
        else:
            self._hits += 1
            self._entries.move_to_end(key)
        return entry

    def _shrink(self) -> None:
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)
            # With the cache off nothing was ever in it.
            self._evictions += self._capacity > 0

    def resize(self, capacity: int) -> None:
        """Changes the capacity now; 0 empties the cache and switches it off."""
        with self._lock:
            self._capacity = capacity
            while len(self._entries) > capacity:
                self._entries.popitem(last=False)
                self._evictions += 1

    def clear(self) -> None:
        """Forgets all entries; the counts stay."""
        with self._lock:
            self._entries.clear()

    def statistics(self) -> CacheStatistics:
        """What became of the look-ups so far."""
        with self._lock:
            return CacheStatistics(
                entries=len(self._entries),
                capacity=self._capacity,
                hits=self._hits,
                misses=self._misses,
                evictions=self._evictions,
                expiries=self._expiries,
            )
