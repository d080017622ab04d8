"""Second opinions: the median of a committee, compared with what is usual in the population."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.config.schema import Config
from sim.detection.isolation_forest import IsolationForestBank
from sim.numerics.rng import Purpose, keys
from sim.peers.exchange import usual
from sim.peers.opinion import LEAST_PEERS, SecondOpinion
from sim.peers.pool import Loan, joined, lend
from sim.steering.adversaries import code_of

AGENTS, FEATURES, TREES = 12, 4, 40
IDS = np.arange(AGENTS, dtype=np.int64)
EVERYONE = IDS
HONEST = np.zeros(AGENTS, dtype=np.uint8)


def draws(purpose: Purpose, step: int = 1) -> np.ndarray:
    return keys(7, purpose, IDS, step)


def flows(agent: int, count: int, shift: float = 0.0) -> np.ndarray:
    draw = np.random.Generator(np.random.Philox(key=agent))
    return draw.normal(shift, 1.0, (count, FEATURES)).astype(np.float32)


@pytest.fixture(scope="module")
def windows() -> np.ndarray:
    """Everyone has the same kind of traffic, but the windows of agents 0 and 1 are attack."""
    return np.stack([flows(a, 128, 4.0 if a < 2 else 0.0) for a in range(AGENTS)])


@pytest.fixture(scope="module")
def bank(windows: np.ndarray) -> IsolationForestBank:
    made = IsolationForestBank(AGENTS, FEATURES, TREES, 128)
    assert made.fit(EVERYONE, windows, np.full(AGENTS, 128), draws(Purpose.FIT)).all()
    return made


def lent(bank: IsolationForestBank, behaviour: np.ndarray = HONEST) -> Loan:
    return lend(bank, IDS, EVERYONE, 4, behaviour, draws(Purpose.LENT_TREES))


def consulted(
    bank: IsolationForestBank, windows: np.ndarray, behaviour: np.ndarray = HONEST
) -> SecondOpinion:
    second = SecondOpinion(AGENTS, bank, Config().detection)
    second.consult(lent(bank, behaviour), IDS, draws(Purpose.COMMITTEES))
    second.look(EVERYONE, windows, np.full(AGENTS, 128))
    second.usual[:] = usual(seen_by(second))[:3]
    second.compare(EVERYONE, fitted=True)
    return second


def seen_by(second: SecondOpinion) -> np.ndarray:
    """What the agents tell the population; nobody knows a limit yet."""
    return np.stack([second.median, second.reach, np.full(len(second.median), np.nan)], axis=1)


def judged(
    second: SecondOpinion, bank: IsolationForestBank, shift: float
) -> tuple[np.ndarray, np.ndarray]:
    batch = np.stack([flows(100 + a, 32, shift) for a in range(AGENTS)])
    lengths = np.full(AGENTS, 32)
    own = bank.score(EVERYONE, batch, lengths)
    return own, second.joint(EVERYONE, batch, lengths, own)


def test_what_a_lent_tree_says_is_what_the_whole_forest_says_on_average(
    bank: IsolationForestBank, windows: np.ndarray
) -> None:
    """All trees of one kind of lender: the peers' median is near the own deviation."""
    second = SecondOpinion(
        AGENTS, bank, Config.model_validate({"detection": {"peer_trees": TREES}}).detection
    )
    loan = lend(bank, IDS, EVERYONE, TREES, HONEST, draws(Purpose.LENT_TREES))
    assert (loan.feature == bank.feature).all()  # all of them, in order
    second.consult(loan, IDS, draws(Purpose.COMMITTEES))
    batch = np.stack([flows(300 + a, 64) for a in range(AGENTS)])
    said = second._ask(EVERYONE, batch, np.full(AGENTS, 64))
    agent = 5
    committee = second.committee[agent, : second.size[agent]]
    expected, median, spread = bank.scale(committee)
    raw = bank.raw_scores(
        committee,
        np.repeat(batch[agent][None], len(committee), axis=0),
        np.full(len(committee), 64),
    )
    by_hand = np.median((raw - median[:, None]) / spread[:, None], axis=0)
    assert expected.shape == (len(committee),)
    assert np.allclose(said[agent], by_hand, atol=1e-9)


