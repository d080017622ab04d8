"""A verdict is described with the rule and the numbers of its day."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laboratory import SCAN, advance, opened

from sim.commands import InjectAttack, SetParameter, Targets
from sim.config.schema import ConsensusSection
from sim.consensus.rules import Tally
from sim.consensus.ruling import Ruling, in_force, ruling_of
from sim.ledger.rows import VerdictRow
from sim.picture.detail import signature_detail
from sim.picture.painter import Painter
from sim.signatures.radii import FARTHEST, HARMFUL
from sim.snapshot import Focus

rulings = st.builds(
    Ruling,
    rule=st.sampled_from(["majority", "quorum", "weighted"]),
    quorum=st.sampled_from([0.5, 0.6, 0.625, 1.0, 1e-05]),
    agents=st.integers(1, 10**5),
    groups=st.integers(1, 1000),
    held=st.booleans(),
)


@given(rulings)
def test_what_is_recorded_reads_back(ruling: Ruling) -> None:
    assert ruling_of(ruling.recorded()) == ruling


@pytest.mark.parametrize(
    "text",
    ["", "quorum", "quorum quorum=x agents=3 groups=2", "a b c", "quorum quorum=.6 agents=3"],
)
def test_what_names_no_numbers_is_no_ruling(text: str) -> None:
    assert ruling_of(text) is None


def test_in_words() -> None:
    tally = Tally(6, 4, 7, 4)
    ruling = in_force(ConsensusSection(quorum=0.7, min_confirmations=5, min_groups=2))
    assert ruling.describe(tally) == (
        "quorum: 60% of the non-abstaining weight confirms (≥ 70% needed), "
        "7 confirm and 4 refute (needed: 5 agents from 2 groups)"
    )
    harmful = in_force(ConsensusSection(), reach=HARMFUL).describe(tally)
    assert harmful.endswith("; harmful within any radius to a quarter of those who measured")
    far = in_force(ConsensusSection(), reach=FARTHEST).describe(tally)
    assert far.endswith("; harmless within 0.5 to three quarters of those who measured")
    held = in_force(ConsensusSection(rule="majority"), held=True)
    assert held.describe(tally) == (
        "majority: 60% of the non-abstaining weight confirms (100% needed), 7 confirm and 4 refute"
        " (needed: 3 agents from 2 groups); its publisher is in quarantine: nobody may refute it,"
        " and one like it must have been accepted from another agent"
    )


def test_a_later_quorum_does_not_change_what_is_said_of_an_old_verdict() -> None:
    with opened() as experiment:
        advance(experiment, 10, {6: (SCAN,)})
        decided = [row for _, row in experiment.reader.rows(VerdictRow)]
        assert decided
        advance(experiment, 1, {11: (SetParameter("consensus.quorum", 0.9),)})
        painter = Painter(experiment)
        for row in decided:
            assert row.rule.startswith("quorum quorum=0.6 agents=3 groups=2 reach=")
            detail = painter.view(Focus(signature=row.signature)).signature
            assert detail is not None and "≥ 60% needed" in detail.rule
        later = [row for _, row in experiment.reader.rows(VerdictRow) if row.step == 11]
        assert all("quorum=0.9" in row.rule for row in later)


def test_a_picture_says_how_many_find_it_odd_themselves() -> None:
    scan = InjectAttack("port_scan", 0.8, duration=8, targets=Targets(fraction=0.5))
    with opened({}) as run:
        advance(run, 18, {9: (scan,)})
        verdicts = [row for _, row in run.reader.rows(VerdictRow)]
        assert verdicts
        for verdict in verdicts:
            detail = signature_detail(run, verdict.signature)
            assert detail is not None
            odd = sum("anomalous" in b.reason or "burst" in b.reason or "ever" in b.reason
                      or "begun" in b.reason
                      for b in detail.ballots if not b.reason.startswith("neither"))  # fmt: skip
            able = sum("no model" not in b.reason for b in detail.ballots)
            assert f"; {odd} of {able} in good standing who could judge find it" in detail.rule


@pytest.mark.parametrize(("reached", "told"), [(1.0, True), (0.25, False)])
def test_a_picture_says_that_it_began_for_too_many_at_once(reached, told) -> None:
    scan = InjectAttack("port_scan", 0.8, duration=8, targets=Targets(fraction=reached))
    with opened({}) as run:
        advance(run, 24, {9: (scan,)})
        verdicts = [row for _, row in run.reader.rows(VerdictRow)]
        assert verdicts
        texts = {row.signature: signature_detail(run, row.signature).rule for row in verdicts}
        held = [row for row in verdicts if "it has just begun for" in texts[row.signature]]
        assert bool(held) is told
        assert all(row.verdict != "ACCEPTED" for row in held)
