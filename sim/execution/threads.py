"""Shards in a pool of threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from sim.execution.executor import Arguments, Incident, invoke
from sim.shard.shard import Shard
from sim.text import shown

QUICK = frozenset({"begin", "publish", "learn", "urgency", "report", "lend", "compare"})
"""Calls that hardly leave Python: threads would only wait for each other."""


class ThreadExecutor:
    """Shards in a pool of threads, a barrier after every call; satisfies `Executor`.

    Compiled kernels release the GIL, so the threads do compute at the same time; the calling thread
    is one of them. Where the pool takes no more work (its threads are gone, or the system gives
    none), the calling thread does what is left, and the next call gets a new pool.
    """

    name = "threads"

    def __init__(self, shards: Sequence[Shard], workers: int) -> None:
        self.together = False
        self.shards = shards
        self.workers = workers
        self._pool = _pool(workers)
        self._incidents: list[Incident] = []

    def call(self, method: str, arguments: Arguments) -> list[Any]:
        """See `Executor.call`."""
        pairs = zip(self.shards, arguments, strict=True)
        if method in QUICK:
            return [invoke(shard, method, given) for shard, given in pairs]
        tasks = [_Task(invoke, (shard, method, given)) for shard, given in pairs]
        running: list[Future[None]] = []
        try:
            # Few large pieces of work: handing each shard over by itself costs more than some do.
            running += [self._pool.submit(_sweep, tasks) for _ in range(max(self.workers - 1, 1))]
        except RuntimeError as error:
            self._replace(error)
            _sweep(tasks)
        if self.workers > 1:
            _sweep(tasks)
            running = [sweep for sweep in running if not sweep.cancel()]
        # Even if one fails: nobody may still be writing when the call is over.
        wait(running)
        return [task.result() for task in tasks]

    def ask(self, shard: int, method: str, *arguments: Any) -> Any:
        """See `Executor.ask`."""
        return getattr(self.shards[shard], method)(*arguments)

    def resize(self, workers: int) -> bool:
        """Continue with another number of threads."""
        if workers != self.workers:
            self._pool.shutdown(wait=True)
            self._pool, self.workers = _pool(workers), workers
        return True

    def lose_worker(self, choice: int) -> bool:
        """Let the threads end; Python cannot kill a single one."""
        self._pool.shutdown(wait=True)
        return True

    def incidents(self) -> tuple[Incident, ...]:
        """See `Executor.incidents`."""
        told, self._incidents = tuple(self._incidents), []
        return told

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _replace(self, cause: RuntimeError) -> None:
        """Wait until no thread of the pool computes any more, and make another pool."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = _pool(self.workers)
        reason = shown(cause, 120)
        text = f"the threads were lost ({reason}); others took over"
        self._incidents.append(Incident("executor.worker_lost", text))


class _Task:
    """One call, done once: what a lost pool may still have begun is not begun again."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self._function = function
        self._arguments = arguments
        self._begun = threading.Lock()
        self._answer: Any = None
        self._error: BaseException | None = None

    def __call__(self) -> None:
        """Do it, unless it has been begun."""
        if not self._begun.acquire(blocking=False):
            return
        try:
            self._answer = self._function(*self._arguments)
        except BaseException as error:
            self._error = error

    def result(self) -> Any:
        """What it gave, or the error that it raised."""
        if self._error is not None:
            raise self._error
        return self._answer


def _sweep(tasks: Sequence[_Task]) -> None:
    """Do all that nobody has begun."""
    for task in tasks:
        task()


def _pool(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, thread_name_prefix="shard")
