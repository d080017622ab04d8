"""The seam between the model and the shards: where the phases of a step are computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.config.schema import Config
from sim.shard.attempt import ATTEMPTED
from sim.shard.shard import Shard
from sim.traffic.source import TrafficSource

Arguments = Sequence[tuple[Any, ...]]
"""One tuple per shard."""


Blocks = Sequence[NDArray[np.int64]]
"""Ids of the agents of each shard, in order."""


def build_shards(blocks: Blocks, source: TrafficSource, config: Config) -> list[Shard]:
    """Newborn shards in this process, which move the positions of `source`."""
    return [Shard(ids, source, config) for ids in blocks]


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that an executor survived."""

    kind: str
    """Of the error that is counted: `executor.worker_lost` or `executor.fallback`."""
    text: str
    """One line for people."""


SEVERAL = "several"
"""A call of several methods, one after the other, instead of one; its arguments are those calls."""


def invoke(shard: Shard, method: str, arguments: tuple[Any, ...]) -> Any:
    """`shard.method(*arguments)`; what may fail for some agents comes as an `Attempt`.

    Of `SEVERAL` calls, what each of them gave and took, s.
    """
    if method == SEVERAL:
        return [_timed(shard, each, given) for each, given in arguments]
    if method in ATTEMPTED:
        return shard.attempt(method, *arguments)
    return getattr(shard, method)(*arguments)


def _timed(shard: Shard, method: str, arguments: tuple[Any, ...]) -> tuple[Any, float]:
    start = perf_counter()
    return invoke(shard, method, arguments), perf_counter() - start


class Executor(Protocol):
    """Owns the shards of a population and calls them; never changes what comes out.

    A step begins with the call of `begin`.
    """

    together: bool
    """Whether the phases up to the vote are to be one call, as far away they cost less so."""

    @property
    def name(self) -> str:
        """`sequential`, `threads` or `ray`: where the shards are now."""

    @property
    def workers(self) -> int:
        """How many shards may be computed at the same time."""

    @property
    def shards(self) -> Sequence[Shard]:
        """The shards themselves.

        Raises:
            ExecutorError: they live in other processes.
        """

    def call(self, method: str, arguments: Arguments) -> list[Any]:
        """`invoke(shard, method, arguments[i])` for each shard `i`, and wait for all.

        Returns:
            The results in the order of the shards.
        """

    def ask(self, shard: int, method: str, *arguments: Any) -> Any:
        """The result of one method, which changes nothing, of one shard."""

    def resize(self, workers: int) -> bool:
        """Compute with this many workers from now on; False where that cannot be changed."""

    def lose_worker(self, choice: int) -> bool:
        """Let a worker die, as far as there is one; it is missed and replaced in the next call.

        Args:
            choice: any number; which worker it is.
        """

    def incidents(self) -> tuple[Incident, ...]:
        """What was survived since the last time that it was asked."""

    def close(self) -> None:
        """Give the workers back; may be called again."""
