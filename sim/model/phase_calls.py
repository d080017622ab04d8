"""Calls of the phases of all shards, with the time that they take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import StepCancelledError
from sim.execution.executor import SEVERAL, Executor
from sim.shard.attempt import ATTEMPTED, Attempt, Failure

GRACE = 1.0
"""Seconds up to which a step is completed though the run is stopping: then its checkpoint is of it,
and nothing is computed again."""


class PhaseCalls:
    """Calls of the shards of a population.

    Args:
        executor: computes the shards.
        blocks: the ids of the agents of each.
        bear: is told what single agents have failed to do.
    """

    def __init__(
        self,
        executor: Executor,
        blocks: Sequence[NDArray[np.int64]],
        bear: Callable[[Sequence[Failure]], None],
    ) -> None:
        self.seconds: dict[str, float] = {}
        """Phase → seconds of the step under way."""
        self.cancelled: Callable[[], bool] = lambda: False
        """Asked between phases; when it says so, a step that takes long is given up."""
        self._executor, self._bear = executor, bear
        self._blocks = blocks

    def each(self, phase: str, *arguments: Any) -> list[Any]:
        """Call a phase of every shard for all of its agents, and take the time.

        Raises:
            StepCancelledError: the run is stopping, and the step takes long.
        """
        self.check_cancelled()
        rows = (np.arange(len(ids), dtype=np.int64) for ids in self._blocks)
        return self.call(phase, [(some, *arguments) for some in rows])

    def phases(self, **given: tuple[Any, ...]) -> Iterator[tuple[str, list[Any]]]:
        """Do phases of which none waits for what others have done, each for all agents.

        Where calls are dear, all are one call: what came out is the same.

        Args:
            given: phase → what it is given, in order.

        Yields:
            Each phase and what it gave in each shard.
        """
        if not self._executor.together:
            for phase, arguments in given.items():
                yield phase, self.each(phase, *arguments)
            return
        for phase, attempts in zip(given, self._at_once(given), strict=True):
            self._bear([failed for attempt in attempts for failed in attempt.failures])
            yield phase, [attempt.value for attempt in attempts]

    def _at_once(self, given: Mapping[str, tuple[Any, ...]]) -> list[list[Attempt]]:
        """What each phase gave in each shard; the time of the call is shared out as they say."""
        self.check_cancelled()
        rows = (np.arange(len(ids), dtype=np.int64) for ids in self._blocks)
        calls = [tuple((p, (some, *rest)) for p, rest in given.items()) for some in rows]
        start = perf_counter()
        answers = self._executor.call(SEVERAL, calls)
        wall = perf_counter() - start
        taken = [sum(answer[i][1] for answer in answers) for i in range(len(given))]
        for phase, part in zip(given, taken, strict=True):
            self.seconds[phase] = self.seconds.get(phase, 0.0) + wall * part / max(sum(taken), 1e-9)
        return [[answer[i][0] for answer in answers] for i in range(len(given))]

    def all(self, method: str, *arguments: Any, phase: str = "") -> list[Any]:
        """Call a method of every shard with the same arguments."""
        return self.call(method, [arguments] * len(self._blocks), phase)

    def call(self, method: str, arguments: Sequence[tuple[Any, ...]], phase: str = "") -> list[Any]:
        """Call every shard, and count the time for a phase, by default of the same name."""
        with self.timed(phase or method):
            results = self._executor.call(method, arguments)
        if method not in ATTEMPTED:
            return results
        self._bear([failed for attempt in results for failed in attempt.failures])
        return [attempt.value for attempt in results]

    def check_cancelled(self) -> None:
        """Give the step up if the run is stopping and the step has taken long.

        Raises:
            StepCancelledError: it is given up.
        """
        if self.cancelled() and sum(self.seconds.values()) > GRACE:
            raise StepCancelledError("the run is stopping")

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Count the time of what is done inside for a phase."""
        start = perf_counter()
        yield
        self.seconds[phase] = self.seconds.get(phase, 0.0) + perf_counter() - start
