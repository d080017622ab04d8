"""The phases of a shard that have failed for some of its agents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sim.consensus.votes import Codes
from sim.shard.attempt import STOPS, Failure, Ints, Undo, by_halves, failure_of
from sim.shard.grounds import no_votes


class Attempts:
    """Calls for many agents, without those because of whom they fail.

    Args:
        ids: (n,) of the agents.
        give_up: is told the row of an agent that takes part no more, and the phase.
    """

    def __init__(self, ids: Ints, give_up: Callable[[int, str], None]) -> None:
        self._ids, self._give_up = ids, give_up
        self._failures: list[Failure] = []

    def traced(
        self, phase: str, call: Callable[..., Any], rows: Ints, undo: Undo, *arguments: Any
    ) -> list[tuple[Ints, Any]]:
        """Call for rows, without those because of whom it fails: they have failed in `phase`.

        Raises:
            Exception: no agent is the cause.
        """
        return by_halves(
            lambda some: call(some, *arguments),
            rows,
            undo,
            lambda row, error: self.note(row, error, phase),
        )

    def note(self, row: int, error: BaseException, phase: str) -> None:
        """Take down that a row has failed."""
        failure = failure_of(error, int(self._ids[row]), phase)
        self._failures.append(failure)
        if failure.kind in STOPS:
            self._give_up(row, phase)

    def take_failures(self) -> tuple[Failure, ...]:
        """What has failed since this was asked last."""
        failures, self._failures = tuple(self._failures), []
        return failures


def nothing_done(rows: Ints) -> None:
    """There is nothing to put back: the call computes before it writes."""


def joined_ballots(rows: Ints, done: list[tuple[Ints, Any]], signatures: int) -> tuple[Codes, ...]:
    """The ballots of the calls that succeeded, (k, S) in the order of `rows`; none of others."""
    shape = (len(rows), signatures)
    joined = (*no_votes(shape), np.zeros(shape, dtype=np.uint8))
    for some, ballots in done:
        for out, codes in zip(joined, ballots, strict=True):
            out[np.searchsorted(rows, some)] = codes
    return joined
