"""Shards one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.execution.executor import Arguments, Incident, invoke
from sim.shard.shard import Shard


class SequentialExecutor:
    """One shard after the other, in the calling thread; satisfies `Executor`."""

    name = "sequential"
    workers = 1

    def __init__(self, shards: Sequence[Shard]) -> None:
        self.together = False
        self.shards = shards

    def call(self, method: str, arguments: Arguments) -> list[Any]:
        """See `Executor.call`."""
        pairs = zip(self.shards, arguments, strict=True)
        return [invoke(shard, method, given) for shard, given in pairs]

    def ask(self, shard: int, method: str, *arguments: Any) -> Any:
        """See `Executor.ask`."""
        return getattr(self.shards[shard], method)(*arguments)

    def resize(self, workers: int) -> bool:
        """There is only the calling thread."""
        return False

    def lose_worker(self, choice: int) -> bool:
        """There is only the calling thread."""
        return False

    def incidents(self) -> tuple[Incident, ...]:
        """Nothing can be lost."""
        return ()

    def close(self) -> None:
        """Nothing to give back."""
