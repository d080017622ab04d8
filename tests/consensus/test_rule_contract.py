"""Our consensus rules keep the contract."""

from __future__ import annotations

import pytest

from sim.consensus.rules import Rule, Tally, rule_named
from sim.contracts.rule import RuleContract
from sim.plugins.catalogue import RULES


class TestRules(RuleContract):
    @pytest.fixture(autouse=True, params=list(RULES.ours))
    def _named(self, request: pytest.FixtureRequest) -> None:
        self.name = request.param

    def make(self) -> Rule:
        return rule_named(self.name)


class Fickle(Rule):
    """Takes back what it accepted."""

    def decide(self, tally: Tally, settings: object) -> str | None:
        return "ACCEPTED" if tally.confirmations == 3 else None

    def least_share(self, settings: object) -> float:
        return 0.9


class TestTheContract(RuleContract):
    """It finds what is wrong with a rule that is wrong."""

    def make(self) -> Rule:
        return Fickle()

    def test_another_confirmation_never_takes_an_acceptance_back(self) -> None:
        with pytest.raises(AssertionError):
            super().test_another_confirmation_never_takes_an_acceptance_back()

    def test_nothing_is_accepted_below_the_least_share(self) -> None:
        with pytest.raises(AssertionError):
            super().test_nothing_is_accepted_below_the_least_share()

    def test_more_of_the_weight_carries_at_least_as_much(self) -> None:
        with pytest.raises(AssertionError):
            super().test_more_of_the_weight_carries_at_least_as_much()