def test_nobody_asks_itself_and_committees_differ(
    bank: IsolationForestBank, windows: np.ndarray
) -> None:
    second = consulted(bank, windows)
    assert (second.size == 11).all()
    asked = second.lender[second.committee]
    assert not (asked == IDS[:, None]).any()
    assert all(len(set(row)) == 11 for row in asked.tolist())
    assert len({tuple(row) for row in asked.tolist()}) > 1


def test_too_few_lenders_say_nothing(bank: IsolationForestBank, windows: np.ndarray) -> None:
    second = SecondOpinion(AGENTS, bank, Config().detection)
    few = np.arange(LEAST_PEERS, dtype=np.int64)
    loan = lend(bank, few, few, 4, HONEST[:LEAST_PEERS], draws(Purpose.LENT_TREES)[:LEAST_PEERS])
    second.consult(loan, IDS, draws(Purpose.COMMITTEES))
    # A lender has one peer less than all others.
    assert second.size.tolist() == [0] * LEAST_PEERS + [LEAST_PEERS] * (AGENTS - LEAST_PEERS)


def test_without_a_comparison_own_scores_stand(
    bank: IsolationForestBank, windows: np.ndarray
) -> None:
    second = consulted(bank, windows)
    second.usual[:] = np.nan
    own, joint = judged(second, bank, 0.0)
    assert (own == joint).all()


def test_who_has_learned_the_attack_hears_of_it(
    bank: IsolationForestBank, windows: np.ndarray
) -> None:
    second = consulted(bank, windows)
    assert second.foreign.tolist() == [True, True] + [False] * 10
    own, joint = judged(second, bank, 4.0)
    assert (own[:2] >= 0.55).mean() < 0.2
    assert (joint[:2] >= 0.55).mean() > 0.9
    own, joint = judged(second, bank, 0.0)
    assert (own[:2] >= 0.55).mean() > 0.9  # it finds normal traffic odd ...
    assert (joint[:2] >= 0.55).mean() < 0.15  # ... and is put right


@pytest.mark.parametrize("behaviour", ["flip_votes", "spam", "poison", "betray"])
@pytest.mark.parametrize(("liars", "harm"), [(6, 0.02), (9, 0.05)])
def test_bad_trees_do_no_harm(behaviour: str, liars: int, harm: float) -> None:
    """20 % and 30 % of the lenders."""
    count = 30
    ids = np.arange(count, dtype=np.int64)
    lengths = np.full(count, 128)
    bank = IsolationForestBank(count, FEATURES, TREES, 128)
    windows = np.stack([flows(a, 128) for a in range(count)])
    assert bank.fit(ids, windows, lengths, keys(7, Purpose.FIT, ids, 1)).all()

    def flagged(codes: np.ndarray, shift: float) -> float:
        second = SecondOpinion(count, bank, Config().detection)
        key = keys(7, Purpose.LENT_TREES, ids, 1)
        second.consult(lend(bank, ids, ids, 4, codes, key), ids, key)
        second.look(ids, windows, lengths)
        second.usual[:] = usual(seen_by(second))[:3]
        second.compare(ids, fitted=True)
        batch = np.stack([flows(100 + a, 64, shift) for a in range(count)])
        own = bank.score(ids, batch, np.full(count, 64))
        return float((second.joint(ids, batch, np.full(count, 64), own) >= 0.55).mean())

    honest, bent = np.zeros(count, dtype=np.uint8), np.zeros(count, dtype=np.uint8)
    bent[:liars] = code_of(behaviour)
    assert flagged(bent, 0.0) <= flagged(honest, 0.0) + harm
    assert flagged(bent, 4.0) > 0.95


def test_rows_do_not_disturb_each_other(bank: IsolationForestBank, windows: np.ndarray) -> None:
    second = consulted(bank, windows)
    batch = np.stack([flows(200 + a, 20) for a in range(AGENTS)])
    lengths = np.arange(1, AGENTS + 1) + 5
    own = bank.score(EVERYONE, batch, lengths)
    whole = second.joint(EVERYONE, batch, lengths, own)
    for row in range(AGENTS):
        one = np.array([row])
        alone = second.joint(one, batch[one], lengths[one], own[one])
        assert np.array_equal(alone[0], whole[row], equal_nan=True)
    assert (np.isnan(whole) == (np.arange(20) >= lengths[:, None])).all()


