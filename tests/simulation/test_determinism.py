"""A run is a pure function of configuration, seed and journal."""

from __future__ import annotations

import pytest
from laboratory import EVENTFUL, SCAN, Given, advance, head_of, loaded, opened

from sim.commands import Inspect, SetParameter
from sim.config.parameters import Value
from sim.picture.painter import Painter
from sim.run.run import Run, make_parts
from sim.snapshot import EMPTY, Focus


@pytest.fixture(scope="module")
def head() -> str:
    return head_of()


def test_the_same_again(head: str) -> None:
    assert head_of() == head


def test_another_seed(head: str) -> None:
    assert head_of({"simulation.seed": 2}) != head


def test_another_threshold(head: str) -> None:
    assert head_of({"detection.threshold": 0.62}) != head


def test_another_journal(head: str) -> None:
    later: Given = {7: (SCAN,), **{s: c for s, c in EVENTFUL.items() if s != 6}}
    assert head_of(given=later) != head


@pytest.mark.parametrize(
    "settings",
    [
        {"cache.capacity": 0},
        {"cache.capacity": 1},
        {"cache.capacity": 17},
        {"cache.ttl_steps": 1},
        {"ledger.query_cache": 0},
        {"ledger.pool_size": 1},
        {"monitoring.history": 10},
        {"simulation.executor": "auto"},
        {"simulation.executor": "threads", "simulation.workers": 1},
        {"simulation.executor": "threads", "simulation.workers": 2},
        {"simulation.executor": "threads", "simulation.workers": 7},
    ],
    ids=str,
)
@pytest.mark.usefixtures("small_shards")
def test_what_never_changes_a_result(head: str, settings: dict[str, Value]) -> None:
    assert head_of(settings) == head


@pytest.mark.parametrize("capacity", [0, 40, 20_000])
def test_cache_and_sharding_of_a_forest(monkeypatch: pytest.MonkeyPatch, capacity: int) -> None:
    forest: dict[str, Value] = {"detection.detector": "isolation_forest", "detection.trees": 10}
    whole = head_of(forest)
    monkeypatch.setattr("sim.model.blocks.SHARD_SIZE", 3)
    threads: dict[str, Value] = {"simulation.executor": "threads", "simulation.workers": 3}
    assert head_of({**forest, **threads, "cache.capacity": capacity}) == whole


def test_watching_changes_nothing(head: str) -> None:
    with opened() as experiment:
        painter = Painter(experiment)
        for step in range(16):
            advance(experiment, 1, EVENTFUL)
            painter.observe(0.0)
            newest = next((p.id for p in experiment.simulation.assembly.polls), None)
            painter.paint(EMPTY)
            painter.view(Focus(agent=step, signature=newest))
        assert experiment.ledger.head_hex == head


def test_a_cache_switched_live_changes_only_the_journal() -> None:
    """Both runs hold the same commands, but at steps that make the caches differ for long."""
    heads = set()
    for capacity in (0, 30):
        given: Given = {**EVENTFUL, 12: (SetParameter("cache.ttl_steps", 1),)}
        heads.add(head_of({"cache.capacity": capacity}, given=given))
    assert len(heads) == 1


def test_the_order_of_commands_of_one_step_counts() -> None:
    up, down = SetParameter("detection.threshold", 0.7), SetParameter("detection.threshold", 0.5)
    assert head_of(given={6: (SCAN, up, down)}) != head_of(given={6: (SCAN, down, up)})


def test_inspect_is_no_steering() -> None:
    from sim.commands import STEERING_KINDS, kind_of

    assert kind_of(Inspect(agent=1)) not in STEERING_KINDS


def test_a_scenario_is_a_journal_that_is_given_by_itself() -> None:
    """Same verdicts; the journal says who gave the command, so the heads differ."""
    timeline = [(step, command) for step, given in EVENTFUL.items() for command in given]
    with opened(timeline=timeline) as scenario, opened() as live:
        advance(scenario, 16)
        advance(live, 16, EVENTFUL)
        assert scenario.simulation.assembly.counts == live.simulation.assembly.counts
        assert [r.source for _, r in scenario.reader.commands()] == ["scenario"] * 3
        assert scenario.ledger.head != live.ledger.head


def test_parts_say_how_many_agents_there_is_traffic_for() -> None:
    configuration = loaded({"simulation.agents": 3})
    experiment = Run(configuration, make_parts(configuration), None)
    try:
        assert experiment.reader.genesis().agents == experiment.simulation.population == 3
    finally:
        experiment.close()
