"""What everybody sees at once: updates, backups, a change of the traffic of all.

Voters cannot tell it from an attack: to each of them it is new, odd and a burst. Only the poll can:
an attack that goes from agent to agent is confirmed by those few that it has reached when its first
signature is voted on, and that is when a signature is worth most. What a large share of all who
could judge confirm leaves little to protect. Not told apart is an attack that strikes that many at
once; `tests/benchmarks/run.py drift` measures both.
"""

from __future__ import annotations

from sim.consensus.ballot_box import Poll
from sim.consensus.trust import Floats64
from sim.ledger.ballots import Vote

NEVER = 1.0
"""`consensus.everywhere_share` with which nothing is held back."""


def seen_everywhere(poll: Poll, weights: Floats64, able: int, share: float) -> bool:
    """Whether at least this share of those who were asked and have a model confirm.

    Args:
        poll: The votes so far.
        weights: (A,) of the agents' votes; those without weight do not count.
        able: Agents that were asked and have a model.
        share: `consensus.everywhere_share`.
    """
    if share >= NEVER:
        return False
    voters = poll.voters
    confirming = (poll.cast[voters] == Vote.CONFIRM) & (weights[voters] > 0.0)
    return int(confirming.sum()) >= share * able