@pytest.mark.parametrize("size", [1, 2, 3])
def test_flows_are_judged_alone_as_together(
    bank: IsolationForestBank, windows: np.ndarray, size: int
) -> None:
    second = consulted(bank, windows)
    batch = np.stack([flows(300 + a, 12, 1.5) for a in range(AGENTS)])
    own = bank.score(EVERYONE, batch, np.full(AGENTS, 12))
    whole = second.joint(EVERYONE, batch, np.full(AGENTS, 12), own)
    for i in range(0, 12, size):
        some, length = slice(i, i + size), np.full(AGENTS, size)
        part = second.joint(EVERYONE, batch[:, some], length, own[:, some])
        assert part.tobytes() == np.ascontiguousarray(whole[:, some]).tobytes()


def test_loans_of_several_shards_are_one(bank: IsolationForestBank) -> None:
    key = draws(Purpose.LENT_TREES)
    parts = [lend(bank, IDS[r], r, 4, HONEST[r], key[r]) for r in (IDS[:5], IDS[5:5], IDS[5:])]
    order = np.array([9, 2, 7], dtype=np.int64)
    one = joined(parts, order)
    whole = lent(bank)
    assert one.lender.tolist() == [9, 2, 7]
    for name in ("feature", "threshold", "leaf", "expected", "median", "spread"):
        assert (getattr(one, name) == getattr(whole, name)[order]).all()


@given(st.floats(-3, 6), st.floats(-3, 6), st.floats(0, 0.999))
@settings(max_examples=60, deadline=None)
def test_a_more_anomalous_opinion_never_lowers_the_joint_score(
    low: float, high: float, own: float
) -> None:
    from sim.numerics.compilation import kernels_of

    peers = np.sort(np.array([[low, high]]), axis=1)
    scores = np.full((1, 2), own, dtype=np.float32)
    for foreign in (False, True):
        out = np.empty((1, 2), dtype=np.float32)
        kernels_of("sim.peers.kernels").join(
            scores, peers, np.array([foreign]), 0.2, 0.7, 1.5, 0.75, out
        )
        assert 0 <= out[0, 0] <= out[0, 1] < 1


def test_what_is_usual_withstands_a_quarter_of_liars() -> None:
    draw = np.random.Generator(np.random.Philox(key=3))
    columns = [draw.normal(0.3, 0.1, 40), draw.normal(0.8, 0.1, 40), draw.normal(0.6, 0.1, 40)]
    found = np.stack(columns, axis=1)
    middle, deviation, reach, limit = usual(found)
    bent = found.copy()
    bent[:10] = 50.0
    other = usual(bent)
    assert np.allclose(other, (middle, deviation, reach, limit), atol=0.15)
    assert np.isnan(usual(found[:LEAST_PEERS])[:3]).all()


def test_the_owner_bounds_what_only_its_peers_find_anomalous(
    bank: IsolationForestBank, windows: np.ndarray
) -> None:
    second = consulted(bank, windows)
    second.foreign[:] = False
    lengths = np.full(AGENTS, 128)
    own = bank.score(EVERYONE, windows, lengths)
    joint = np.where(own < 0.55, np.float32(0.8) + own / 10, own).astype(np.float32)
    second.bound(EVERYONE, own, joint, 0.55, 0.02)
    late = np.ones(AGENTS, dtype=np.bool_)

    def alone(share: float) -> np.ndarray:
        flagged = second.flagged(EVERYONE, own, joint, late, 0.55, share)
        return (flagged & (own < 0.55)).sum(axis=1)

    assert (alone(0.02) <= 2).all() and alone(0.02).any()
    assert (alone(1.0) > 90).all()  # 1 is all
    second.usual_limit[:] = 0.85  # most agents have a lower limit: a window may hold an attack
    assert (alone(0.02) > 2).any()
    second.foreign[:], second.median[:] = True, second.usual[0] + 9 * second.usual[2]
    assert (alone(0.02) > 90).all()  # clearly an attack: the peers decide
    late[:] = False
    assert not alone(0.02).any()  # it stays: it is other traffic


