"""Reputation, and what it does to a vote."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from laboratory import EVENTFUL, advance, opened

from sim.config.schema import TrustSection
from sim.consensus.trust import Reputation
from sim.ledger.ballots import Vote

deeds = st.lists(st.sampled_from(["praise", "blame", "forget"]), max_size=60)
sections = st.builds(
    TrustSection,
    prior=st.sampled_from([0.1, 2.0, 50.0]),
    forgetting=st.sampled_from([0.5, 0.98, 1.0]),
    penalty=st.sampled_from([1.0, 3.0, 10.0]),
)
ONE = np.array([0])


def after(history: list[str], settings: TrustSection) -> Reputation:
    reputation = Reputation(2)
    for deed in history:
        if deed == "praise":
            reputation.praise(ONE)
        elif deed == "blame":
            reputation.blame(ONE, settings)
        else:
            reputation.forget(settings)
    return reputation


@given(deeds, sections)
def test_trust_lies_between_none_and_full(history, settings) -> None:
    trust = after(history, settings).trust(settings)
    assert (trust > 0).all() and (trust < 1).all()
    assert trust[1] == 0.5


@given(deeds, sections)
def test_a_good_deed_raises_and_a_bad_one_lowers(history, settings) -> None:
    before = after(history, settings).trust(settings)[0]
    assert after([*history, "praise"], settings).trust(settings)[0] > before
    assert after([*history, "blame"], settings).trust(settings)[0] < before


@given(deeds, sections)
def test_it_falls_faster_than_it_grows(history, settings) -> None:
    """Whoever stands at half or better loses more by a bad deed than a good one brings."""
    before = after(history, settings).trust(settings)[0]
    if before >= 0.5:
        gain = after([*history, "praise"], settings).trust(settings)[0] - before
        loss = before - after([*history, "blame"], settings).trust(settings)[0]
        assert loss >= gain - 1e-12
        both = after([*history, "blame", "praise"], settings).trust(settings)[0]
        assert both <= before + 1e-12


@given(deeds)
def test_what_is_long_ago_is_forgotten(history) -> None:
    settings = TrustSection(forgetting=0.5)
    assert abs(after([*history, *["forget"] * 60], settings).trust(settings)[0] - 0.5) < 1e-9


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
            for ballot in experiment.reader.ballots(seq).tolist()
            if ballot[1] != Vote.ABSTAIN and ballot[3] == 0
        ]
        assert weightless


def test_under_the_weighted_rule_a_vote_weighs_its_trust() -> None:
    with opened({"consensus.rule": "weighted"}) as experiment:
        advance(experiment, 16, EVENTFUL)
        assembly, settings = experiment.simulation.assembly, experiment.config.trust
        trust = assembly.reputation.trust(settings)
        quarantined = assembly.reputation.quarantined(settings)
        assert (assembly.weights() == np.where(quarantined, 0.0, trust)).all()
        assert len(np.unique(trust)) > 2


def test_a_run_forgets() -> None:
    far = []
    for forgetting in (1.0, 0.5):
        with opened({"trust.forgetting": forgetting, "trust.quarantine": 0.0}) as experiment:
            advance(experiment, 16, EVENTFUL)
            trust = experiment.simulation.assembly.reputation.trust(experiment.config.trust)
            far.append(float(np.abs(trust - 0.5).max()))
    assert far[0] > 1.5 * far[1]
