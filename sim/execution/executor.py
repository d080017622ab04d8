"""Executors own the shards and call them; the results come back in the order of the shards."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from sim.config.schema import SimulationSection
from sim.shard.shard import Shard


class Executor(Protocol):
    """Where the phases of a step are computed."""

    name: str
    workers: int

    def call(self, method: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """`shard.method(*arguments[i])` for each shard `i`; results in the order of the shards."""

    def close(self) -> None:
        """Give the workers back."""


class SequentialExecutor:
    """One shard after the other, in the calling thread."""

    name = "sequential"
    workers = 1

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._shards = shards

    def call(self, method: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """See `Executor.call`."""
        pairs = zip(self._shards, arguments, strict=True)
        return [getattr(shard, method)(*given) for shard, given in pairs]

    def close(self) -> None:
        """Nothing to give back."""


class ThreadExecutor:
    """Shards in a pool of threads; a barrier after every call."""

    name = "threads"

    def __init__(self, shards: Sequence[Shard], workers: int) -> None:
        self.workers = workers
        self._shards = shards
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="shard")

    def call(self, method: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """See `Executor.call`."""
        pairs = zip(self._shards, arguments, strict=True)
        running = [self._pool.submit(getattr(shard, method), *given) for shard, given in pairs]
        return [future.result() for future in running]

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)


SMALL = 128
"""Agents below which threads cost more than they bring."""


def make_executor(
    shards: Sequence[Shard], settings: SimulationSection
) -> tuple[Executor, tuple[str, ...]]:
    """The executor that the settings ask for, and notices worth showing.

    Ray is not part of this version: asking for it gives threads and says so.
    """
    workers = settings.workers or os.cpu_count() or 1
    asked = settings.executor
    notices: tuple[str, ...] = ()
    if asked == "ray":
        notices = ("executor ray is not part of this version: threads instead",)
        asked = "threads"
    if asked == "auto":
        large = sum(len(shard.ids) for shard in shards) >= SMALL
        asked = "threads" if large and workers > 1 and len(shards) > 1 else "sequential"
    if asked == "threads":
        return ThreadExecutor(shards, workers), notices
    return SequentialExecutor(shards), notices