def plainly(
    second: SecondOpinion, own: np.ndarray, joint: np.ndarray, row: int, lately: bool, bound: str
) -> list[bool]:
    """The rule of `sim.peers.opinion` once more, flow by flow."""
    usual, _, reach = second.usual.tolist()
    limit = second.limit[row]
    if bound != "owner" and second.usual_limit[0] < limit:
        limit = second.usual_limit[0]
    kept = np.float32(0.25 if bound == "counted" else 0.45)
    clearly = second.median[row] > usual + 0.6 * reach
    said = []
    for mine, both in zip(own[row].tolist(), joint[row].tolist(), strict=True):
        odd, found = mine >= np.float32(0.55), both >= np.float32(0.55)
        if not second.foreign[row]:
            said.append((found and both > limit) or (odd and both >= kept))
        elif bound != "owner" and lately and clearly:
            spared = bound == "counted" and odd and both >= kept
            said.append(spared or (found and (odd or both > second.exchanged[row])))
        else:
            said.append(odd)
    return said


def drawn(
    bank: IsolationForestBank, draw: np.random.Generator, bound: str
) -> tuple[SecondOpinion, np.ndarray, np.ndarray]:
    """Committees of which anything may be known, and scores of windows or batches."""
    second = SecondOpinion(AGENTS, bank, Config().detection, bound=bound)
    second.usual[:] = 0.1, 0.1, 1.0
    second.median[:] = draw.normal(0.5, 0.5, AGENTS)
    second.foreign[:] = draw.random(AGENTS) < 0.5
    second.usual_limit[:] = draw.uniform(0.5, 0.9)
    own, joint = draw.random((2, AGENTS, 100)).astype(np.float32)
    second.bound(EVERYONE, own, joint, 0.55, 0.1)
    return second, own, joint


@pytest.mark.parametrize("bound", ["owner", "usual", "counted"])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_who_bounds_the_peers(bank: IsolationForestBank, bound: str, seed: int) -> None:
    draw = np.random.default_rng(seed)
    second, own, joint = drawn(bank, draw, bound)
    second.credit[:] = 1e6  # what is counted is tried below
    lately = draw.random(AGENTS) < 0.5
    found = second.flagged(EVERYONE, own, joint, lately, 0.55, 0.1)
    for row in range(AGENTS):
        assert found[row].tolist() == plainly(second, own, joint, row, lately[row], bound)
    more = (found & (own < 0.55)).sum(axis=1)
    if bound == "owner":  # by its own window, and nothing where all of it is foreign
        assert (more <= np.where(second.foreign, 0, 3)).all()


@given(seed=st.integers(0, 2**32), share=st.floats(0, 0.2))
@example(seed=63, share=0.09)  # the sum of five credits of 1.8 is a little less than 9
@settings(max_examples=25, deadline=None)
def test_what_is_counted_never_exceeds_the_share_in_any_traffic(
    bank: IsolationForestBank, seed: int, share: float
) -> None:
    draw = np.random.default_rng(seed)
    second, _, _ = drawn(bank, draw, "counted")
    free, _, _ = drawn(bank, np.random.default_rng(seed), "counted")
    free.credit[:] = 1e6
    more, judged, late = np.zeros(AGENTS), 0, np.ones(AGENTS, dtype=np.bool_)
    for _ in range(8):
        own, joint = draw.random((2, AGENTS, 24)).astype(np.float32)
        own[:, 20:] = joint[:, 20:] = np.nan  # short batches
        before, judged = more, judged + 20
        found = second.flagged(EVERYONE, own, joint, late, 0.55, share)
        wished = free.flagged(EVERYONE, own, joint, late, 0.55, share)
        owned = own >= 0.55
        more = before + found.sum(axis=1) - owned.sum(axis=1)
        assert (more <= share * judged + 1e-6).all()
        assert (found <= wished).all() and ((found & owned) == (wished & owned)).all()
        for row in range(AGENTS):  # the most anomalous first, and none that could be paid is left
            left = joint[row, wished[row] & ~found[row]]
            paid = joint[row, found[row] & ~owned[row]]
            assert not len(left) or not len(paid) or left.max() <= paid.min()
            assert not len(left) or more[row] > share * judged - 1 - 1e-6


def test_a_phase_that_is_done_again_pays_once(bank: IsolationForestBank) -> None:
    draw = np.random.default_rng(1)
    second, own, joint = drawn(bank, draw, "counted")
    second.credit[:] = 2.5
    before, late = second.place(), np.ones(AGENTS, dtype=np.bool_)
    first = second.flagged(EVERYONE, own, joint, late, 0.55, 0.01)
    assert (second.credit != 2.5).any()
    second.go_back(EVERYONE, before)
    assert (second.flagged(EVERYONE, own, joint, late, 0.55, 0.01) == first).all()
