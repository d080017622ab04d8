"""Fair traffic has the statistics that it was designed for, and the same draws for everybody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.stats import kurtosis, rankdata

from sim.commands import Targets
from sim.detection import make_detector
from sim.traffic.attacks import Attack
from sim.traffic.fair import world
from sim.traffic.fair.attacks import pattern_of
from sim.traffic.fair.events import EPOCH
from sim.traffic.fair.source import STAGGER, FairTraffic
from sim.traffic.patterns import Pattern
from sim.traffic.profiles import FEATURES

AGENTS, BATCH = 64, 32
EVERYONE = np.arange(AGENTS, dtype=np.int64)
COLUMNS = len(world.COLUMNS)
SEEDS = (1, 2, 3, 4, 5)
Flows = NDArray[np.float32]


def attack(kind: str = "ddos", intensity: float = 0.4, **changes: object) -> Attack:
    values = {"id": 1, "since": 3, "until": 103, "targets": Targets(fraction=1.0), **changes}
    return Attack(kind=kind, intensity=intensity, **values)  # type: ignore[arg-type]


def benign(source: FairTraffic, steps: range) -> Flows:
    flows = [source.observe(EVERYONE, step, BATCH, ()).flows for step in steps]
    return np.concatenate(flows).reshape(-1, COLUMNS)


def attacks(source: FairTraffic, kind: str, intensity: float) -> Flows:
    """Flows of an attack that has got to everybody."""
    some = attack(kind, intensity, since=60, until=160)
    batch = source.observe(EVERYONE, 100, BATCH, (some,))
    return batch.flows[batch.truth > 0]


def area(source: FairTraffic, seed: int, intensity: float) -> float:
    """Area under the ROC curve of one central model that has seen clean traffic of all agents."""
    row = np.zeros(1, dtype=np.int64)
    clean = benign(source, range(1, 60, 6))
    draw = np.random.default_rng(seed)
    window = np.ascontiguousarray(clean[draw.permutation(len(clean))[:4096]][None])
    model = make_detector("isolation_forest", 1, COLUMNS, 4096, trees=100)
    model.fit(row, window, np.array([4096]), np.array([seed], dtype=np.uint64))
    parts = [benign(source, range(60, 140, 11))]
    parts += [attacks(source, kind, intensity) for kind in source.attack_kinds[:5]]
    flows = np.ascontiguousarray(np.concatenate(parts)[None])
    scores = model.score(row, flows, np.array([flows.shape[1]]))[0]
    hostile = np.arange(len(scores)) >= len(parts[0])
    ranks, count = rankdata(scores), int(hostile.sum())
    above = ranks[hostile].sum() - count * (count + 1) / 2
    return float(above / (count * (len(scores) - count)))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_central_model_of_clean_traffic_tells_attacks_apart_but_not_easily(seed: int) -> None:
    source = FairTraffic(AGENTS, seed, 0.3)
    for intensity in (0.4, 0.8):
        assert 0.80 <= area(source, seed, intensity) <= 0.92


@pytest.mark.parametrize("seed", SEEDS)
def test_tails_are_heavy_and_flows_come_again(seed: int) -> None:
    flows = benign(FairTraffic(AGENTS, seed, 0.3), range(1, 100, 5))
    tails = kurtosis(flows[:, : len(world.NUMBERS)], axis=0)
    assert np.median(tails) >= 10 and tails.mean() >= 10
    some = flows[np.random.default_rng(seed).permutation(len(flows))[:4000]]
    scaled = (some - some.mean(axis=0)) / some.std(axis=0)
    nearest = cKDTree(scaled).query(scaled, k=2)[0][:, 1] / np.sqrt(COLUMNS)
    assert 0.3 <= (nearest < 0.1).mean() <= 0.6, "a tenth of a deviation in the mean of the columns"


def test_columns() -> None:
    flows = benign(FairTraffic(AGENTS, 1, 0.3), range(1, 30, 4))
    assert 30 <= COLUMNS <= 60 and 0.1 <= len(world.ONE_HOTS) / COLUMNS <= 0.2
    assert world.COLUMNS[: len(FEATURES)] == FEATURES, "patterns of plug-ins name these"
    hot = flows[:, len(world.NUMBERS) :]
    assert set(np.unique(hot)) == {0.0, 1.0}
    assert (hot[:, :2].sum(axis=1) == 1).all() and (hot[:, 2:].sum(axis=1) == 1).all()
    assert np.isfinite(flows).all() and (flows >= 0).all()


@pytest.mark.parametrize("kind", FairTraffic(1, 1, 0.0).attack_kinds[:5])
def test_an_attack_stays_inside_the_range_of_the_population(kind: str) -> None:
    source = FairTraffic(AGENTS, 2, 0.3)
    usual, hostile = benign(source, range(1, 60, 3)), attacks(source, kind, 1.0)
    low, high = np.quantile(usual, [0.0005, 0.9995], axis=0)
    assert (np.quantile(hostile, 0.1, axis=0) >= low).all()
    assert (np.quantile(hostile, 0.9, axis=0) <= high).all()


def test_benign_bursts_reach_many_within_few_steps_and_are_benign() -> None:
    source = FairTraffic(AGENTS, 3, 0.3)
    for epoch in range(12):
        there = np.stack(
            [source.bursts.reached(EVERYONE, epoch * EPOCH + age) for age in range(EPOCH)]
        )
        hit = there.any(axis=0)
        assert 0.15 <= hit.mean() <= 0.95 and there.any(axis=1).sum() <= 9
        first = there.argmax(axis=0)[hit]
        assert first.max() - first.min() <= 2, "everybody sees it at about the same time"
        busy = epoch * EPOCH + int(there.sum(axis=1).argmax())
        calm = epoch * EPOCH
        assert not (source.observe(EVERYONE, busy, BATCH, ()).truth != 0).any()
        moved = [
            np.abs(source.observe(EVERYONE, step, 200, ()).flows.mean(axis=1))
            for step in (calm, busy)
        ]
        distance = np.abs(moved[1] - moved[0]).mean(axis=1)
        at_busy = there[busy - calm]
        assert distance[at_busy].mean() > distance[~at_busy].mean()


def test_rare_services_are_used_by_a_few_and_rarely() -> None:
    source = FairTraffic(AGENTS, 3, 0.3)
    assert (source._rare.users.sum(axis=0) == 4).all()
    shares = np.zeros((AGENTS, world.RARE))
    for step in range(400):
        component, share = source._rare.now(EVERYONE, step)
        np.add.at(shares, (EVERYONE, component - len(world.SERVICES)), share / 400)
    used = shares[source._rare.users & (source._rare.users.sum(axis=1) == 1)[:, None]]
    assert len(used) and (used >= 0.002).all() and (used <= 0.01).all()


def test_means_drift_slowly() -> None:
    away = np.abs(world.drifted(150) - world.drifted(1)) / world.DEVIATIONS
    next_step = np.abs(world.drifted(2) - world.drifted(1)) / world.DEVIATIONS
    assert away.mean() > 0.2 and next_step.max() < 0.02


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, AGENTS - 1), min_size=1, max_size=12, unique=True),
    st.integers(0, 2**62),
    st.integers(1, 10**6),
    st.integers(1, 40),
)
def test_any_group_of_agents_sees_what_each_of_them_sees(chosen, seed, step, size) -> None:
    source = FairTraffic(AGENTS, seed, 0.4)
    some = attack(since=step - 5, until=step + 30, targets=Targets(fraction=0.5))
    rows = np.array(chosen, dtype=np.int64)
    whole = source.observe(EVERYONE, step, size, (some,))
    part = source.observe(rows, step, size, (some,))
    assert part.flows.tobytes() == whole.flows[rows].tobytes()
    assert (part.truth == whole.truth[rows]).all()


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        [Targets(fraction=0.5), Targets(agents=(3, 9, 40)), Targets(centre=(2, 2), radius=2.5)]
    ),
    st.integers(0, 2**62),
    st.integers(1, 60),
)
def test_an_attack_reaches_its_agents_one_after_the_other(targets, seed, lasting) -> None:
    source = FairTraffic(AGENTS, seed, 0.3)
    some = attack(intensity=1.0, since=10, until=10 + lasting, targets=targets)
    there = np.stack(
        [(source.observe(EVERYONE, 10 + age, 40, (some,)).truth > 0).any(axis=1)
         for age in range(lasting)]
    )  # fmt: skip
    aimed = np.flatnonzero(there.any(axis=0))
    assert len(aimed) == {0.5: 32}.get(targets.fraction or 0, 3 if targets.agents else len(aimed))
    assert there[0].any(), "it begins when it begins"
    first = there.argmax(axis=0)[aimed]
    assert all(there[start:, agent].all() for agent, start in zip(aimed, first, strict=True))
    within = min(STAGGER, lasting // 2)
    assert first.max() < max(within, 1)
    if within == STAGGER and len(aimed) == 32:
        assert np.bincount(first).max() == 2


def test_what_grows_by_itself_comes_as_it_grows() -> None:
    source = FairTraffic(AGENTS, 1, 0.3)
    worm = attack(intensity=1.0, targets=Targets(centre=(0, 0), radius=1.0, spread=0.5))
    for age in range(8):
        hit = (source.observe(EVERYONE, 3 + age, 40, (worm,)).truth > 0).any(axis=1)
        column, row = EVERYONE % 8, EVERYONE // 8
        assert (hit == (column**2 + row**2 <= (1 + 0.5 * age) ** 2)).all()


def test_an_attack_of_a_plug_in_is_what_it_says() -> None:
    pattern = Pattern("made up", {"duration": (9.0, 0.0), "jitter_ms": (0.0, 0.0)})
    mean, deviation, strength = pattern_of("made_up", pattern, 1.0)
    assert [world.COLUMNS[i] for i in np.flatnonzero(strength)] == ["duration", "jitter_ms"]
    assert (mean[0], deviation.any(), strength[0]) == (9.0, False, 1.0)
