"""The shards of one worker: what a process that computes for others holds."""

from __future__ import annotations

import os
import pickle
import socket
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from sim.checkpoint.tree import State
from sim.config.plugins import used_by
from sim.config.schema import Config
from sim.execution.executor import Blocks, build_shards, invoke
from sim.numerics.versions import versions
from sim.plugins.catalogue import BEHAVIOURS
from sim.plugins.usage import origins
from sim.shard.shard import Shard
from sim.traffic.source import TrafficSource


def computed_by(config: Config) -> dict[str, str]:
    """Versions of libraries and plug-ins in this process that compute the figures of a run."""
    # Behaviours go from process to process as codes, which are places in this list.
    names = {"behaviours": " ".join(BEHAVIOURS.names)}
    return {**versions(), **origins(used_by(config)), **names}


def packed(method: str, arguments: Sequence[tuple[Any, ...]]) -> bytes:
    """A call by value: what it says stays, however its arguments change afterwards."""
    return pickle.dumps((method, list(arguments)), protocol=5)


class ShardGroup:
    """Some shards with positions in the traffic of their own. Knows nothing of Ray."""

    def __init__(self, blocks: Blocks, source: TrafficSource, config: Config) -> None:
        self._blocks, self._source, self._config = blocks, source, config

    @cached_property
    def shards(self) -> list[Shard]:
        """The shards, made when they are first needed: by then, `identity` has been compared."""
        # Arrays that come through shared memory are read-only; positions must be written.
        return build_shards(self._blocks, self._source.detached(), self._config)

    def identity(self) -> tuple[str, int, dict[str, str]]:
        """Host, process and versions of what computes the figures."""
        return socket.gethostname(), os.getpid(), computed_by(self._config)

    def call(self, call: bytes) -> list[Any]:
        """Do what `packed` says with every shard; results in the order of the shards."""
        # Our own coordinator wrote these bytes.
        method, arguments = pickle.loads(call)  # noqa: S301
        pairs = zip(self.shards, arguments, strict=True)
        return [invoke(shard, method, given) for shard, given in pairs]

    def ask(self, shard: int, method: str, *arguments: Any) -> Any:
        """One method of one shard of the group."""
        return getattr(self.shards[shard], method)(*arguments)

    def states(self) -> list[State]:
        """The memory of each shard."""
        return [shard.state() for shard in self.shards]

    def catch_up(self, states: Sequence[State], calls: Sequence[bytes]) -> list[Any]:
        """Take over `states` (none: newborn) and repeat `calls`.

        Returns:
            The results of the last call.
        """
        if states:
            for shard, state in zip(self.shards, states, strict=True):
                shard.restore(state)
        results: list[Any] = []
        for call in calls:
            results = self.call(call)
        return results
