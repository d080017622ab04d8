"""Agents activated one by one give the ledger that whole shards give."""

from __future__ import annotations

import pytest
from laboratory import EVENTFUL, FLOOD, SCAN, Given, head_of, opened

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
