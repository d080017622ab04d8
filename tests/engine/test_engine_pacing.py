"""The engine in its thread: pause, step, resume, pace, and the ways in which a run ends."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from laboratory import SCAN, head_of
from waiting import PATIENCE, MakeEngine, wait_for

from sim.archive.overview import overview_of
from sim.commands import (
    InjectAttack,
    Inspect,
    Pause,
    Resume,
    SetParameter,
    Step,
    Stop,
    Undo,
)
from sim.engine.resuming import resume_run
from sim.engine.slot import PAINT_INTERVAL
from sim.ledger.reader import open_read_only
from sim.ledger.verify import verify
from sim.run.recorded import recorded_summary
from sim.snapshot import RunState, UndoStep


def engine_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith(("engine", "shard"))]


def test_it_begins_paused_and_steps_one_by_one(make_engine: MakeEngine) -> None:
    engine = make_engine()
    assert engine.snapshot.state is RunState.LOADING
    engine.start()
    wait_for(engine, lambda s: s.state is RunState.PAUSED)
    assert engine.snapshot.step == 0
    engine.submit(Step())
    wait_for(engine, lambda s: s.step == 1)
    engine.submit(Step(3))
    snapshot = wait_for(engine, lambda s: s.step == 4 and s.state is RunState.PAUSED)
    time.sleep(0.1)
    assert engine.snapshot.step == snapshot.step == 4


def test_resume_and_pause(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.start()
    engine.submit(Resume())
    wait_for(engine, lambda s: s.state is RunState.RUNNING and s.step > 3)
    engine.submit(Pause())
    stood = wait_for(engine, lambda s: s.state is RunState.PAUSED).step
    time.sleep(0.1)
    assert engine.snapshot.step == stood


def test_at_full_speed_no_more_is_painted_than_the_screen_looks_at(make_engine: MakeEngine) -> None:
    engine = make_engine({"simulation.steps_per_second": 0.0, "ui.refresh_hz": 1.0}, steps=200)
    engine.start()
    wait_for(engine, lambda s: s.state is RunState.PAUSED)
    start, first = time.monotonic(), engine.snapshot.generation
    engine.submit(Resume())
    end = wait_for(engine, lambda s: s.state is RunState.FINISHED)
    intervals = (time.monotonic() - start) / PAINT_INTERVAL
    assert end.step == 200
    assert end.generation - first < intervals + 8


def test_a_step_of_no_steps_is_one(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.start()
    engine.submit(Step(0))
    wait_for(engine, lambda s: s.step == 1)
    time.sleep(0.1)
    assert engine.snapshot.step == 1


def test_pace_and_stepping_give_the_ledger_of_a_run_without_a_clock(
    make_engine: MakeEngine,
) -> None:
    engine = make_engine(steps=8, paused=False)
    engine.start()
    snapshot = wait_for(engine, lambda s: s.state is RunState.FINISHED)
    assert (snapshot.step, snapshot.cause) == (8, "done")
    assert snapshot.performance.ledger_head == head_of(steps=8, given={})


def test_a_slow_pace_waits_between_steps_but_not_for_commands(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One step a second by a clock that the test moves."""
    now = [1000.0]
    monkeypatch.setattr("sim.engine.pacing.time.monotonic", lambda: now[0])
    engine = make_engine({"simulation.steps_per_second": 1.0}, paused=False)
    engine.start()
    deadline = time.perf_counter() + PATIENCE
    while engine.snapshot.step < 1:
        assert time.perf_counter() < deadline
        time.sleep(0.005)
        engine.submit(Inspect())
    for _ in range(20):
        engine.submit(Inspect(agent=3))
        time.sleep(0.005)
    assert engine.snapshot.step == 1
    assert engine.snapshot.view.agent is not None
    now[0] += 1.0
    while engine.snapshot.step < 2:
        assert time.perf_counter() < deadline
        engine.submit(Inspect())
        time.sleep(0.005)
    time.sleep(0.05)
    assert engine.snapshot.step == 2


