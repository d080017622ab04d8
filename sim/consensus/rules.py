"""Decision rules: from counted votes to a verdict. A rule says itself what it can and needs."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from sim.config.schema import ConsensusSection, TrustSection
from sim.consensus.trust import Floats64, Reputation
from sim.ledger.ballots import WEIGHT_UNIT
from sim.plugins.catalogue import RULES


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes on one signature so far."""

    confirm: float = 0.0
    """Weight of the confirmations."""
    refute: float = 0.0
    """Weight of the refutations."""
    confirmations: int = 0
    """Distinct agents that confirmed with a weight above zero."""
    refutations: int = 0

    @property
    def units(self) -> tuple[int, int]:
        """Weight of both sides in the units of ballots: their sums, but without rounding errors.

        Three votes of four are three quarters also if each weighs a tenth.
        """
        return round(self.confirm * WEIGHT_UNIT), round(self.refute * WEIGHT_UNIT)

    @property
    def share(self) -> float:
        """Share of the non-abstaining weight that confirms; 0 where there is none."""
        confirm, refute = self.units
        return confirm / (confirm + refute) if confirm + refute else 0.0


class Rule:
    """How votes become a verdict; `decide` is all that a rule must say.

    A verdict is a function of the tally and the settings alone, and another confirmation never
    turns an acceptance into something else.
    """

    def decide(self, tally: Tally, settings: ConsensusSection) -> str | None:
        """`ACCEPTED`, `REJECTED`, or None while neither side has won."""
        raise NotImplementedError

    def least_share(self, settings: ConsensusSection) -> float:
        """Share of the non-abstaining weight below which nothing is accepted.

        0 where the rule does not go by shares.
        """
        return 0.0

    def describe(self, quorum: float) -> str:
        """What the rule asks for, in a few words that stand before "needed"."""
        return "what the rule asks for"

    def weights(self, reputation: Reputation, settings: TrustSection) -> Floats64:
        """(n,) weight of each agent's vote, 0..1. In quarantine a vote weighs nothing anyway."""
        return np.ones(len(reputation), dtype=np.float64)

    def carries(self, part: float, whole: float, voters: int, settings: ConsensusSection) -> bool:
        """Whether `voters` agents with `part` of the definite weight `whole` get their way."""
        rest = whole - part
        return self.decide(Tally(part, rest, voters, ceil(rest)), settings) == "ACCEPTED"


class ShareRule(Rule):
    """A share of the non-abstaining weight and a least number of agents, for either verdict."""

    def enough(self, share: float, quorum: float) -> bool:
        """Whether a side with this share has won."""
        return share >= quorum

    def decide(self, tally: Tally, settings: ConsensusSection) -> str | None:
        """See `Rule.decide`."""
        confirm, refute = tally.units
        total = confirm + refute
        if not total:
            return None
        quorum, minimum = settings.quorum, settings.min_confirmations
        accepted = tally.confirmations >= minimum and self.enough(confirm / total, quorum)
        rejected = tally.refutations >= minimum and self.enough(refute / total, quorum)
        if accepted and rejected:  # possible only with a quorum up to one half
            accepted, rejected = confirm > refute, refute > confirm
        if accepted:
            return "ACCEPTED"
        return "REJECTED" if rejected else None

    def least_share(self, settings: ConsensusSection) -> float:
        """See `Rule.least_share`."""
        return settings.quorum

    def describe(self, quorum: float) -> str:
        """See `Rule.describe`."""
        return f"≥ {quorum:.0%}"

    def carries(self, part: float, whole: float, voters: int, settings: ConsensusSection) -> bool:
        """See `Rule.carries`; exact, though `part` need not be a number of whole votes."""
        return voters >= settings.min_confirmations and self.enough(part / whole, settings.quorum)


class Majority(ShareRule):
    """More than half of the non-abstaining weight."""

    def enough(self, share: float, quorum: float) -> bool:
        """See `ShareRule.enough`."""
        return share > 0.5

    def least_share(self, settings: ConsensusSection) -> float:
        """See `Rule.least_share`."""
        return 0.5

    def describe(self, quorum: float) -> str:
        """See `Rule.describe`."""
        return "> 50%"


class Weighted(ShareRule):
    """The same quorum; what differs is the weight of a vote, which is the voter's standing."""

    def weights(self, reputation: Reputation, settings: TrustSection) -> Floats64:
        """See `Rule.weights`."""
        return reputation.standing(settings)


MAJORITY = Majority()
QUORUM = ShareRule()
WEIGHTED = Weighted()


def rule_named(name: str) -> Rule:
    """The rule of this name.

    Raises:
        PluginError: there is none, or the plug-in that offers it is broken.
    """
    return RULES.get(name, Rule)
