"""The phases up to the vote as one call of every shard, for executors that calls are dear to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from sim.model.agents import Agenda
from sim.shard.attempt import Attempt

PHASES = ("observe", "detect", "publish", "vote")
Answer = Sequence[tuple[Attempt, float]]
"""What each phase of a shard gave, and how long it took, s."""


def calls(agents: int, agenda: Agenda) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """What a shard of so many agents is asked to do, in order."""
    everyone = np.arange(agents, dtype=np.int64)
    given = ((), (), (agenda.reputable,), (agenda.pending, agenda.published_as))
    return tuple((phase, (everyone, *rest)) for phase, rest in zip(PHASES, given, strict=True))


def attempts_of(answers: Sequence[Answer]) -> Iterator[tuple[str, list[Attempt]]]:
    """Each phase with what it gave in every shard."""
    for number, phase in enumerate(PHASES):
        yield phase, [answer[number][0] for answer in answers]


def shared_out(wall: float, answers: Sequence[Answer]) -> dict[str, float]:
    """The time of the call, s, by phase: in proportion to what the shards say that each took."""
    taken = [sum(answer[number][1] for answer in answers) for number in range(len(PHASES))]
    whole = max(sum(taken), 1e-9)
    return {phase: wall * part / whole for phase, part in zip(PHASES, taken, strict=True)}
