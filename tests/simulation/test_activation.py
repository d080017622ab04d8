"""Agents activated one by one give the ledger that whole shards give."""

from __future__ import annotations

import pytest
from laboratory import EVENTFUL, FLOOD, SCAN, SMALL, Given, head_of, opened

from sim import Simulation
from sim.commands import InjectFault, SetAdversaries, SetParameter, Targets
from sim.config.parameters import Value

ONE_BY_ONE: dict[str, Value] = {"simulation.activation": "agents"}
SOME = Targets(fraction=0.4)
FAULTS: Given = {
    4: (SCAN, InjectFault("broadcast_failure", Targets(fraction=0.3), duration=4)),
    5: (InjectFault("agent_crash", Targets(agents=(1, 2)), duration=3),),
    6: (InjectFault("refit_failure", SOME, duration=3), SetParameter("cache.capacity", 0)),
    7: (InjectFault("cache_corruption", SOME), SetParameter("traffic.batch_size", 7)),
    9: (SetParameter("cache.capacity", 900), SetAdversaries("silent", SOME)),
}


@pytest.mark.parametrize(
    ("settings", "given"),
    [
        ({}, EVENTFUL),
        ({}, FAULTS),
        ({"detection.detector": "isolation_forest", "detection.trees": 8}, EVENTFUL),
        ({"adversary.fraction": 0.3, "adversary.behaviour": "sybil"}, {5: (SCAN,), 8: (FLOOD,)}),
        ({"adversary.fraction": 0.3, "adversary.behaviour": "betray"}, {5: (SCAN,), 8: (FLOOD,)}),
        ({"simulation.executor": "threads", "simulation.workers": 2}, EVENTFUL),
    ],
    ids=["eventful", "faults", "forests", "sybil", "betray", "threads"],
)
@pytest.mark.usefixtures("small_shards")
def test_heads_are_those_of_shards(settings: dict[str, Value], given: Given) -> None:
    assert head_of(settings | ONE_BY_ONE, 14, given) == head_of(settings, 14, given)


def test_agents_are_activated_in_this_process() -> None:
    with opened(ONE_BY_ONE | {"simulation.executor": "ray"}) as run:
        assert run.simulation.executor.name == "sequential"
        assert run.simulation.errors.counts() == {"executor.fallback": 1}
        assert any("one by one" in text for text in run.notices)
    with opened(ONE_BY_ONE | {"simulation.executor": "auto", "simulation.agents": 60}) as run:
        assert run.simulation.executor.name == "sequential"


def test_a_population_refuses_to_step_without_a_record() -> None:
    with opened() as run, pytest.raises(RuntimeError, match="no record"):
        run.simulation.step()


@pytest.mark.parametrize("scenario", ["worm", "poisoned-ledger", "failing-agents"])
def test_heads_are_the_same_in_scenarios_with_liars_and_faults(scenario: str) -> None:
    few = {key: value for key, value in SMALL.items() if key != "simulation.agents"}
    heads = []
    for activation in ("shards", "agents"):
        settings: dict[str, Value] = {**few, "simulation.activation": activation}
        with Simulation(agents=20, seed=4, scenario=scenario, **settings) as model:  # type: ignore[arg-type]
            model.run_model(steps=5)
            model.submit(SCAN)
            model.submit(SetAdversaries("flip_votes", SOME))
            model.submit(InjectFault("agent_crash", Targets(agents=(1, 2)), duration=3))
            model.submit(InjectFault("refit_failure", SOME, duration=5))
            model.run_model(steps=10)
            assert model.records.votes["vote"].nunique() > 1
            heads.append(model.head)
    assert heads[0] == heads[1]
