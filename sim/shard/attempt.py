"""A phase is done for many agents at once; when it raises, this finds out because of whom.

The call is repeated by halves until those are left for whom alone it raises. What a phase has done
for the others must not be done twice: a phase either computes before it writes, or what it has
counted on is put back (`Undo`). The memories of agents are rings, and a ring whose head is put back
is written again with the same flows; so the heads are enough, and a normal step pays for copying a
number per agent.

All of it happens where the shard lives, so it is the same on every executor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.errors import RAISED, BroadcastError, is_lack
from sim.machine.trace import trace_of
from sim.text import failure

Ints = NDArray[np.int64]
Kind = Literal["validation", "broadcast", "refit", "crash"]
"""What becomes of the agent: an empty result, a stop, the old model kept, a stop."""
STOPS: Final[frozenset[Kind]] = frozenset({"broadcast", "crash"})
"""The kinds after which the agent takes part no more."""


class Ring(Protocol):
    """What agents remember in turn, or count."""

    def place(self) -> NDArray[Any]:
        """(n,) where each agent's goes on."""

    def go_back(self, rows: Ints, place: NDArray[Any]) -> None:
        """Let those of these rows go on from where they stood."""


Undo = Callable[[Ints], None]
"""Puts back what a call for these rows has done."""
ATTEMPTED: Final = frozenset(
    {"observe", "detect", "publish", "vote", "learn", "accept", "refit", "compare"}
)
"""Methods of shards that may fail for some agents: their results come as an `Attempt`."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that one agent causes; plain data, as its exception may not travel."""

    agent: int
    phase: str
    kind: Kind
    text: str
    """One line for people."""
    trace: tuple[str, ...]
    """The lines of the traceback, for the run's log."""


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """What came out of a call, and for whom it failed."""

    value: Any
    failures: tuple[Failure, ...]


def failure_of(error: BaseException, agent: int, phase: str) -> Failure:
    """What an exception of one agent in a phase means."""
    trace = tuple(trace_of(error))
    return Failure(agent, phase, _kind(error, phase), failure(error, 160), trace)


def _kind(error: BaseException, phase: str) -> Kind:
    if isinstance(error, BroadcastError):
        return "broadcast"
    return "validation" if phase == "vote" else "refit" if phase == "refit" else "crash"


def by_halves(
    call: Callable[[Ints], Any],
    rows: Ints,
    undo: Undo,
    failed: Callable[[int, BaseException], None],
) -> list[tuple[Ints, Any]]:
    """Call for all rows; when that raises, for halves of them, and so on.

    Args:
        call: gives the same for a row whatever other rows are in the call.
        rows: who it is for.
        undo: puts back what a call that raises has done.
        failed: is told each row that raises when it is alone, and what.

    Returns:
        Groups of rows in order, and the result for each.

    Raises:
        Exception: no row alone raises, or the machine runs short.
    """
    told: list[tuple[int, BaseException]] = []
    results = _halved(call, rows, undo, told)
    for row, error in told:
        failed(row, error)
    return results


def _halved(
    call: Callable[[Ints], Any], rows: Ints, undo: Undo, told: list[tuple[int, BaseException]]
) -> list[tuple[Ints, Any]]:
    try:
        return [(rows, call(rows))]
    except RAISED as error:
        if not len(rows) or is_lack(error):
            raise
        undo(rows)
        if len(rows) == 1:
            told.append((int(rows[0]), error))
            return []
        before, middle = len(told), len(rows) // 2
        halves = (rows[:middle], rows[middle:])
        results = [result for half in halves for result in _halved(call, half, undo, told)]
        if len(told) == before:
            raise
        return results
