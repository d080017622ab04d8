"""Pausing where a figure of the run says so: after the very step, and once."""

from __future__ import annotations

from typing import get_args

import pytest
from laboratory import EVENTFUL, SCAN, advance, opened
from waiting import MakeEngine, wait_for

from sim.commands import Condition, Figure, Pause, PauseWhen, Resume, command_of, to_payload
from sim.engine.condition import figure, met
from sim.errors import CommandRejectedError
from sim.snapshot import RunState


def test_it_pauses_after_the_very_step_and_once(make_engine: MakeEngine) -> None:
    engine = make_engine({"simulation.steps_per_second": 0.0})
    engine.start()
    engine.submit(PauseWhen(Condition("step", ">=", 7)))
    wait_for(engine, lambda s: s.pause_when == "step >= 7")
    engine.submit(Resume())
    stood = wait_for(engine, lambda s: s.step > 0 and s.state is RunState.PAUSED)
    assert stood.step == 7
    assert stood.cause == "step >= 7: step is 7"
    assert stood.pause_when == ""
    engine.submit(Resume())
    wait_for(engine, lambda s: s.step > 9)
    engine.submit(Pause())
    assert wait_for(engine, lambda s: s.state is RunState.PAUSED).cause == ""


def test_a_burst_of_steps_is_cut_short_and_an_attack_is_noticed(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.start()
    engine.submit(SCAN)
    engine.submit(PauseWhen(Condition("attacks", ">", 0)))
    engine.submit(Resume())
    stood = wait_for(engine, lambda s: s.step > 0 and s.state is RunState.PAUSED)
    assert stood.step == 1


def test_it_can_be_forgotten(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.start()
    engine.submit(PauseWhen(Condition("step", ">", 0)))
    engine.submit(PauseWhen())
    engine.submit(Resume())
    wait_for(engine, lambda s: s.step > 3)


def test_watching_for_something_changes_no_result(make_engine: MakeEngine) -> None:
    heads = []
    for asked in (None, Condition("alerts", ">=", 1000)):
        engine = make_engine({"simulation.steps_per_second": 0.0}, steps=6)
        engine.start()
        engine.submit(PauseWhen(asked))
        engine.submit(Resume())
        wait_for(engine, lambda s: s.state is RunState.FINISHED)
        heads.append(engine.snapshot.performance.ledger_head)
    assert heads[0] == heads[1] != ""


def test_every_figure_is_a_figure_of_the_run() -> None:
    with opened() as run:
        advance(run, 14, EVENTFUL)
        found = {name: figure(name, run) for name in get_args(Figure)}
        view = run.simulation.quality.view().acceptance
        counts = run.simulation.assembly.counts
        assert found["step"] == run.simulation.now == 14
        assert found["accepted"] == counts["ACCEPTED"] > 0
        assert found["rejected"] == counts["REJECTED"] > 0
        assert found["attack_accepted"] == view["attack"][0] > 0
        assert found["adversaries"] == 3
        assert found["attacks"] == 1
        assert (
            found["published"]
            == found["accepted"] + found["rejected"] + found["expired"] + (found["pending"])
        )
        assert met(Condition("adversaries", "==", 3), run) == ("adversaries == 3: adversaries is 3")
        assert met(Condition("adversaries", "<", 3), run) == ""


def test_it_crosses_a_socket() -> None:
    for command in (PauseWhen(Condition("alerts", ">", 2.5)), PauseWhen()):
        assert command_of("pause_when", to_payload(command)) == command
    with pytest.raises(CommandRejectedError, match="figure"):
        command_of("pause_when", {"condition": {"figure": "x", "relation": ">", "value": 1}})
