"""The same ledger from every executor, with any number of workers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_ray import FakeRay
from laboratory import advance, head_of, loaded, opened
from timeline import BUSY, STEPS, recorded

from sim.commands import Order, SetParameter
from sim.config.parameters import Value
from sim.engine.engine import Engine
from sim.errors import ExecutorError
from sim.picture.painter import Painter
from sim.run.replay import replay_run
from sim.snapshot import EMPTY, Focus

RAY: dict[str, Value] = {"simulation.executor": "ray"}
FOREST: dict[str, Value] = {"detection.detector": "isolation_forest", "detection.trees": 8}


@pytest.fixture(scope="module")
def head() -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.model.blocks.SHARD_SIZE", 16)
        return head_of(steps=STEPS, given=BUSY)


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_threads(head: str, workers: int) -> None:
    threads: dict[str, Value] = {"simulation.executor": "threads", "simulation.workers": workers}
    assert head_of(threads, STEPS, BUSY) == head


@pytest.mark.parametrize("workers", [0, 1, 2, 3, 9])
def test_processes(head: str, fake_ray: FakeRay, workers: int) -> None:
    assert head_of({**RAY, "simulation.workers": workers}, STEPS, BUSY) == head
    assert len(fake_ray.actors) == min(workers or 2, 4)
    assert not any(actor.alive for actor in fake_ray.actors) and fake_ray.uses == 0


def test_processes_that_lend_each_other_trees(fake_ray: FakeRay) -> None:
    settings = {**FOREST, "simulation.agents": 24}
    expected = head_of(settings, STEPS, BUSY)
    assert head_of({**settings, **RAY, "simulation.workers": 3}, STEPS, BUSY) == expected


@pytest.mark.ray
@pytest.mark.parametrize("workers", [1, 2])
def test_ray(head: str, real_ray: None, workers: int) -> None:
    with opened({**RAY, "simulation.workers": workers}) as experiment:
        advance(experiment, STEPS, BUSY)
        executor = experiment.simulation.executor
        assert (executor.name, executor.workers) == ("ray", workers)
        assert experiment.ledger.head_hex == head and experiment.notices == ()


@pytest.mark.ray
def test_ray_with_forests(real_ray: None) -> None:
    settings = {**FOREST, "simulation.agents": 10}
    expected = head_of(settings, 8, BUSY)
    assert head_of({**settings, **RAY, "simulation.workers": 2}, 8, BUSY) == expected


def to_the_end(settings: dict[str, Value]) -> tuple[str, int]:
    """Head and number of steps of a run until its traffic ends, looping for a while."""
    with opened(settings) as experiment:
        for step in range(60):
            if experiment.simulation.finished:
                break
            live = {
                3: [SetParameter("traffic.loop", True)],
                9: [SetParameter("traffic.loop", False)],
            }
            experiment.advance([Order(c) for c in live.get(step, ())])
        return experiment.ledger.head_hex, experiment.simulation.now


@pytest.mark.parametrize("workers", [1, 2])
def test_recorded_traffic_ends_at_the_same_step(
    fake_ray: FakeRay, tmp_path: Path, workers: int
) -> None:
    settings = recorded(tmp_path)
    expected = to_the_end(settings)
    assert 9 < expected[1] < 60
    assert to_the_end({**settings, **RAY, "simulation.workers": workers}) == expected


def test_a_step_takes_as_many_round_trips_whatever_the_number_of_agents(fake_ray: FakeRay) -> None:
    trips = []
    for agents in (10, 60):
        with opened({**RAY, "simulation.workers": 2, "simulation.agents": agents}) as experiment:
            before = fake_ray.calls
            advance(experiment, 5, {1: (SetParameter("detection.threshold", 1.0),)})
            trips.append(fake_ray.calls - before)
    assert trips[0] == trips[1] <= 5 * 2 * 10


def test_the_picture_is_the_same(fake_ray: FakeRay) -> None:
    views = []
    for settings in ({}, {**RAY, "simulation.workers": 2}):
        with opened(settings) as experiment:
            painter = Painter(experiment)
            painter.paint(EMPTY)
            advance(experiment, 8, BUSY)
            views.append(replace(painter.paint(EMPTY), view=painter.view(Focus(agent=11))))
    here, there = views
    for name in ("states", "scores", "trust", "hit_rate", "attacked", "adversary"):
        left, right = getattr(here.grid, name), getattr(there.grid, name)
        assert np.array_equal(left, right, equal_nan=left.dtype.kind == "f"), name
    near, far = here.view.agent, there.view.agent
    assert near is not None and far is not None
    assert near.scores == far.scores and near.features == far.features
    assert (here.performance.hits, here.performance.cached) == (
        there.performance.hits,
        there.performance.cached,
    )


def test_the_same_errors_are_counted(fake_ray: FakeRay) -> None:
    counts = []
    batch: dict[str, Value] = {"signature.evidence": "batch"}  # looks judgements up in every step
    for settings in (batch, {**batch, **RAY, "simulation.workers": 2}):
        with opened(settings) as experiment:
            advance(experiment, STEPS, BUSY)
            counts.append(experiment.simulation.errors.counts())
    assert counts[0] == counts[1]
    assert set(counts[0]) == {"agent.broadcast", "agent.cache", "agent.crash", "agent.refit"}


def test_agents_elsewhere_cannot_be_stepped_one_by_one(fake_ray: FakeRay) -> None:
    with opened({**RAY, "simulation.workers": 2}) as experiment:
        advance(experiment, 3, {})
        agent = next(iter(experiment.simulation.agents))
        assert agent.model_version >= 1
        with pytest.raises(ExecutorError, match="another executor"):
            agent.observe()


def test_replay_on_another_executor(fake_ray: FakeRay, tmp_path: Path) -> None:
    engine = Engine(
        loaded(timeline=[(s, c) for s, given in BUSY.items() for c in given]), tmp_path / "run"
    )
    engine.open()
    engine.run(STEPS)
    engine.close()
    report = replay_run(tmp_path / "run", "ray")
    assert report.ok and report.executor == "ray" and report.steps == STEPS
