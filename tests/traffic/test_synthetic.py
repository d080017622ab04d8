"""Synthetic traffic: drawn per agent and step, and what is an attack is known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.commands import Targets
from sim.traffic.attacks import Attack, grid_shape, reach
from sim.traffic.profiles import FEATURES
from sim.traffic.synthetic import SyntheticTraffic

AGENTS = 30
EVERYONE = np.arange(AGENTS, dtype=np.int64)


def attack(kind: str = "ddos", intensity: float = 1.0, **changes: object) -> Attack:
    values = {"id": 1, "since": 3, "until": 8, "targets": Targets(fraction=1.0), **changes}
    return Attack(kind=kind, intensity=intensity, **values)  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, AGENTS - 1), min_size=1, max_size=12, unique=True),
    st.integers(0, 2**62),
    st.integers(1, 10**6),
    st.integers(1, 40),
)
def test_any_group_of_agents_sees_what_each_of_them_sees(chosen, seed, step, size) -> None:
    source = SyntheticTraffic(AGENTS, seed, 0.4)
    attacks = (attack(since=step, until=step + 1, targets=Targets(fraction=0.5)),)
    rows = np.array(chosen, dtype=np.int64)
    whole = source.observe(EVERYONE, step, size, attacks)
    some = source.observe(rows, step, size, attacks)
    assert some.flows.tobytes() == whole.flows[rows].tobytes()
    assert (some.truth == whole.truth[rows]).all()


def test_seed_step_and_agent_each_make_other_traffic() -> None:
    source = SyntheticTraffic(AGENTS, 1, 0.0)
    first = source.observe(EVERYONE, 1, 8, ())
    assert len({flows.tobytes() for flows in first.flows}) == AGENTS
    assert not (first.flows == source.observe(EVERYONE, 2, 8, ()).flows).any(axis=(1, 2)).all()
    other = SyntheticTraffic(AGENTS, 2, 0.0).observe(EVERYONE, 1, 8, ())
    assert (first.flows != other.flows).any(axis=(1, 2)).all()
    again = SyntheticTraffic(AGENTS, 1, 0.0).observe(EVERYONE, 1, 8, ())
    assert first.flows.tobytes() == again.flows.tobytes()
    assert first.flows.dtype == np.float32 and first.flows.shape == (AGENTS, 8, len(FEATURES))
    assert (first.lengths == 8).all() and (first.truth == 0).all()


def distances(skew: float) -> float:
    """How far the agents' means lie apart, in units of what chance alone would give."""
    flows = SyntheticTraffic(AGENTS, 3, skew).observe(EVERYONE, 1, 2000, ()).flows
    within = flows.std(axis=1).mean(axis=0) / np.sqrt(2000)
    return float((flows.mean(axis=1).std(axis=0) / within).mean())


def test_skew() -> None:
    alike, some, strong = distances(0.0), distances(0.3), distances(1.0)
    assert alike == pytest.approx(1.0, abs=0.25)
    assert 4 * alike < some < strong / 2


@pytest.mark.parametrize("kind", SyntheticTraffic(1, 1, 0.0).attack_kinds)
@pytest.mark.parametrize("intensity", [0.2, 1.0])
def test_share_and_truth_of_an_attack(kind: str, intensity: float) -> None:
    source = SyntheticTraffic(AGENTS, 4, 0.3)
    calm = source.observe(EVERYONE, 5, 200, ())
    hit = source.observe(EVERYONE, 5, 200, (attack(kind, intensity),))
    changed = (hit.flows != calm.flows).any(axis=2)
    code = source.attack_kinds.index(kind) + 1
    assert set(np.unique(hit.truth).tolist()) == {0, code}
    assert (changed == (hit.truth == code)).all()
    assert changed.mean() == pytest.approx(0.7 * intensity, abs=0.03)


def test_an_attack_has_its_time_and_its_targets() -> None:
    source = SyntheticTraffic(AGENTS, 4, 0.3)
    some = attack(targets=Targets(agents=(2, 29)))
    for step in range(1, 11):
        hit = (source.observe(EVERYONE, step, 50, (some,)).truth > 0).any(axis=1)
        assert np.flatnonzero(hit).tolist() == ([2, 29] if 3 <= step < 8 else [])


def test_of_two_attacks_the_later_takes_the_flow() -> None:
    source = SyntheticTraffic(AGENTS, 4, 0.3)
    two = (attack("ddos"), attack("beacon", id=2))
    truth = source.observe(EVERYONE, 4, 400, two).truth
    shares = [(truth == source.attack_kinds.index(k) + 1).mean() for k in ("ddos", "beacon")]
    assert shares == pytest.approx([0.21, 0.7], abs=0.02)


@given(st.floats(0.01, 1.0), st.integers(1, 200), st.integers(0, 2**40), st.integers(1, 50))
def test_a_share_is_a_count(fraction, population, seed, salt) -> None:
    everyone = np.arange(population, dtype=np.int64)
    targets = Targets(fraction=fraction)
    hit = reach(targets, everyone, seed=seed, salt=salt, age=0, population=population)
    assert hit.sum() == max(1, round(fraction * population))


@given(st.integers(1, 3000))
def test_everyone_has_a_place_in_the_grid(population) -> None:
    width, height = grid_shape(population)
    assert width * (height - 1) < population <= width * height


def test_it_never_ends() -> None:
    source = SyntheticTraffic(2, 1, 0.0)
    assert not source.exhausted(10**9)
    assert "%" in source.profile(1)
