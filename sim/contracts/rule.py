"""What every consensus rule must keep, whatever it goes by."""

from __future__ import annotations

from itertools import product

import numpy as np

from sim.config.schema import ConsensusSection, TrustSection
from sim.consensus.rules import Rule, Tally
from sim.consensus.trust import Reputation

VERDICTS = ("ACCEPTED", "REJECTED", None)


def _settings() -> list[ConsensusSection]:
    return [
        ConsensusSection(quorum=quorum, min_confirmations=least)
        for quorum, least in product((0.2, 0.5, 0.6, 1.0), (1, 3))
    ]


def _tallies() -> list[Tally]:
    """All votes of up to seven a side, and each with lighter votes."""
    return [
        Tally(confirm * weight, refute * weight, confirm, refute)
        for confirm, refute, weight in product(range(8), range(8), (1.0, 0.3))
    ]


class RuleContract:
    """Inherit it under a name that begins with `Test`, and define `make`."""

    def make(self) -> Rule:
        """The rule."""
        raise NotImplementedError

    def test_it_decides_and_says_the_same_when_asked_again(self) -> None:
        """A verdict is a function of tally and settings; some tally is accepted."""
        verdicts = set()
        for settings, tally in product(_settings(), _tallies()):
            verdict = self.make().decide(tally, settings)
            assert verdict in VERDICTS
            assert self.make().decide(tally, settings) == verdict
            verdicts.add(verdict)
        assert "ACCEPTED" in verdicts

    def test_without_votes_nothing_is_decided(self) -> None:
        """A poll begins undecided, or no vote would ever count."""
        for settings in _settings():
            assert self.make().decide(Tally(), settings) is None

    def test_another_confirmation_never_takes_an_acceptance_back(self) -> None:
        """Nor turns what is undecided into a rejection."""
        rule = self.make()
        for settings, tally in product(_settings(), _tallies()):
            before = rule.decide(tally, settings)
            more = Tally(
                tally.confirm + 1.0, tally.refute, tally.confirmations + 1, tally.refutations
            )
            after = rule.decide(more, settings)
            assert before != "ACCEPTED" or after == "ACCEPTED", (tally, settings)
            assert before is not None or after != "REJECTED", (tally, settings)

    def test_nothing_is_accepted_below_the_least_share(self) -> None:
        """What the rule promises, the invariants of a run check."""
        rule = self.make()
        for settings, tally in product(_settings(), _tallies()):
            least = rule.least_share(settings)
            assert 0.0 <= least <= 1.0
            if rule.decide(tally, settings) == "ACCEPTED":
                assert tally.share >= least, (tally, settings)

    def test_it_describes_itself_in_a_few_words(self) -> None:
        """For the screen: one short line."""
        words = self.make().describe(0.6)
        assert words and len(words) <= 40 and words.isprintable()

    def test_weights_are_shares(self) -> None:
        """(n,) from 0 to 1, of any population."""
        for agents in (1, 7):
            weights = self.make().weights(Reputation(agents), TrustSection())
            assert weights.shape == (agents,)
            assert weights.dtype == np.float64
            assert ((weights >= 0.0) & (weights <= 1.0)).all()

    def test_more_of_the_weight_carries_at_least_as_much(self) -> None:
        """What a share of the votes gets, a larger one gets as well."""
        rule = self.make()
        for settings in _settings():
            got = [rule.carries(float(part), 8.0, part, settings) for part in range(9)]
            assert got == sorted(got), settings
