"""Voters that err together count as one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from laboratory import SCAN, Given, advance, opened

from sim.consensus.ballot_box import BallotBox, Poll
from sim.consensus.groups import COMMON, HISTORY, VoterGroups
from sim.consensus.votes import Reason
from sim.ledger.ballots import Vote

AGENTS = 12


def poll(confirm: list[int], refute: list[int]) -> Poll:
    box = BallotBox(AGENTS, 1)
    box.open(9, 5, 11, b"content!", np.zeros(4, dtype=np.float32), 0)
    (found,) = box
    votes = np.full(AGENTS, Vote.ABSTAIN, dtype=np.uint8)
    votes[confirm], votes[refute] = Vote.CONFIRM, Vote.REFUTE
    found.add(votes, np.full(AGENTS, Reason.SEEN, dtype=np.uint8), np.ones(AGENTS))
    return found


def after(losses: list[list[int]]) -> VoterGroups:
    groups = VoterGroups(AGENTS)
    for losers in losses:
        others = [a for a in range(11) if a not in losers]
        groups.note(poll(losers, others) if 2 * len(losers) < 11 else poll(losers, []))
    return groups


def count(groups: VoterGroups, agents: list[int], publisher: int = 11) -> int:
    return groups.count(np.array(agents, dtype=np.int64), publisher, 99)


def test_a_ring_is_one_group_after_it_lost_a_few_polls() -> None:
    ring = [0, 1, 2, 3]
    assert count(after([ring] * (COMMON - 1)), [*ring, 5, 6]) == 6
    assert count(after([ring] * COMMON), [*ring, 5, 6]) == 3
    # Confirmations of what one of the ring published are none of its own.
    assert count(after([ring] * COMMON), [*ring, 5, 6], publisher=2) == 2


def test_those_who_err_each_in_its_own_way_stay_apart() -> None:
    assert count(after([[a] for a in range(6)] * COMMON), list(range(6))) == 6
    rarely_together = [[0, 1]] * COMMON + [[0]] * 4 + [[1]] * 4
    assert count(after(rarely_together), [0, 1]) == 2


def test_who_wins_does_not_dissent() -> None:
    groups = VoterGroups(AGENTS)
    for _ in range(5):
        groups.note(poll([0, 1, 2, 3, 4, 5], [6, 7]))
    assert not groups.dissent[:, :6].any()
    assert groups.dissent[:5, 6:8].all()
    groups.note(poll([0, 1], [6, 7]))  # nobody lost
    assert groups.head == 5


def test_old_polls_are_forgotten() -> None:
    groups = after([[0, 1]] * COMMON + [[5]] * HISTORY)
    assert count(groups, [0, 1]) == 2


@given(st.lists(st.lists(st.integers(0, 10), unique=True, max_size=5), max_size=20), st.data())
def test_there_are_as_many_groups_as_agents_at_most(losses, data) -> None:
    groups = after(losses)
    agents = sorted(data.draw(st.lists(st.integers(0, 10), unique=True)))
    found = count(groups, agents)
    assert found <= len(agents)
    assert (found == 0) == (not agents)
    for enough in range(4):
        assert groups.count(np.array(agents, dtype=np.int64), 11, enough) == min(found, enough)


def test_a_ring_alone_gets_nothing_accepted() -> None:
    """With trust switched off, diversity alone stops a ring that has lost before."""
    given_: Given = {6: (SCAN,)}
    accepted = []
    for least in (1, 2):
        changes = {
            "adversary.fraction": 0.4,
            "adversary.behaviour": "collude",
            "consensus.quorum": 0.3,
            "consensus.min_groups": least,
            "trust.quarantine": 0.0,
            "consensus.able_share": 0.0,
            "consensus.odd_share": 0.0,
            "consensus.expiry_steps": 2,  # who finds it normal says so at once
        }
        with opened(changes) as experiment:
            advance(experiment, 20, given_)
            accepted.append(experiment.simulation.quality.view().acceptance["poison"][0])
    assert accepted[1] < accepted[0]
