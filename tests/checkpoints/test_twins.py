"""A twin that goes through a checkpoint after every step stays like the one that does not."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest
import trouble
from fake_ray import FakeRay
from laboratory import Given, advance, head_of, loaded, opened
from rebirth import CACHE, EVERYTHING, NO_RESULT, STEPS, differences, picture, reborn, risen, unlike
from thinned import first
from timeline import recorded

from sim.checkpoint import file
from sim.checkpoint.memory import declared, is_part, remembered
from sim.config.parameters import Value
from sim.errors import CheckpointError, InvariantError
from sim.model.model import Population
from sim.run.rehearsal import PastReader, Rehearsal
from sim.run.run import Run, make_parts
from sim.shard.evidence import Evidence

pytestmark = pytest.mark.usefixtures("small_shards")
Settings = dict[str, Value]
NO_CACHE: Settings = {"cache.capacity": 0}
LENT = ("._feature", "._leaf", "._threshold")
"""Trees that were lent, with what is below their leaves."""
BROKEN = [
    trouble.Trouble(3, 5, "detect", ValueError("made up")),
    trouble.Trouble(8, 7, "vote", ValueError("made up")),
    trouble.Trouble(9, 6, "learn", ValueError("made up"), late=True),
]
COUNTED = ("simulation.report.", "simulation.errors.")
"""Where it is counted what a cold cache does not know."""


def begun(settings: Settings, ledger: Path) -> Run:
    """The twin before its first step; it writes no ledger of its own."""
    from sim.ledger.draft import StepDraft
    from sim.ledger.reader import open_read_only

    configuration = loaded(settings)
    reader = open_read_only(ledger)
    draft = StepDraft.genesis(reader.genesis())
    rehearsal = Rehearsal(ledger, draft.length, draft.head)
    past = (rehearsal, PastReader(rehearsal, 2, 5.0, 64))
    return Run(configuration, make_parts(configuration), None, past)


def compare_twins(
    settings: Settings,
    folder: Path,
    given: Given = EVERYTHING,
    steps: int = STEPS,
    blind: tuple[str, ...] = CACHE,
) -> None:
    """Step both, one through a file after every step, and compare all that can be seen."""
    settings = {**settings, "monitoring.tuner": False}  # it goes by clocks
    ledger = folder / "ledger.db"
    with opened(settings, file=ledger) as lasting:
        twin = begun(settings, ledger)
        try:
            for step in range(1, steps + 1):
                advance(lasting, 1, given)
                advance(twin, 1, given)
                assert twin.ledger.head_hex == lasting.ledger.head_hex, step
                twin = reborn(twin, loaded(settings), ledger, folder)
                inside = [path for path in unlike(lasting, twin) if not path.endswith(LENT)]
                assert [p for p in inside if not blind or not p.startswith(COUNTED)] == [], step
                seen = next(iter(lasting.simulation.assembly.truth_of), None)
                found = differences(picture(lasting, seen), picture(twin, seen))
                assert [d for d in found if not d.startswith((*NO_RESULT, *blind))] == [], step
                assert twin.simulation.steps == lasting.simulation.steps == step
                assert twin.simulation.finished == lasting.simulation.finished
        finally:
            twin.close()
        assert lasting.simulation.assembly.counts["ACCEPTED"] or steps < 10 or not given


def test_over_everything_that_can_happen(tmp_path: Path) -> None:
    compare_twins(NO_CACHE, tmp_path, blind=())


@pytest.mark.parametrize(
    ("detector", "steps"),
    [
        ("isolation_forest", STEPS),
        ("mahalanobis", STEPS),
        ("isolation_forest_sklearn", 7),
        ("sklearn:LocalOutlierFactor", 9),
    ],
)
def test_with_every_detector(detector: str, steps: int, tmp_path: Path) -> None:
    settings: Settings = {"detection.detector": detector, "detection.trees": 6}
    compare_twins(settings, tmp_path, steps=steps)


def test_in_threads(tmp_path: Path) -> None:
    settings: Settings = {"simulation.executor": "threads", "simulation.workers": 3}
    compare_twins({**settings, **NO_CACHE}, tmp_path, blind=())


def test_on_ray(fake_ray: FakeRay, tmp_path: Path) -> None:
    settings: Settings = {"simulation.executor": "ray", "simulation.workers": 2}
    compare_twins({**settings, **NO_CACHE}, tmp_path, blind=())
    assert fake_ray.calls > 100


def test_a_worker_that_is_lost_after_a_resume_is_built_again(
    fake_ray: FakeRay, tmp_path: Path
) -> None:
    settings: Settings = {"simulation.executor": "ray", "simulation.workers": 2}
    ledger = tmp_path / "ledger.db"
    with opened(settings, file=ledger) as lasting:
        advance(lasting, 12, EVERYTHING)
        twin = begun(settings, ledger)
        try:
            advance(twin, 8, EVERYTHING)
            twin = reborn(twin, loaded(settings), ledger, tmp_path)
            for actor in fake_ray.actors:
                actor.alive = False
            advance(twin, 4, EVERYTHING)
            assert twin.simulation.errors.counts()["executor.worker_lost"] >= 2
            assert twin.ledger.head_hex == lasting.ledger.head_hex
        finally:
            twin.close()


@pytest.mark.parametrize("loop", [False, True])
def test_on_recorded_traffic_to_its_end(tmp_path: Path, *, loop: bool) -> None:
    settings = {**recorded(tmp_path), **NO_CACHE, "traffic.loop": loop}
    compare_twins(settings, tmp_path, given={}, steps=14, blind=())


def test_another_executor_may_go_on(tmp_path: Path) -> None:
    whole = head_of(steps=12, given=EVERYTHING)
    ledger, threads = tmp_path / "ledger.db", {"simulation.executor": "threads"}
    with opened(file=ledger) as lasting:
        advance(lasting, 12, EVERYTHING)
    twin = begun({}, ledger)
    advance(twin, 7, EVERYTHING)
    twin = reborn(twin, loaded(threads), ledger, tmp_path)
    try:
        advance(twin, 5, EVERYTHING)
        assert (twin.ledger.head_hex, twin.simulation.executor.name) == (whole, "threads")
    finally:
        twin.close()


def test_with_agents_that_have_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trouble.make(monkeypatch, BROKEN)
    compare_twins({}, tmp_path)


# -- nothing is forgotten --------------------------------------------------------------------------

MEMORY: tuple[str, ...] = Population.memory.only or ()
BUILT = {
    "config": "what was steered is computed again",
    "steered": "what was steered is computed again",
    "source": "its positions are in the shards",
    "population": "a function of the configuration",
    "blocks": "a function of the population",
    "executor": "its shards are saved",
    "executor_reason": "of the executor",
    "grid": "a function of the population",
    "datacollector": "its columns are saved",
    "ledger": "a file of its own",
    "reader": "reads the ledger",
    "draft": "of one step",
    "agenda": "of one step",
    "_quiet": "of one step",
    "calls": "wiring, and what is measured with a clock",
    "retrieval": "reads the ledger",
    "_activate": "wiring",
    "_broadcast": "wiring",
    "_figures": "computed from the others",
    "kept_steps": "of the configuration",
    "one_by_one": "of the configuration",
    "journaled": "of one step",
    "over": "of one step",
    "cache_capacity": "of the tuner, which measures with clocks",
    "notices": "of the process",
    "_timeline": "of the configuration",
}
"""Attributes of a simulation that no checkpoint holds, and why."""


def test_every_attribute_of_a_simulation_is_accounted_for() -> None:
    with opened() as experiment:
        advance(experiment, 5, EVERYTHING)
        simulation = experiment.simulation
        of_mesa = set(vars(type("Bare", (mesa.Model,), {"step": lambda self: None})(seed=1)))
        own = set(vars(simulation)) - of_mesa
        assert own - set(MEMORY) - set(BUILT) == set()
        assert set(MEMORY) <= own and not set(MEMORY) & set(BUILT)


@pytest.mark.parametrize("holder", ["simulation", "assembly", "reputation", "shard", "models"])
def test_what_nobody_has_declared_is_an_error_and_not_forgotten(holder: str) -> None:
    with opened() as experiment:
        advance(experiment, 3)
        holders: dict[str, Any] = {
            "simulation": experiment.simulation.assembly.polls,
            "assembly": experiment.simulation.assembly,
            "reputation": experiment.simulation.assembly.reputation,
            "shard": experiment.simulation.shards[0],
            "models": experiment.simulation.shards[0].models,
        }
        holders[holder].newcomer = Population
        with pytest.raises(CheckpointError, match=r"newcomer: a .* is nothing that can be saved"):
            experiment.take_checkpoint()
        holders[holder].newcomer = np.arange(3)
        assert any(name.endswith("newcomer") for name in experiment.take_checkpoint().state)
        holders[holder].newcomer = Evidence(2, 3)
        assert any(name.endswith("newcomer.centres") for name in experiment.take_checkpoint().state)
        holders[holder].newcomer = experiment.config
        with pytest.raises(CheckpointError, match=r"newcomer: a Config is nothing"):
            experiment.take_checkpoint()


FOREST: Settings = {"detection.detector": "isolation_forest", "detection.trees": 6, **NO_CACHE}
FORGOTTEN = (AssertionError, CheckpointError, InvariantError, KeyError)


@pytest.mark.parametrize("name", first(2, MEMORY))
def test_the_twins_would_show_what_is_forgotten(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    less = tuple(memory for memory in MEMORY if memory != name)
    monkeypatch.setattr(Population, "memory", dataclasses.replace(Population.memory, only=less))
    if name == "failed":
        trouble.make(monkeypatch, BROKEN)
    with pytest.raises(FORGOTTEN):
        compare_twins(FOREST, tmp_path, blind=())


def held(simulation: Population) -> list[tuple[type, str]]:
    """Class and name of every attribute that is saved below the top."""
    shard, assembly = simulation.shards[0], simulation.assembly
    below = [simulation.exchange, assembly, *vars(assembly).values(), simulation.quality]
    parts = [part for part in (shard, *vars(shard).values(), *below) if is_part(type(part))]
    return [(type(part), name) for part in parts for name in remembered(part)]


def noticed(lasting: Run, forgotten: tuple[type, str], folder: Path) -> bool:
    """Whether the twin of a run is unlike it when one attribute is not saved."""
    part, name = forgotten
    memory = declared(part)
    assert memory is not None
    with pytest.MonkeyPatch.context() as patch:
        without = (*memory.without, name)
        patch.setattr(part, "memory", dataclasses.replace(memory, without=without))
        file.write(lasting.take_checkpoint(), folder / "less.npz")
        try:
            twin = risen(folder / "less.npz", lasting.loaded, lasting.ledger.path)
        except CheckpointError:
            return True
    try:
        return unlike(lasting, twin) != []
    finally:
        twin.close()


NOT_MISSED = [
    *("Evidence._head", "Evidence._steps", "Evidence.centres"),
    *("Judging.cache", "Reputation._right", "Reputation._wrong"),
    *("Shard.evidence", "Shard.judging"),
]
"""Of the cache only counts are saved, which the twins do not compare; reputations are settled, and
so empty, when a step ends; evidence of one step is for `signature.evidence: batch`."""


@pytest.mark.long
def test_each_attribute_that_is_saved_would_be_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Much is accepted, and something is withdrawn.
    monkeypatch.setattr("sim.consensus.assembly.nearly_all", lambda share: 0.5)
    with opened(
        {**FOREST, "consensus.everywhere_share": 0.95}, file=tmp_path / "ledger.db"
    ) as lasting:
        left = held(lasting.simulation)
        assert len(left) > 40
        for step in range(1, STEPS + 1):
            advance(lasting, 1, EVERYTHING)
            if step >= 8:
                left = [one for one in left if not noticed(lasting, one, tmp_path)]
        assert sorted(f"{part.__name__}.{name}" for part, name in left) == NOT_MISSED
