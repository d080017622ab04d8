"""What begins to come to half of all at once is held back; what goes from agent to agent is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laboratory import Given, advance, head_of, opened

from sim.commands import InjectAttack, SetParameter, Targets
from sim.config.parameters import Value
from sim.consensus.ballot_box import BallotBox, Poll
from sim.consensus.everywhere import NEVER, seen_everywhere, sudden_in
from sim.consensus.votes import Reason
from sim.ledger.ballots import Vote

AGENTS = 20


def poll(confirm: int, refute: int, sudden: int, weights: np.ndarray) -> Poll:
    box = BallotBox(AGENTS + 1, 1)
    box.open(9, 5, AGENTS, b"content!", np.zeros(4, dtype=np.float32), 0)
    (found,) = box
    votes = np.full(AGENTS + 1, Vote.ABSTAIN, dtype=np.uint8)
    votes[:confirm], votes[confirm : confirm + refute] = Vote.CONFIRM, Vote.REFUTE
    reasons = np.full(AGENTS + 1, Reason.SEEN, dtype=np.uint8)
    reasons[:sudden] = Reason.SUDDEN
    count = found.add(votes, reasons, weights)
    found.sudden += sudden_in(count.ballots if count else b"")
    return found


@given(st.integers(0, AGENTS), st.integers(0, AGENTS), st.floats(0.01, 0.99), st.data())
def test_it_goes_by_those_who_could_judge_and_weigh_something(confirm, able, share, data) -> None:
    refute = data.draw(st.integers(0, AGENTS - confirm))
    weights = np.ones(AGENTS + 1)
    heavy = data.draw(st.integers(0, confirm))
    weights[heavy:confirm] = 0.0
    sudden = data.draw(st.integers(0, AGENTS))
    some = poll(confirm, refute, sudden, weights)
    assert some.sudden == min(heavy, sudden)
    assert seen_everywhere(some, able, share) == (some.sudden >= share * able)
    assert not seen_everywhere(some, able, NEVER)


def accepted(share: float, fraction: float) -> int:
    """Accepted signatures of an attack that strikes this share of the agents at once."""
    settings: dict[str, Value] = {"consensus.everywhere_share": share, "simulation.agents": 24}
    with opened(settings) as run:
        advance(run, 18, attack(fraction))
        return run.simulation.assembly.counts["ACCEPTED"]


def attack(fraction: float) -> Given:
    return {7: (InjectAttack("port_scan", 0.7, 9, Targets(fraction=fraction)),)}


@pytest.mark.parametrize(
    ("share", "fraction", "some"),
    [(1.0, 0.9, True), (0.5, 0.9, False), (1.0, 0.25, True), (0.5, 0.25, True)],
)
def test_an_attack_on_nearly_all_is_the_price(share: float, fraction: float, some: bool) -> None:
    assert (accepted(share, fraction) > 0) == some


def test_it_is_steered_live_alike_on_every_executor() -> None:
    given = {**attack(0.9), 6: (SetParameter("consensus.everywhere_share", 1.0),)}
    head = head_of({}, 16, given)
    assert head != head_of({}, 16, attack(0.9))
    assert head_of({"simulation.executor": "threads"}, 16, given) == head
