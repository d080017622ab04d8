"""Second opinions in whole runs: who gains, who loses nothing, and that nothing else decides."""

from __future__ import annotations

import numpy as np
import pytest
from laboratory import EVENTFUL, Given, advance, head_of, opened

from sim.commands import InjectAttack, SetParameter, Targets
from sim.config.parameters import Value
from sim.detection.quality import Counts, confusion, total
from sim.run.run import Run

FOREST: dict[str, Value] = {
    "detection.detector": "isolation_forest",
    "detection.trees": 50,
    "detection.window": 192,
    "detection.threshold": 0.55,
    "detection.refit_interval": 10,
    "detection.refit_share": 0.5,
    "simulation.agents": 24,
    "traffic.batch_size": 32,
}
VICTIMS = (0, 1, 2)
FROM_THE_START: Given = {
    1: (InjectAttack("brute_force", 0.9, 200, Targets(agents=VICTIMS)),),
}
"""The first models of the victims learn the attack: 63 % of their flows are attack."""
LATER: Given = {
    8: (InjectAttack("port_scan", 0.7, 30, Targets(fraction=0.25)),),
    14: (InjectAttack("exfiltration", 0.8, 30, Targets(fraction=0.25)),),
}


def judged(
    settings: dict[str, Value], steps: int, given: Given, rows: tuple[int, ...] = (), since: int = 0
) -> tuple[Counts, Counts]:
    """Solo and collective counts, of some agents and from some step on."""
    solo: list[Counts] = []
    collective: list[Counts] = []
    with opened({**FOREST, **settings}) as experiment:
        for step in range(1, steps + 1):
            advance(experiment, 1, given)
            if step < since:
                continue
            (shard,) = experiment.simulation.shards
            chosen = list(rows) or shard.everyone
            known = ~np.isnan(shard.step.scores)[chosen]
            truth = shard.step.batch.truth[chosen]
            solo.append(confusion(shard.step.solo[chosen], truth, known))
            collective.append(confusion(shard.step.collective[chosen], truth, known))
    return total(solo), total(collective)


def recall(counts: Counts) -> float:
    return counts[0] / (counts[0] + counts[2])


def f1(counts: Counts) -> float:
    return 2 * counts[0] / (2 * counts[0] + counts[1] + counts[2])


def false_alarms(counts: Counts) -> float:
    return counts[1] / (counts[1] + counts[3])


def test_a_poisoned_agent_recovers() -> None:
    off: dict[str, Value] = {"detection.second_opinion": False}
    alone, _ = judged(off, 40, FROM_THE_START, VICTIMS, since=25)
    own, together = judged({}, 40, FROM_THE_START, VICTIMS, since=25)
    assert recall(alone) < 0.3
    assert recall(together) > 0.9
    assert recall(own) > 0.9  # its own model has been put right, too
    assert false_alarms(together) < 0.15


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_identical_agents_lose_nothing(seed: int) -> None:
    settings: dict[str, Value] = {"traffic.skew": 0.0, "simulation.seed": seed}
    own, together = judged(settings, 36, LATER)
    assert f1(together) >= f1(own) - 0.02


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_clean_traffic_that_differs_raises_hardly_more_alarms(seed: int) -> None:
    settings: dict[str, Value] = {"traffic.skew": 1.0, "simulation.seed": seed}
    own, together = judged(settings, 30, {})
    assert false_alarms(together) <= false_alarms(own) + 0.02


def test_switched_off_an_agent_listens_to_itself() -> None:
    with opened({**FOREST, "detection.second_opinion": False}) as experiment:
        advance(experiment, 12, LATER)
        (shard,) = experiment.simulation.shards
        assert shard.second is not None and not shard.second.size.any()
        assert (shard.step.suspected == shard.step.solo).all()


def test_it_can_be_switched_off_and_on_while_it_runs() -> None:
    given: Given = {
        8: (SetParameter("detection.second_opinion", False),),
        14: (SetParameter("detection.second_opinion", True),),
    }
    with opened(FOREST) as experiment:
        (shard,) = experiment.simulation.shards
        heard = []
        for _ in range(16):
            advance(experiment, 1, given)
            heard.append(not np.array_equal(shard.step.joint, shard.step.scores, equal_nan=True))
        assert heard[5] and not any(heard[7:13]) and all(heard[13:])


def members(experiment: Run) -> set[int]:
    (shard,) = experiment.simulation.shards
    assert shard.second is not None
    return set(shard.second.lender.tolist()) - {-1}


def test_nobody_asks_who_is_silent_or_has_stopped() -> None:
    settings: dict[str, Value] = {**FOREST, "adversary.behaviour": "silent"}
    with opened({**settings, "adversary.fraction": 0.25}) as experiment:
        advance(experiment, 12)
        silent = set(np.flatnonzero(experiment.simulation.steered.behaviour_in(12)).tolist())
        assert len(silent) == 6
        assert members(experiment) == set(range(24)) - silent


def test_other_detectors_have_no_trees() -> None:
    with opened() as experiment:
        advance(experiment, 6, EVENTFUL)
        (shard,) = experiment.simulation.shards
        assert shard.second is None
        assert (shard.step.suspected == shard.step.solo).all()


def test_threads_and_the_cut_into_shards_decide_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    settings: dict[str, Value] = {**FOREST, "detection.trees": 20}
    expected = head_of(settings, 16, EVENTFUL)
    monkeypatch.setattr("sim.model.blocks.SHARD_SIZE", 5)
    threads: dict[str, Value] = {"simulation.executor": "threads", "simulation.workers": 3}
    assert head_of(settings, 16, EVENTFUL) == expected
    assert head_of({**settings, **threads}, 16, EVENTFUL) == expected
    assert head_of({**settings, "cache.capacity": 0}, 16, EVENTFUL) == expected
