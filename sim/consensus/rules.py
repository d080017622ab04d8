"""Decision rules: from counted votes to a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.config.schema import Rule
from sim.ledger.ballots import WEIGHT_UNIT


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


def majority(tally: Tally, quorum: float, minimum: int) -> str | None:
    """More than half of the non-abstaining weight."""
    return _decide(tally, minimum, lambda share: share > 0.5)


def by_quorum(tally: Tally, quorum: float, minimum: int) -> str | None:
    """At least `quorum` of the non-abstaining weight."""
    return _decide(tally, minimum, lambda share: share >= quorum)


def _decide(tally: Tally, minimum: int, enough: Callable[[float], bool]) -> str | None:
    confirm, refute = tally.units
    total = confirm + refute
    if not total:
        return None
    accepted = tally.confirmations >= minimum and enough(confirm / total)
    rejected = tally.refutations >= minimum and enough(refute / total)
    if accepted and rejected:  # possible only with a quorum up to one half
        accepted, rejected = confirm > refute, refute > confirm
    if accepted:
        return "ACCEPTED"
    return "REJECTED" if rejected else None


RULES: dict[Rule, Callable[[Tally, float, int], str | None]] = {
    "majority": majority,
    "quorum": by_quorum,
    # The same quorum; what differs is the weight of a vote, which is the voter's trust.
    "weighted": by_quorum,
}
"""Name → rule(tally, quorum, least distinct agents) → verdict, or None while it is pending."""
