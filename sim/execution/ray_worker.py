"""One Ray actor with its shards, and what a successor needs to take its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sim.checkpoint.tree import State
from sim.config.schema import Config
from sim.errors import ExecutorError
from sim.execution.executor import Blocks, Incident
from sim.execution.group import ShardGroup, computed_by, packed
from sim.text import shown
from sim.traffic.source import TrafficSource

START_TIMEOUT = 120.0
"""Longest wait for a new actor, s; a busy cluster may have no room."""
ATTEMPTS = 3
"""Actors that are tried in place of a lost one."""


class RayGoneError(ExecutorError):
    """Ray gives no workers any more."""


@dataclass(frozen=True, slots=True, eq=False)
class Birth:
    """What actors are made from, and how."""

    ray: Any
    source: TrafficSource
    """In the state in which shards are born."""
    stored: Any
    """The source in Ray's object store, so that it goes to each machine once."""
    config: Config
    options: dict[str, Any]
    """Of `ray.remote`."""
    tell: Callable[[Incident], None]

    @property
    def lost(self) -> tuple[type[Exception], ...]:
        """What Ray raises when an actor, or all of Ray, is not there."""
        return (self.ray.exceptions.RayError, ConnectionError, TimeoutError)


class RayWorker:
    """An actor, the memory of its shards at the last checkpoint, and the calls since.

    Args:
        birth: what it is made from.
        number: from 1.
        first: number of its first shard.
        blocks: ids of the agents of its shards.
    """

    def __init__(self, birth: Birth, number: int, first: int, blocks: Blocks) -> None:
        self.number = number
        self.shards = slice(first, first + len(blocks))
        self.actor: Any = None
        self._birth = birth
        self._blocks = blocks
        self._states: Sequence[State] = ()
        """Empty for newborn shards."""
        self._calls: list[bytes] = []
        """By value, oldest first."""
        self._running: Any = None

    # -- life ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Ask Ray for an actor, without waiting for it."""
        kind = self._birth.ray.remote(ShardGroup).options(**self._birth.options)
        self.actor = kind.remote(self._blocks, self._birth.stored, self._birth.config)
        self._running = self.actor.identity.remote()

    def started(self) -> str:
        """Wait until the actor lives; returns where.

        Raises:
            ExecutorError: it has other versions of what computes the figures.
        """
        host, process, found = self._birth.ray.get(self._running, timeout=START_TIMEOUT)
        for name, here in computed_by(self._birth.config).items():
            there = found.get(name)
            if there != here:
                raise ExecutorError(f"{host} has {name} {there}, expected {here}")
        return f"process {process} on {host}"

    def end(self) -> None:
        """End the actor."""
        if self.actor is not None:
            self._birth.ray.kill(self.actor)
            self.actor = None

    def kill(self) -> None:
        """Let the actor die without telling anyone."""
        if self.actor is not None:
            self._birth.ray.kill(self.actor)

    # -- calls ---------------------------------------------------------------------------------

    def submit(self, method: str, arguments: Sequence[tuple[Any, ...]]) -> None:
        """Begin a call of a method of all its shards."""
        self._calls.append(packed(method, arguments))
        try:
            self._running = self.actor.call.remote(self._calls[-1])
        except self._birth.lost:
            self._running = None  # noticed by whoever waits for it

    def answer(self) -> list[Any]:
        """Wait for the results of the last call.

        Raises:
            RayGoneError: the actor is lost and there is no other.
        """
        try:
            return (
                list(self._result(self._running)) if self._running is not None else self._lost("")
            )
        except self._birth.lost as error:
            return self._lost(reason(error))

    def forget_last(self) -> None:
        """The last call is answered and has changed nothing: nobody need repeat it."""
        self._calls.pop()

    def ask(self, shard: int, method: str, *arguments: Any) -> Any:
        """One method of the shard with this number; see `Executor.ask`."""
        for _ in range(ATTEMPTS):
            try:
                asked = self.actor.ask.remote(shard - self.shards.start, method, *arguments)
                return self._result(asked)
            except self._birth.lost as error:
                self._lost(reason(error))
        raise RayGoneError(f"worker {self.number} is lost again and again")

    def checkpoint(self) -> None:
        """Fetch the memory of the shards, to be done between two steps."""
        for _ in range(ATTEMPTS):
            try:
                self._states = self._result(self.actor.states.remote())
            except self._birth.lost as error:
                self._lost(reason(error))
            else:
                self._calls = []
                return
        raise RayGoneError(f"worker {self.number} is lost again and again")

    def moved_here(self) -> tuple[ShardGroup, list[Any]]:
        """Its shards, built in this process, and the results of the last call."""
        group = ShardGroup(self._blocks, self._birth.source, self._birth.config)
        return group, group.catch_up(self._states, self._calls)

    # -- recovery ------------------------------------------------------------------------------

    def _lost(self, cause: str) -> list[Any]:
        """Let another actor take over; returns the results of the last call."""
        for _ in range(ATTEMPTS):
            try:
                if not self._birth.ray.is_initialized():
                    break
                self.start()
                where = self.started()
                results = self._result(self.actor.catch_up.remote(self._states, self._calls))
            except self._birth.lost as error:
                cause = reason(error)
            else:
                text = f"Ray worker {self.number} was lost: {where} took over"
                self._birth.tell(Incident("executor.worker_lost", text))
                return list(results)
        raise RayGoneError(f"Ray gives no worker: {cause}")

    def _result(self, reference: Any) -> Any:
        """What the actor answered, or the error that it raised itself."""
        try:
            return self._birth.ray.get(reference)
        except self._birth.ray.exceptions.RayTaskError as error:
            raise error.cause from None


def reason(error: Exception) -> str:
    """The first line of Ray's message, fit for a line of ours."""
    lines = str(error).strip().splitlines()
    return shown(lines[0], 160) if lines else type(error).__name__
