"""Agents that misbehave: how they vote instead, and what they publish besides honest signatures.

| behaviour | publishes | votes |
|---|---|---|
| `flip_votes` | honestly | the opposite of its judgement |
| `spam` | its three oddest flows in every step, anomalous or not | honestly |
| `poison` | patterns from the middle of its normal traffic | honestly |
| `collude` | like `poison` | confirms what colluders publish |
| `silent` | nothing | never |
| `betray` | honestly at first, then like `poison` | honestly at first, then the opposite |
| `sybil` | under all its ids what one controller finds in its normal traffic | confirms that |

Of several sybils the one with the lowest id is the controller; the others are names that it uses.
A name publishes nothing that it found itself, and votes honestly on what is not the controller's,
which is how it earns trust.

The truth of a signature goes by its content: a poisoner whose model has learned an attack takes its
flows for normal, and what it publishes then is an attack.
"""

from __future__ import annotations

from typing import get_args

import numpy as np
from numpy.typing import NDArray

from sim.commands import Behaviour
from sim.consensus.votes import Codes, Reason
from sim.ledger.ballots import Vote
from sim.numerics.arrays import Flags

BEHAVIOURS: tuple[Behaviour, ...] = get_args(Behaviour)
"""Names by code; code 0 is honest."""
CODE: dict[str, int] = {name: code for code, name in enumerate(BEHAVIOURS)}
POISON_SHARE = 0.25
"""Share of the steps in which a poisoner publishes."""


def effective(
    behaviour: NDArray[np.uint8], since: NDArray[np.int64], step: int, betray_after: int
) -> NDArray[np.uint8]:
    """(n,) behaviour in this step: a traitor counts as honest until it turns."""
    waiting = (behaviour == CODE["betray"]) & (step - since < betray_after)
    return np.where(waiting, np.uint8(0), behaviour)


def poisons(behaviour: NDArray[np.uint8]) -> Flags:
    """(n,) who publishes benign patterns as attacks."""
    return np.isin(behaviour, [CODE["poison"], CODE["collude"], CODE["betray"]])


def names_of_controller(behaviour: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Ids that one controller publishes under, its own first.

    Args:
        behaviour: (A,) codes of the whole population.
    """
    return np.flatnonzero(behaviour == CODE["sybil"]).astype(np.int64)


def bend_reach(
    reach: Codes, behaviour: NDArray[np.uint8], publishers: NDArray[np.uint8], farthest: int
) -> Codes:
    """The radii that voters give: members of a ring say that theirs reaches as far as any.

    Args:
        reach: (n, S) honest codes.
        behaviour: (n,) codes in this step.
        publishers: (S,) codes of those who published the signatures.
        farthest: code of the largest radius.
    """
    reach = reach.copy()
    for ring in (CODE["collude"], CODE["sybil"]):
        reach[(behaviour == ring)[:, None] & (publishers == ring)[None, :]] = farthest
    return reach


def bend_votes(
    votes: Codes, reasons: Codes, behaviour: NDArray[np.uint8], publishers: NDArray[np.uint8]
) -> tuple[Codes, Codes]:
    """What the voters say instead of what they think.

    Args:
        votes: (n, S) honest votes.
        reasons: (n, S) honest reasons.
        behaviour: (n,) codes in this step.
        publishers: (S,) codes of those who published the signatures.
    """
    votes, reasons = votes.copy(), reasons.copy()
    liars = np.isin(behaviour, [CODE["flip_votes"], CODE["betray"]])[:, None]
    confirm, refute = votes == Vote.CONFIRM, votes == Vote.REFUTE
    votes[liars & confirm], reasons[liars & confirm] = Vote.REFUTE, Reason.NORMAL
    votes[liars & refute], reasons[liars & refute] = Vote.CONFIRM, Reason.SEEN
    for ring in (CODE["collude"], CODE["sybil"]):
        helped = (behaviour == ring)[:, None] & (publishers == ring)[None, :]
        votes[helped], reasons[helped] = Vote.CONFIRM, Reason.SEEN
    return votes, reasons
