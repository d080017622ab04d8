"""A population stepped agent by agent gives the ledger that whole shards give."""

from __future__ import annotations

import pytest
from laboratory import EVENTFUL, FLOOD, SCAN, Given, head_of, opened

from sim.commands import InjectFault, Order, SetAdversaries, SetParameter, Targets
from sim.config.parameters import Value
from sim.model.agents import AnomalyAgent
from sim.run.run import Run

PHASES = ("observe", "detect", "publish", "poll_and_validate")


def step_by_agent(experiment: Run, steps: int, given: Given) -> str:
    """The head after steps in which every agent does every phase by itself."""
    model = experiment.simulation
    agents: list[AnomalyAgent] = sorted(model.agents, key=lambda agent: agent.id)
    for _ in range(steps):
        model.begin([Order(command) for command in given.get(model.now + 1, ())])
        for phase in PHASES:
            for agent in agents:
                getattr(agent, phase)()
        model.decide()
        for agent in agents:
            agent.learn()
        model.refit()
        model.record()
        experiment.ledger.commit(model.draft)
    return experiment.ledger.head_hex


def by_agent(settings: dict[str, Value], steps: int, given: Given) -> str:
    with opened(settings) as experiment:
        return step_by_agent(experiment, steps, given)


@pytest.mark.parametrize(
    ("detector", "agents", "steps"),
    [
        ("mahalanobis", 16, 16),
        ("isolation_forest", 16, 14),
        ("isolation_forest_sklearn", 6, 8),
        ("sklearn:LocalOutlierFactor", 8, 12),
        ("sklearn:OneClassSVM", 8, 12),
        ("sklearn:SGDOneClassSVM", 8, 12),
        ("sklearn:EllipticEnvelope", 6, 10),
    ],
)
@pytest.mark.usefixtures("small_shards")
def test_one_by_one_as_all_at_once(detector: str, agents: int, steps: int) -> None:
    settings: dict[str, Value] = {
        "detection.detector": detector,
        "detection.trees": 8,
        "simulation.agents": agents,
    }
    assert by_agent(settings, steps, EVENTFUL) == head_of(settings, steps)


@pytest.mark.parametrize(
    "behaviour", ["flip_votes", "spam", "poison", "collude", "silent", "betray", "sybil"]
)
@pytest.mark.usefixtures("small_shards")
def test_with_adversaries(behaviour: str) -> None:
    settings: dict[str, Value] = {
        "adversary.fraction": 0.3,
        "adversary.behaviour": behaviour,
        "adversary.betray_after": 6,
    }
    given: Given = {5: (SCAN,), 8: (FLOOD,)}
    assert by_agent(settings, 12, given) == head_of(settings, 12, given)


def test_with_faults_and_live_changes() -> None:
    everyone = Targets(fraction=0.5)
    given: Given = {
        4: (SCAN, InjectFault("broadcast_failure", Targets(fraction=0.3), duration=4)),
        5: (InjectFault("agent_crash", Targets(agents=(1, 2)), duration=3),),
        6: (InjectFault("refit_failure", everyone, duration=3), SetParameter("cache.capacity", 0)),
        7: (InjectFault("cache_corruption", everyone), SetParameter("traffic.batch_size", 7)),
        9: (SetParameter("cache.capacity", 900), SetAdversaries("flip_votes", everyone)),
    }
    assert by_agent({}, 12, given) == head_of({}, 12, given)


def test_an_agent_is_the_named_view_of_its_row() -> None:
    with opened({"simulation.agents": 7}) as experiment:
        step_by_agent(experiment, 4, {})
        agents = sorted(experiment.simulation.agents, key=lambda agent: agent.id)
        assert [agent.id for agent in agents] == list(range(7))
        assert {agent.pos for agent in agents} == {(i % 3, i // 3) for i in range(7)}
        assert all(agent.model_version >= 1 and 0.0 < agent.trust < 1.0 for agent in agents)
        assert {agent.behaviour for agent in agents} == {"honest"}
        assert all("%" in agent.profile for agent in agents)