def test_tickets_are_acknowledged(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.start()
    wait_for(engine, lambda s: s.state is RunState.PAUSED)
    good = engine.submit(SetParameter("detection.threshold", 0.7))
    bad = engine.submit(InjectAttack("nonsense"))
    undo = engine.submit(Undo())
    assert 0 < good < bad < undo
    waiting = wait_for(engine, lambda s: len(s.pending) == 3)
    assert [order.ticket for order in waiting.pending] == [good, bad, undo]
    assert waiting.journal == ()
    assert waiting.parameters["detection.threshold"] == 0.6
    engine.submit(Step())
    done = wait_for(engine, lambda s: s.step == 1)
    assert done.pending == ()
    told = {entry.ticket: entry for entry in done.journal}
    assert told[good].applied and told[good].text == "detection.threshold 0.6 → 0.7"
    assert (told[good].old, told[good].new) == ("0.6", "0.7")
    assert not told[bad].applied and "nonsense" in told[bad].reason
    assert told[undo].applied
    assert [entry.ticket for entry in done.journal] == [undo, bad, good]
    assert done.parameters["detection.threshold"] == 0.6
    assert done.redo == UndoStep("detection.threshold 0.6 → 0.7", "detection.threshold")


def test_tickets_beside_a_timeline(make_engine: MakeEngine) -> None:
    engine = make_engine(timeline=[(1, SetParameter("detection.threshold", 0.65))])
    engine.start()
    ticket = engine.submit(SetParameter("detection.threshold", 0.8))
    engine.submit(Step())
    done = wait_for(engine, lambda s: s.step == 1)
    assert [(e.source, e.ticket, e.new) for e in done.journal] == [
        ("live", ticket, "0.8"),
        ("scenario", 0, "0.65"),
    ]
    assert done.parameters["detection.threshold"] == 0.8


@pytest.mark.parametrize(
    "command",
    [
        InjectAttack("port_scan", intensity=7.0),
        InjectAttack("port_scan", duration=0),
        SetParameter("detection.threshold", float("nan")),
        SetParameter("detection.threshold", float("inf")),
    ],
    ids=str,
)
def test_what_could_not_be_replayed_is_never_journaled(
    make_engine: MakeEngine, command: InjectAttack | SetParameter
) -> None:
    engine = make_engine()
    engine.start()
    ticket = engine.submit(command)
    engine.submit(Step())
    done = wait_for(engine, lambda s: s.step == 1)
    assert [(e.ticket, e.applied, e.seq) for e in done.journal] == [(ticket, False, -1)]
    assert done.journal[0].reason
    assert engine.close(PATIENCE)
    reader = open_read_only(engine.run_directory.ledger_file)
    assert reader.commands() == ()
    reader.close()


def test_inspect_while_paused(make_engine: MakeEngine) -> None:
    engine = make_engine(timeline=[(6, SCAN)])
    engine.start()
    engine.submit(Step(8))
    snapshot = wait_for(engine, lambda s: s.step == 8)
    decided = snapshot.consensus.decided[0].id
    engine.submit(Inspect(agent=2, signature=decided))
    seen = wait_for(engine, lambda s: s.view.agent is not None)
    assert seen.view.agent is not None and seen.view.agent.id == 2
    assert seen.view.signature is not None and seen.view.signature.view.id == decided
    assert seen.step == 8
    engine.submit(Inspect(agent=999, signature=0))
    wait_for(engine, lambda s: s.view.agent is None and s.view.signature is None)


def test_commands_after_the_end_are_refused(make_engine: MakeEngine) -> None:
    engine = make_engine(steps=2, paused=False)
    engine.start()
    wait_for(engine, lambda s: s.state is RunState.FINISHED)
    ticket = engine.submit(SCAN)
    engine.submit(Resume())
    engine.submit(Step())
    done = wait_for(engine, lambda s: bool(s.journal))
    assert (done.journal[0].ticket, done.journal[0].reason) == (ticket, "the run has ended")
    time.sleep(0.1)
    assert (engine.snapshot.state, engine.snapshot.step) == (RunState.FINISHED, 2)


def test_commands_that_wait_when_the_run_stops_are_refused(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.start()
    wait_for(engine, lambda s: s.state is RunState.PAUSED)
    ticket = engine.submit(SCAN)
    assert engine.close(PATIENCE)
    end = engine.snapshot
    assert end.state is RunState.STOPPED
    assert end.pending == ()
    assert [(e.ticket, e.applied) for e in end.journal] == [(ticket, False)]


def test_the_end_of_a_file(make_engine: MakeEngine, tmp_path: Path) -> None:
    file = tmp_path / "flows.csv"
    rows = [f"{i % 7},{i % 5},{i % 3}" for i in range(100)]
    file.write_text("a,b,c\n" + "\n".join(rows) + "\n")
    engine = make_engine(
        {"traffic.path": str(file), "simulation.agents": 4, "traffic.batch_size": 10},
        paused=False,
    )
    engine.start()
    end = wait_for(engine, lambda s: s.state is RunState.FINISHED)
    assert (end.step, end.cause) == (3, "the traffic has ended")
    assert end.traffic == "flows.csv"
    assert engine.close(PATIENCE)
    found = overview_of(engine.run_directory)
    assert (found.state, found.traffic_ended, found.steps) == ("finished", True, 3)
    assert recorded_summary(engine.run_directory)["traffic_ended"] is True
    again = resume_run(engine.run_directory.path)
    again.start()
    assert (again.snapshot.state, again.snapshot.cause) == (RunState.FINISHED, end.cause)
    assert again.close(PATIENCE)


@pytest.mark.parametrize("moment", ["loading", "paused", "running", "finished", "waiting"])
def test_it_can_be_closed_at_any_moment(make_engine: MakeEngine, moment: str) -> None:
    pace = {"simulation.steps_per_second": 0.001} if moment == "waiting" else {}
    steps = 2 if moment == "finished" else None
    engine = make_engine(pace, steps=steps, paused=moment in ("loading", "paused"))
    engine.start()
    if moment == "paused":
        wait_for(engine, lambda s: s.state is RunState.PAUSED)
    elif moment != "loading":
        wait_for(engine, lambda s: s.step > 0)
    assert engine.close(PATIENCE)
    assert engine.close(PATIENCE)
    assert engine.snapshot.state is RunState.STOPPED
    assert engine_threads() == []
    if moment != "loading":
        report = verify(engine.run_directory.ledger_file)
        assert report.ok
        assert not engine.run_directory.locked().taken


def test_stop_is_a_command_too(make_engine: MakeEngine) -> None:
    engine = make_engine(paused=False)
    engine.start()
    engine.submit(Stop())
    wait_for(engine, lambda s: s.state is RunState.STOPPED)


def test_an_engine_that_never_started_closes(make_engine: MakeEngine) -> None:
    assert make_engine().close(PATIENCE)
