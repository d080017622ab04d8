"""Reputation, and what it does to a vote."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laboratory import EVENTFUL, advance, ballots_of, opened

from sim.config.schema import TrustSection
from sim.consensus.trust import Reputation
from sim.ledger.ballots import Vote

deeds = st.lists(st.sampled_from(["praise", "blame", "both", "rest"]), max_size=60)
sections = st.builds(
    TrustSection,
    prior=st.sampled_from([0.1, 2.0, 50.0]),
    forgetting=st.sampled_from([0.5, 0.98, 1.0]),
    penalty=st.sampled_from([1.0, 3.0, 10.0]),
    growth=st.sampled_from([0.05, 0.2, 1.0]),
    newcomer=st.sampled_from([0.1, 1.0]),
)
ONE = np.array([0])


def after(history: list[str], settings: TrustSection, weight: float = 1.0) -> Reputation:
    """Two agents after steps in which the first did this."""
    reputation = Reputation(2)
    for deed in history:
        reputation.forget(settings)
        if deed in ("praise", "both"):
            reputation.praise(ONE, weight)
        if deed in ("blame", "both"):
            reputation.blame(ONE, weight)
        reputation.settle(settings)
    return reputation


@given(deeds, sections)
def test_trust_lies_between_none_and_full(history, settings) -> None:
    trust = after(history, settings).trust(settings)
    assert (trust > 0).all() and (trust < 1).all()
    assert trust[1] == 0.5


@given(deeds, sections)
def test_a_good_deed_raises_and_a_bad_one_lowers(history, settings) -> None:
    rest = after([*history, "rest"], settings).trust(settings)[0]
    assert after([*history, "praise"], settings).trust(settings)[0] > rest
    assert after([*history, "blame"], settings).trust(settings)[0] < rest


@given(deeds, sections)
def test_it_falls_faster_than_it_grows(history, settings) -> None:
    """Whoever stands at half or better loses more by a bad deed than a good one brings."""
    rest = after([*history, "rest"], settings).trust(settings)[0]
    if rest >= 0.5:
        gain = after([*history, "praise"], settings).trust(settings)[0] - rest
        loss = rest - after([*history, "blame"], settings).trust(settings)[0]
        assert loss >= gain - 1e-12
        assert after([*history, "both"], settings).trust(settings)[0] <= rest + 1e-12


@given(st.integers(1, 50), sections)
def test_many_good_deeds_of_one_step_bring_no_more_than_the_cap(count, settings) -> None:
    one, many = Reputation(2), Reputation(2)
    one.praise(ONE, settings.growth)
    for _ in range(count):
        many.praise(ONE)
    for reputation in (one, many):
        reputation.settle(settings)
    assert many.trust(settings)[0] <= one.trust(settings)[0] + 1e-12


@given(deeds)
def test_what_is_long_ago_is_forgotten(history) -> None:
    settings = TrustSection(forgetting=0.5)
    assert abs(after([*history, *["rest"] * 60], settings).trust(settings)[0] - 0.5) < 1e-9


@given(deeds, sections)
def test_a_newcomer_stands_lower_than_it_is_trusted(history, settings) -> None:
    reputation = after(history, settings)
    trust, standing = reputation.trust(settings), reputation.standing(settings)
    assert standing[1] == pytest.approx(0.5 * settings.newcomer)
    assert (standing <= trust + 1e-12).all()
    certainty = reputation.certainty(settings)
    assert certainty[1] == 0.0 and 0.0 <= certainty[0] < 1.0
    if settings.newcomer == 1.0:
        assert standing == pytest.approx(trust)


def test_quarantine_ends_slowly_by_good_votes_and_sooner_than_by_rest() -> None:
    settings = TrustSection()
    fallen = ["blame"] * 10

    def held(way_back: str) -> int:
        return next(
            days
            for days in range(1000)
            if not after([*fallen, *[way_back] * days], settings).quarantined(settings)[0]
        )

    assert after(["blame"] * 5, settings).quarantined(settings)[0]
    assert 10 < held("praise") < held("rest")


def test_votes_of_the_quarantined_are_counted_with_weight_zero() -> None:
    changes = {
        "adversary.fraction": 0.25,
        "adversary.behaviour": "flip_votes",
        "trust.quarantine": 0.4,
    }
    with opened(changes) as experiment:
        advance(experiment, 16, EVENTFUL)
        assembly, steered = experiment.simulation.assembly, experiment.simulation.steered
        settings = experiment.config.trust
        quarantined = assembly.reputation.quarantined(settings)
        liars = steered.behaviour > 0
        assert quarantined.any()
        assert (quarantined & liars).sum() >= (quarantined & ~liars).sum()
        assert (assembly.weights()[quarantined] == 0).all()
        assert (assembly.weights()[~quarantined] == 1).all()
        weightless = [
            ballot
            for seq, _ in experiment.reader.signatures_after(-1)
            for ballot in ballots_of(experiment.reader, seq).tolist()
            if ballot[1] != Vote.ABSTAIN and ballot[3] == 0
        ]
        assert weightless


def test_under_the_weighted_rule_a_vote_weighs_its_standing() -> None:
    with opened({"consensus.rule": "weighted"}) as experiment:
        advance(experiment, 16, EVENTFUL)
        assembly, settings = experiment.simulation.assembly, experiment.config.trust
        standing = assembly.reputation.standing(settings)
        quarantined = assembly.reputation.quarantined(settings)
        assert (assembly.weights() == np.where(quarantined, 0.0, standing)).all()
        assert len(np.unique(standing)) > 2


def test_a_run_forgets() -> None:
    far = []
    for forgetting in (1.0, 0.5):
        changes = {
            "trust.forgetting": forgetting,
            "trust.quarantine": 0.0,
            "adversary.fraction": 0.25,
            "adversary.behaviour": "poison",
        }
        with opened(changes) as experiment:
            advance(experiment, 16, EVENTFUL)
            trust = experiment.simulation.assembly.reputation.trust(experiment.config.trust)
            far.append(float(np.abs(trust - 0.5).sum()))
    assert far[0] > 1.5 * far[1]
