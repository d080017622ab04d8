"""Controls: what becomes of a benchmark if what it is to measure is taken away.

* `coins`: every ballot is chance, the vote, its reason and its radius.
* `everything`: whatever is published is accepted as soon as it is voted on; ballots are real, and
  so is what they say about radii.
* `no_last_word`: agents apply a signature as far as the ballots agreed, whatever it would hit of
  their own traffic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any
from unittest import mock

import numpy as np

from sim.consensus.votes import NO_VOTE, Reason
from sim.ledger.ballots import Vote
from sim.signatures.radii import FARTHEST, HARMFUL, UNMEASURED

Control = Callable[[], AbstractContextManager[None]]
_WHY = {Vote.CONFIRM: Reason.SEEN, Vote.REFUTE: Reason.NORMAL, Vote.ABSTAIN: Reason.NOT_SEEN}


@contextmanager
def coins() -> Iterator[None]:
    """Everybody who is asked confirms, refutes or abstains by chance, within any radius."""
    rng = np.random.default_rng(1)
    sides, reasons = np.array(list(_WHY), np.uint8), np.array(list(_WHY.values()), np.uint8)

    def toss(scores: Any, *_: Any) -> tuple[Any, Any]:
        side = rng.integers(len(_WHY), size=scores.shape)
        return sides[side], reasons[side]

    def votes(_: Any, rows: Any, pending: Any, asked: Any, scores: Any) -> tuple[Any, Any, Any]:
        said, why = toss(scores)
        radii = rng.integers(HARMFUL, FARTHEST + 1, size=scores.shape).astype(np.uint8)
        columns = ((said, NO_VOTE), (why, Reason.NONE), (radii, UNMEASURED))
        one, two, three = (np.where(asked, some, np.uint8(none)) for some, none in columns)
        return one, two, three

    with (
        mock.patch("sim.shard.batch_grounds.judge", toss),
        mock.patch("sim.shard.burst_grounds.BurstGrounds.votes", votes),
    ):
        yield


@contextmanager
def everything() -> Iterator[None]:
    """No vote is needed."""
    with (
        mock.patch("sim.consensus.rules.ShareRule.decide", return_value="ACCEPTED"),
        mock.patch("sim.consensus.rules.ShareRule.least_share", return_value=0.0),
        mock.patch("sim.consensus.assembly.Assembly._acceptable", return_value=True),
    ):
        yield


@contextmanager
def no_last_word() -> Iterator[None]:
    """Nobody asks its own traffic."""

    def agreed(_: Any, rows: Any, signatures: Any) -> Any:
        radii = np.abs(np.array(signatures.radii, dtype=np.float32))
        return np.tile(radii, (len(rows), 1))

    with mock.patch("sim.shard.reach.Reach.of", agreed):
        yield


VOTES: dict[str, Control] = {"real": nullcontext, "coins": coins, "everything": everything}
"""By the name that a benchmark is asked for."""


def both(votes: str, last_word: bool) -> Control:
    """Votes of this name, with or without the owner's last word."""

    @contextmanager
    def controlled() -> Iterator[None]:
        with ExitStack() as stack:
            stack.enter_context(VOTES[votes]())
            if not last_word:
                stack.enter_context(no_last_word())
            yield

    return controlled
