"""Runs on fair traffic: the same head wherever they are computed, and however often they stop."""

from __future__ import annotations

import pytest
from laboratory import Given, head_of, opened
from waiting import MakeEngine

from sim.commands import InjectAttack, Order, StopAttack, Targets
from sim.config.load import load_config
from sim.config.parameters import Value
from sim.engine.resuming import resume_run
from sim.run.replay import replay_run

FAIR: dict[str, Value] = {
    "traffic.difficulty": "fair",
    "detection.detector": "isolation_forest",
    "detection.trees": 12,
}
KINDS = ("port_scan", "ddos", "brute_force", "exfiltration", "beacon")
LIVE: Given = {
    3 + 2 * turn: (InjectAttack(kind, 0.6, 8, Targets(fraction=0.6)),)
    for turn, kind in enumerate(KINDS)
} | {6: (InjectAttack("ddos", 0.5, 6, Targets(centre=(1, 1), spread=0.5)), StopAttack(1))}
STEPS = 16


def test_the_same_head_from_every_executor(small_shards: None) -> None:
    head = head_of(FAIR, STEPS, LIVE)
    for more in (
        {"simulation.executor": "threads", "simulation.workers": 3},
        {"simulation.activation": "agents"},
        {"cache.capacity": 0},
    ):
        assert head_of({**FAIR, **more}, STEPS, LIVE) == head
    clear: dict[str, Value] = {**FAIR, "traffic.difficulty": "clear"}
    assert head_of(clear, STEPS, LIVE) != head


@pytest.mark.parametrize("checkpoints", [True, False])
def test_a_run_goes_on_and_is_replayed(make_engine: MakeEngine, *, checkpoints: bool) -> None:
    timeline = [(at, command) for at, commands in sorted(LIVE.items()) for command in commands]
    whole = head_of(FAIR, STEPS, {}, timeline)
    engine = make_engine(FAIR, timeline)
    engine.open()
    engine.run(9)
    engine.close()
    folder = engine.run_directory.path
    if not checkpoints:
        for file in (folder / "checkpoints").iterdir():
            file.unlink()
    again = resume_run(folder)
    again.run(STEPS - 9)
    again.close()
    report = replay_run(folder, "sequential")
    assert (report.ok, report.head) == (True, whole)


def test_every_kind_is_met_and_bursts_are_false_alarms_at_worst() -> None:
    settings: dict[str, Value] = {**FAIR, "simulation.agents": 40, "signature.min_score": 0.5}
    with opened(settings) as run:
        for step in range(1, 40):
            due = LIVE.get(step, ()) if step < 12 else ()
            run.advance([Order(command) for command in due])
        quality = run.simulation.quality.view()
        assert {outcome.kind for outcome in quality.attacks} == set(KINDS)
        assert set(quality.acceptance) == {"attack", "false_alarm", "poison"}
        assert quality.acceptance["poison"] == (0, 0)
        assert quality.collective.fp > 0 and quality.collective.tn > 0


def test_the_scenario_is_fair() -> None:
    loaded = load_config(scenario="fair-test", environment={})
    assert loaded.config.traffic.difficulty == "fair"
    assert [entry.command.kind for entry in loaded.timeline] == [
        "port_scan",
        "exfiltration",
        "brute_force",
        "ddos",
        "beacon",
    ]
