"""What begins everywhere at once: updates, backups, a change of the traffic of all.

Voters cannot tell it from an attack: to each of them it is new, odd and a burst. Only the poll can.
An attack that goes from agent to agent has just begun to come to a few when it is voted on; others
know it for some time, or not at all. Drift begins for everybody in the same few steps. Ballots say
so (`Reason.SUDDEN`).

Where each agent has few flows of it in a step, a quick verdict comes before most have met it. So
what has been accepted is watched on for `WATCHED` steps: if it flags traffic of nearly all of those
in good standing then, it is withdrawn, and its like is not published again for some time.

Not told apart is an attack that strikes that many agents at once; `tests/benchmarks/run.py drift`
measures both.
"""

from __future__ import annotations

from sim.consensus.ballot_box import Poll
from sim.consensus.votes import Reason
from sim.ledger.ballots import Vote, unpack_ballots

AT_ONCE = 3
"""Steps from the publication in which ballots tell what has begun at once."""
WATCHED = 2
"""Steps after an acceptance in which it shows whether it flags traffic of nearly all."""
NEVER = 1.0
"""`consensus.everywhere_share` with which nothing is held back."""


def seen_everywhere(poll: Poll, able: int, share: float) -> bool:
    """Whether for at least this share of those who were asked and have a model it has just begun.

    Args:
        poll: The votes so far.
        able: Agents that were asked and have a model.
        share: `consensus.everywhere_share`.
    """
    if share >= NEVER:
        return False
    return poll.sudden >= share * able


def nearly_all(share: float) -> float:
    """Share of the agents whose traffic an accepted signature flags at once if it is drift.

    Halfway from `consensus.everywhere_share` to all: attacks that strike as many as may be flag
    some traffic of others, too.
    """
    return (1.0 + share) / 2.0


def sudden_in(packed: bytes) -> int:
    """Confirmations with a weight of those to whom it has just begun to come, in some ballots."""
    ballots = unpack_ballots(packed)
    sudden = (ballots["vote"] == Vote.CONFIRM) & (ballots["reason"] == Reason.SUDDEN)
    return int((sudden & (ballots["weight"] > 0)).sum())
