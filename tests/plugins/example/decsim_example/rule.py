"""A consensus rule that goes by no share: enough confirmations, and not a single refutation."""

from __future__ import annotations

from sim.config.schema import ConsensusSection
from sim.consensus.rules import Rule, Tally


class Veto(Rule):
    """Accepts what enough agents confirm and nobody refutes; one refutation rejects."""

    def decide(self, tally: Tally, settings: ConsensusSection) -> str | None:
        if tally.refutations:
            return "REJECTED"
        enough = tally.confirmations >= settings.min_confirmations
        return "ACCEPTED" if enough else None

    def describe(self, quorum: float) -> str:
        return "no refutation"


VETO = Veto()
