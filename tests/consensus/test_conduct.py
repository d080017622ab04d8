"""What a poll says about the conduct of those who took part."""

from __future__ import annotations

import numpy as np
import pytest
from laboratory import FLOOD, SCAN, advance, ballots_of, opened

from sim.config.schema import Config, ConsensusSection, TrustSection
from sim.consensus.assembly import REFUTED, Assembly
from sim.consensus.ballot_box import BallotBox, Poll
from sim.consensus.conduct import hold_to_account
from sim.consensus.trust import Reputation
from sim.consensus.votes import Reason
from sim.ledger.ballots import Vote
from sim.ledger.draft import StepDraft
from sim.ledger.rows import SignatureRow, VerdictRow

AGENTS = 20
RULES = ConsensusSection()
TRUST = TrustSection(evidence_share=0.5)


def poll(confirm: range, refute: range, weights: np.ndarray | None = None) -> Poll:
    """A signature of agent 0 with these votes; all others abstain."""
    box = BallotBox(AGENTS, 1)
    box.open(9, 5, 0, b"content!", np.zeros(4, dtype=np.float32), 0)
    (found,) = box
    votes = np.full(AGENTS, Vote.ABSTAIN, dtype=np.uint8)
    votes[confirm], votes[refute] = Vote.CONFIRM, Vote.REFUTE
    heavy = np.ones(AGENTS) if weights is None else weights
    found.add(votes, np.full(AGENTS, Reason.SEEN, dtype=np.uint8), heavy)
    return found


def trust_after(found: Poll, weights: np.ndarray | None = None) -> np.ndarray:
    reputation = Reputation(AGENTS)
    heavy = np.ones(AGENTS) if weights is None else weights
    hold_to_account(found, found.outcome(RULES), heavy, reputation, TRUST)
    reputation.settle(TRUST)
    return reputation.trust(TRUST)


def test_voters_answer_where_most_of_those_asked_agree() -> None:
    trust = trust_after(poll(confirm=range(1, 4), refute=range(4, 16)))
    assert (trust[1:4] < 0.5).all() and (trust[4:16] > 0.5).all()
    assert (trust[16:] == 0.5).all()
    assert trust[0] < 0.5  # the publisher answers for the rejection


def test_a_minority_that_wins_a_verdict_gains_no_trust_and_blames_nobody() -> None:
    ring = poll(confirm=range(1, 9), refute=range(9, 12))
    assert ring.outcome(RULES) == "ACCEPTED"
    trust = trust_after(ring)
    assert (trust[1:] == 0.5).all()
    assert trust[0] > 0.5


def test_the_quarantined_are_not_asked_but_judged() -> None:
    weights = np.ones(AGENTS)
    weights[12:] = 0.0
    trust = trust_after(poll(range(12, 16), range(1, 9), weights), weights)
    assert (trust[1:9] > 0.5).all() and (trust[12:16] < 0.5).all()
    way_back = trust_after(poll(range(0), range(1, 14), weights), weights)
    assert (way_back[12:14] > 0.5).all()


@pytest.mark.parametrize("behaviour", ["poison", "spam", "sybil"])
def test_those_who_publish_lies_lose_trust_and_the_honest_do_not(behaviour: str) -> None:
    changes = {"adversary.fraction": 0.2, "adversary.behaviour": behaviour}
    with opened({**changes, "simulation.agents": 30}) as experiment:
        advance(experiment, 24, {6: (SCAN,), 14: (FLOOD,)})
        liars = experiment.simulation.steered.behaviour > 0
        trust = experiment.simulation.assembly.reputation.trust(experiment.config.trust)
        assert trust[liars].mean() < 0.35 < 0.45 < trust[~liars].mean()


@pytest.mark.parametrize(("refute", "confirm", "ago", "silent"),
                         [(10, 2, 0, True), (9, 2, 0, False), (10, 2, REFUTED, False)])  # fmt: skip
def test_what_most_have_refuted_is_not_published_again_for_a_while(
    refute: int, confirm: int, ago: int, silent: bool
) -> None:
    """Fewer than half of all who were asked, who may be liars, silence nobody."""
    for evidence in ("bursts", "batch"):
        config = Config.model_validate({"signature": {"evidence": evidence}})
        assembly = Assembly(20, 2, config)
        centre = np.zeros(2, dtype="<f4")
        assembly.admit(1, SignatureRow(4, 19, 5, 0.9, centre.tobytes(), bytes(8), "[]", bytes(8)))
        assembly.open_vote()
        votes = np.full((20, 1), Vote.ABSTAIN, dtype=np.uint8)
        votes[:confirm], votes[confirm : confirm + refute] = Vote.CONFIRM, Vote.REFUTE
        assembly.collect(np.arange(20), votes, np.ones_like(votes))
        _, over = assembly.decide(5, StepDraft(5, 1, bytes(32)))
        assert [outcome.verdict for outcome in over] == ["REJECTED"]
        silenced = bool(assembly.reputable(5 + ago).ids)
        assert silenced == (silent and evidence == "bursts")


def test_what_the_quarantined_publish_needs_unanimity() -> None:
    """And it does not keep the others from publishing it."""
    changes = {"adversary.fraction": 0.2, "adversary.behaviour": "spam"}
    with opened({**changes, "simulation.agents": 30}) as experiment:
        left_out = 0
        for _ in range(24):
            advance(experiment, 1, {6: (SCAN,), 14: (FLOOD,)})
            assembly = experiment.simulation.assembly
            quarantined = assembly.reputation.quarantined(experiment.config.trust)
            reputable = {p.id for p in assembly.polls if not quarantined[p.publisher]}
            known = {d.poll.id for d in assembly.decided if d.verdict == "REJECTED"}
            found = set(assembly.reputable(experiment.simulation.now).ids)
            assert reputable <= found <= reputable | known
            left_out += len(assembly.polls) - len(reputable)
        assert left_out
        held = [
            (row, ballots_of(experiment.reader, row.signature))
            for _, row in experiment.reader.rows(VerdictRow)
            if "publisher=quarantined" in row.rule
        ]
        assert held
        for row, ballots in held:
            refuted = (ballots["vote"] == Vote.REFUTE) & (ballots["weight"] > 0)
            assert row.verdict != "ACCEPTED" or not refuted.any()
