"""What a poll that is over says about the conduct of those who took part in it.

Two kinds of evidence, on purpose apart from the verdict where the verdict may be in wrong hands:

* **Voters.** A poll is evidence of how agents vote only if enough of those asked say the same: more
  than `trust.evidence_share` of all who were asked and whose vote weighs something, abstentions
  included. A few agents can carry a verdict while the rest has never seen anything near; they can
  never make it evidence against the others. So a minority that wins a verdict gains no trust by
  it, and cannot use it to put honest agents into quarantine.
* **The publisher** answers for its signature by the share of the agents asked that won: a
  rejection by nearly everybody is worse than one by a few.

Votes without weight are judged like all others, which is how a quarantined agent earns its way
back.
"""

from __future__ import annotations

import numpy as np

from sim.config.schema import TrustSection
from sim.consensus.ballot_box import Poll
from sim.consensus.trust import Floats64, Reputation
from sim.ledger.ballots import Vote


def hold_to_account(
    poll: Poll, outcome: str | None, weights: Floats64, reputation: Reputation, trust: TrustSection
) -> None:
    """Note what the voters and the publisher of a closed poll did right and wrong.

    Args:
        poll: with all its votes.
        outcome: what the rule made of the votes: `ACCEPTED`, `REJECTED`, or None for neither.
        weights: (A,) weight of each agent's vote now.
        reputation: takes the deeds in.
        trust: the settings in force.
    """
    asked = int((weights[poll.members] > 0.0).sum())
    if not asked:
        return
    confirming, refuting = poll.tally.confirmations, poll.tally.refutations
    share = min(1.0, max(confirming, refuting) / asked)
    if share > trust.evidence_share and confirming != refuting:
        right = Vote.CONFIRM if confirming > refuting else Vote.REFUTE
        voters = poll.voters
        agreed = poll.cast[voters] == right
        reputation.praise(voters[agreed], share)
        reputation.blame(voters[~agreed], share)
    publisher = np.array([poll.publisher], dtype=np.int64)
    if outcome == "ACCEPTED":
        reputation.praise(publisher, min(1.0, confirming / asked))
    elif outcome == "REJECTED":
        reputation.blame(publisher, min(1.0, refuting / asked))
