"""Polls, committees and rules: properties that hold for any votes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.config.schema import ConsensusSection
from sim.consensus.ballot_box import BallotBox, Poll
from sim.consensus.rules import Tally, rule_named
from sim.consensus.votes import NO_VOTE, Reason
from sim.ledger.ballots import Vote, count_ballots, unpack_ballots

AGENTS = 24
PUBLISHER = 3
CENTRE = np.zeros(4, dtype=np.float32)

codes = st.lists(st.integers(0, 3), min_size=AGENTS, max_size=AGENTS).map(
    lambda votes: np.array(votes, dtype=np.uint8)
)
weights = st.lists(st.sampled_from([0.0, 0.2, 0.5, 1.0]), min_size=AGENTS, max_size=AGENTS).map(
    lambda values: np.array(values, dtype=np.float64)
)
sections = st.builds(
    ConsensusSection,
    rule=st.sampled_from(["majority", "quorum", "weighted"]),
    quorum=st.sampled_from([0.2, 0.5, 0.6, 0.9, 1.0]),
    min_confirmations=st.integers(1, 6),
    expiry_steps=st.integers(1, 5),
)


def opened(committee: int = 0, seed: int = 1, seq: int = 9, agents: int = AGENTS) -> Poll:
    box = BallotBox(agents, seed)
    box.open(seq, 5, PUBLISHER, b"content!", CENTRE, committee)
    (poll,) = box
    return poll


def reasons(votes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.full(len(votes), Reason.SEEN, dtype=np.uint8)


def cast(poll: Poll, votes: NDArray[np.uint8], heavy: NDArray[np.float64]) -> None:
    poll.add(votes, reasons(votes), heavy)


@given(codes, weights, sections, st.randoms(use_true_random=False))
def test_who_votes_does_not_matter(votes, heavy, settings, random) -> None:
    order = [a for a in range(AGENTS) if a != PUBLISHER]
    shuffled = order.copy()
    random.shuffle(shuffled)
    one, other = opened(), opened()
    cast(one, votes, heavy)
    moved, moved_weights = votes.copy(), heavy.copy()
    moved[shuffled], moved_weights[shuffled] = votes[order], heavy[order]
    cast(other, moved, moved_weights)
    assert one.tally == other.tally
    assert one.verdict(settings, 6) == other.verdict(settings, 6)


@given(codes, weights, sections)
def test_in_one_step_or_in_two(votes, heavy, settings) -> None:
    one, two = opened(), opened()
    cast(one, votes, heavy)
    early = np.arange(AGENTS) % 2 == 0
    cast(two, np.where(early, votes, Vote.ABSTAIN).astype(np.uint8), heavy)
    cast(two, votes, heavy)
    assert (one.cast == two.cast).all()
    assert one.tally.confirm == pytest.approx(two.tally.confirm, abs=1e-9)
    assert one.tally.confirmations == two.tally.confirmations
    assert one.abstaining == two.abstaining


@given(codes, codes, weights)
def test_nobody_votes_twice_and_the_publisher_never(first, second, heavy) -> None:
    poll = opened()
    cast(poll, first, heavy)
    before = poll.cast.copy()
    cast(poll, second, heavy)
    assert (poll.cast[before != NO_VOTE] == before[before != NO_VOTE]).all()
    assert poll.cast[PUBLISHER] == NO_VOTE
    assert set(np.unique(poll.cast).tolist()) <= {NO_VOTE, Vote.CONFIRM, Vote.REFUTE}


@given(codes, weights, sections)
def test_one_more_confirmation_never_turns_acceptance_into_rejection(
    votes, heavy, settings
) -> None:
    votes[7] = NO_VOTE
    heavy[7] = 1.0
    poll = opened()
    cast(poll, votes, heavy)
    before = poll.verdict(settings, 6)
    votes[7] = Vote.CONFIRM
    cast(poll, votes, heavy)
    after = poll.verdict(settings, 6)
    assert (before, after) not in {
        ("ACCEPTED", "REJECTED"),
        (None, "REJECTED"),
        ("ACCEPTED", None),
        ("ACCEPTED", "EXPIRED"),
    }


@given(codes, weights)
def test_the_recorded_ballots_give_the_tally(votes, heavy) -> None:
    poll = opened()
    count = poll.add(votes, reasons(votes), heavy)
    last = poll.close(votes, reasons(votes), heavy)
    packed = (count.ballots if count else b"") + (last.ballots if last else b"")
    ballots = unpack_ballots(packed)
    confirm, refute, abstain = count_ballots(ballots)
    assert (confirm, refute) == pytest.approx((poll.tally.confirm, poll.tally.refute))
    assert abstain == poll.abstaining
    assert len(set(ballots["voter"].tolist())) == len(ballots)
    confirmed = ballots[(ballots["vote"] == Vote.CONFIRM) & (ballots["weight"] > 0)]
    assert poll.tally.confirmations == len(confirmed)


def test_a_weight_too_small_for_a_ballot_is_none() -> None:
    poll = opened()
    votes = np.full(AGENTS, Vote.CONFIRM, dtype=np.uint8)
    cast(poll, votes, np.full(AGENTS, 1e-6))
    assert poll.tally == Tally()


@given(st.integers(0, 2**40), st.integers(1, 10**6), st.integers(0, AGENTS + 5))
def test_a_committee_is_drawn_by_key_and_has_its_size(seed, seq, size) -> None:
    poll, again = opened(size, seed, seq), opened(size, seed, seq)
    assert (poll.eligible == again.eligible).all()
    assert not poll.eligible[PUBLISHER]
    assert poll.eligible.sum() == (min(size, AGENTS - 1) if size else AGENTS - 1)


def test_a_committee_of_a_large_population_is_drawn_evenly() -> None:
    seats = np.zeros(200)
    for seq in range(1, 401):
        poll = opened(20, seq=seq, agents=200)
        assert poll.eligible.sum() == 20
        seats += poll.eligible
    others = np.delete(seats, PUBLISHER)  # 40 seats expected, standard deviation 6
    assert others.min() > 15 and others.max() < 68
    assert abs(others.std() - 6) < 1.5


def test_committees_differ_from_signature_to_signature() -> None:
    drawn = {opened(6, seq=seq).eligible.tobytes() for seq in range(30)}
    assert len(drawn) > 25
    seats = sum(opened(6, seq=seq).eligible.astype(int) for seq in range(400))
    others = np.delete(seats, PUBLISHER)
    assert others.min() > 65 and others.max() < 145  # 104 expected


@given(sections)
def test_a_poll_expires_on_time(settings) -> None:
    poll = opened()
    assert poll.verdict(settings, 5 + settings.expiry_steps - 1) is None
    assert poll.verdict(settings, 5 + settings.expiry_steps) == "EXPIRED"


@pytest.mark.parametrize(
    ("rule", "tally", "quorum", "minimum", "verdict"),
    [
        ("quorum", Tally(6, 4, 6, 4), 0.6, 3, "ACCEPTED"),
        ("quorum", Tally(5.9, 4.1, 6, 4), 0.6, 3, None),
        ("quorum", Tally(4, 6, 4, 6), 0.6, 3, "REJECTED"),
        ("quorum", Tally(6, 0, 2, 0), 0.6, 3, None),
        ("quorum", Tally(0, 0, 0, 0), 0.1, 1, None),
        ("quorum", Tally(3, 3, 3, 3), 0.5, 3, None),
        ("quorum", Tally(4, 3, 4, 3), 0.3, 3, "ACCEPTED"),
        ("majority", Tally(5, 5, 5, 5), 0.1, 3, None),
        ("majority", Tally(6, 5, 6, 5), 1.0, 3, "ACCEPTED"),
        ("weighted", Tally(0.8, 0.2, 3, 9), 0.8, 3, "ACCEPTED"),
        # Three of four, each of them 6554 units: their sum in floating point is a little less.
        ("weighted", Tally(sum([6554 / 65535] * 3), 6554 / 65535, 3, 1), 0.75, 3, "ACCEPTED"),
    ],
)
def test_rules_by_example(rule, tally, quorum, minimum, verdict) -> None:
    settings = ConsensusSection(quorum=quorum, min_confirmations=minimum)
    assert rule_named(rule).decide(tally, settings) == verdict


def test_who_has_lost_its_weight_is_not_asked_whether_it_finds_a_signature_odd() -> None:
    poll, light = opened(), np.ones(AGENTS)
    why = np.full(AGENTS, Reason.UNDECIDED, dtype=np.uint8)
    votes = np.full(AGENTS, Vote.ABSTAIN, dtype=np.uint8)
    votes[:3], why[:3] = Vote.CONFIRM, Reason.SEEN
    votes[20:], why[20:] = Vote.REFUTE, Reason.NORMAL
    why[4:8], why[8:12], votes[12] = Reason.NOT_SEEN, Reason.NO_MODEL, NO_VOTE
    poll.add(votes, why, light)
    assert (poll.odd, poll.heard) == (7, AGENTS - 6)
    light[[0, 4, 20, 21, 22, 23]] = 0.0  # one of those that confirmed, one that abstains, deniers
    poll.add(votes, why, light)
    assert (poll.odd, poll.heard) == (5, AGENTS - 12)
