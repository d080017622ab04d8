"""The margin that the screen shows is what the rules really bear."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laboratory import SCAN, advance, opened

from sim.config.schema import ConsensusSection
from sim.consensus.margin import margin_of
from sim.consensus.rules import Tally, rule_named
from sim.picture.margin import margin_view
from sim.snapshot import Margin

sections = st.builds(
    ConsensusSection,
    rule=st.sampled_from(["majority", "quorum", "weighted"]),
    quorum=st.sampled_from([0.3, 0.5, 0.6, 2 / 3, 0.9, 1.0]),
    min_confirmations=st.integers(1, 8),
    committee=st.sampled_from([0, 7, 20]),
)


def margin(settings: ConsensusSection, agents: int = 40, bad: int = 10, **more: float) -> Margin:
    given_ = {"quarantined": 0, "honest_quarantined": 0, "turnout": None, **more}
    return margin_of(settings, agents=agents, adversaries=bad, **given_)  # type: ignore[arg-type]


def verdict(settings: ConsensusSection, confirm: int, refute: float) -> str | None:
    tally = Tally(confirm, refute, confirm, math.ceil(refute))
    return rule_named(settings.rule).decide(tally, settings)


@given(sections, st.integers(1, 60), st.sampled_from([0.1, 0.5, 1.0]))
def test_one_liar_more_than_it_bears_gets_a_lie_accepted(settings, agents, turnout) -> None:
    found = margin(settings, agents=agents, bad=0, turnout=turnout)
    assert found.asked == (min(settings.committee, agents) if settings.committee else agents)
    for most, share in ((found.tolerates_liars, 1.0), (found.tolerates_at_turnout, turnout)):
        assert most is not None
        for liars in range(1, found.asked + 1):
            honest = share * (found.asked - liars)
            wins = liars >= settings.min_confirmations and (
                liars / (liars + honest) > 0.5
                if settings.rule == "majority"
                else liars / (liars + honest) >= settings.quorum
            )
            assert wins == (liars > most)
    beyond = found.tolerates_liars + 1
    if settings.quorum > 0.5 and found.asked >= beyond:
        assert verdict(settings, beyond, found.asked - beyond) == "ACCEPTED"
        assert (
            verdict(settings, found.tolerates_liars, found.asked - found.tolerates_liars)
            != "ACCEPTED"
        )


@given(sections, st.integers(1, 60))
def test_it_yields_to_no_fewer_liars_than_it_says(settings, agents) -> None:
    found = margin(settings, agents=agents)
    if settings.quorum <= 0.5:
        return
    for liars in range(found.asked):
        accepted = verdict(settings, found.asked - liars, liars) == "ACCEPTED"
        assert accepted == (liars <= found.tolerates_deniers) or not found.tolerates_deniers


def test_the_risk_of_a_draw_is_that_of_counting() -> None:
    settings = ConsensusSection(rule="majority", committee=5, min_confirmations=1)
    found = margin(settings, agents=12, bad=5)
    assert found.tolerates_liars == 2
    expected = sum(math.comb(5, k) * math.comb(7, 5 - k) for k in (3, 4, 5)) / math.comb(12, 5)
    assert found.risk == pytest.approx(expected)
    assert margin(settings, agents=12, bad=2).risk == 0.0
    assert margin(ConsensusSection(committee=0), agents=12, bad=9).risk == 1.0


def test_those_in_quarantine_are_out_of_the_vote() -> None:
    settings = ConsensusSection(rule="majority", committee=0)
    found = margin(settings, agents=40, bad=10, quarantined=8, honest_quarantined=4)
    assert (found.liars, found.asked, found.tolerates_liars) == (2, 28, 14)


def test_in_a_run() -> None:
    changes = {"adversary.fraction": 0.25, "adversary.behaviour": "poison"}
    with opened(changes) as experiment:
        simulation = experiment.simulation
        before = margin_view(simulation)
        assert (before.adversaries, before.turnout, before.tolerates_at_turnout) == (4, None, None)
        advance(experiment, 14, {6: (SCAN,)})
        found = margin_view(simulation)
        held = simulation.assembly.reputation.quarantined(experiment.config.trust)
        bad = simulation.steered.behaviour > 0
        assert found.quarantined == int((held & bad).sum())
        honest = ~bad
        asked = sum(int(honest[d.poll.members].sum()) for d in simulation.assembly.decided)
        voted = sum(int((honest & (d.poll.cast > 0)).sum()) for d in simulation.assembly.decided)
        assert found.turnout == voted / asked
        assert (
            found.tolerates_at_turnout is not None
            and found.tolerates_at_turnout <= found.tolerates_liars
        )
