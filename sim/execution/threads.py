"""Shards in a pool of threads."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from sim.execution.executor import Arguments, Incident
from sim.shard.shard import Shard


class ThreadExecutor:
    """Shards in a pool of threads, a barrier after every call; satisfies `Executor`.

    Compiled kernels release the GIL, so the threads do compute at the same time.
    """

    name = "threads"

    def __init__(self, shards: Sequence[Shard], workers: int) -> None:
        self.shards = shards
        self.workers = workers
        self._pool = _pool(workers)

    def call(self, method: str, arguments: Arguments) -> list[Any]:
        """See `Executor.call`."""
        pairs = zip(self.shards, arguments, strict=True)
        running = [self._pool.submit(getattr(shard, method), *given) for shard, given in pairs]
        # Even if one fails: nobody may still be writing when the call is over.
        wait(running)
        return [future.result() for future in running]

    def ask(self, shard: int, method: str, *arguments: Any) -> Any:
        """See `Executor.ask`."""
        return getattr(self.shards[shard], method)(*arguments)

    def resize(self, workers: int) -> bool:
        """Continue with another number of threads."""
        if workers != self.workers:
            self._pool.shutdown(wait=True)
            self._pool, self.workers = _pool(workers), workers
        return True

    def incidents(self) -> tuple[Incident, ...]:
        """Nothing can be lost."""
        return ()

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _pool(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, thread_name_prefix="shard")
