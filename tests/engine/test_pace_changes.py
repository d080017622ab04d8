"""Pace belongs to whoever watches: it is felt at once, and leaves no trace in the record."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest
from laboratory import SCAN, opened
from waiting import PATIENCE, MakeEngine, wait_for

from sim.commands import PACE, Order, SetPace, SetParameter, Step, Undo
from sim.engine.pacing import Pacer
from sim.ledger.reader import open_read_only
from sim.run.replay import replay_run

SLOW = {PACE: 0.002}
"""One step in more than eight minutes."""


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    clock = [100.0]
    monkeypatch.setattr("sim.engine.pacing.time.monotonic", lambda: clock[0])
    return clock


def test_a_faster_pace_counts_from_the_last_step(now: list[float]) -> None:
    pacer = Pacer(paused=False)
    pacer.ask(0.1)
    pacer.stepped(100.0)
    now[0] = 101.0
    assert not pacer.may_step()
    pacer.ask(0.5)
    assert not pacer.may_step()
    now[0] = 101.9
    assert not pacer.may_step()
    now[0] = 102.0
    assert pacer.may_step()


def test_full_speed_is_at_once_and_a_slower_pace_delays_nothing(now: list[float]) -> None:
    pacer = Pacer(paused=False)
    pacer.ask(1.0)
    pacer.stepped(100.0)
    pacer.ask(0.01)
    now[0] = 101.0
    assert pacer.may_step()
    pacer.stepped(101.0)
    assert not pacer.may_step()
    pacer.ask(0)
    assert pacer.may_step()


def test_a_pause_stays_a_pause(now: list[float]) -> None:
    pacer = Pacer(paused=True)
    pacer.ask(0)
    assert not pacer.may_step()


def test_what_the_run_is_set_to_counts_when_it_changes(now: list[float]) -> None:
    pacer = Pacer(paused=False)
    pacer.follow(8.0)
    pacer.ask(2.0)
    pacer.follow(8.0)
    assert pacer.pace == 2.0
    pacer.follow(4.0)  # a scenario says so
    assert pacer.pace == 4.0


def test_the_person_does_not_wait_for_the_next_step(make_engine: MakeEngine) -> None:
    engine = make_engine(SLOW, paused=False)
    engine.start()
    wait_for(engine, lambda s: s.step == 1)
    time.sleep(0.05)
    assert engine.snapshot.step == 1
    engine.submit(SetParameter("detection.threshold", 0.7))
    time.sleep(0.05)
    assert engine.snapshot.step == 1  # what changes the outcome waits for its step
    engine.submit(SetPace(0))
    shot = wait_for(engine, lambda s: s.step > 3)
    assert (shot.pace, shot.parameters[PACE]) == (0, 0)
    engine.submit(SetPace(0.002))
    slow = wait_for(engine, lambda s: s.pace == 0.002).step
    time.sleep(0.05)
    assert engine.snapshot.step <= slow + 1


@pytest.mark.parametrize("value", [4, "2.5", 0, -1, math.nan, "fast"])
def test_asking_by_the_name_of_the_parameter_is_the_same(make_engine: MakeEngine, value) -> None:
    engine = make_engine(SLOW)
    engine.start()
    ticket = engine.submit(SetParameter(PACE, value))
    shot = wait_for(engine, lambda s: bool(s.journal))
    usable = value in (4, "2.5", 0)
    assert shot.pace == (float(value) if usable else SLOW[PACE])
    assert [(e.ticket, e.seq, e.applied) for e in shot.journal] == [(ticket, -1, usable)]
    assert shot.undo is None


def test_two_runs_watched_at_different_speeds_have_the_same_head(make_engine: MakeEngine) -> None:
    heads = []
    for paces in ((), (0.0, 500.0, 0.0, 250.0)):
        engine = make_engine(timeline=[(6, SCAN)])
        engine.start()
        for step in range(1, 13):
            for pace in paces:
                engine.submit(SetPace(pace))
            engine.submit(Step())
            shot = wait_for(engine, lambda s, step=step: s.step == step)
        assert [entry.source for entry in shot.journal] == ["scenario"]
        heads.append(shot.performance.ledger_head)
    assert heads[0] == heads[1]


def test_a_journal_with_changes_of_pace_is_replayed(make_engine: MakeEngine) -> None:
    """As runs before had them: each was a row, and an undo took it back."""
    given = [SetParameter(PACE, 64.0), SetParameter(PACE, 64.0), Undo()]
    engine = make_engine(timeline=[(step, c) for step, c in enumerate(given, 2)])
    engine.open()
    engine.run(5)
    folder = engine.run_directory.path
    assert engine.close(PATIENCE)
    report = replay_run(folder)
    assert (report.ok, report.steps) == (True, 5)


def test_a_recorded_change_of_nothing_is_a_row_again(tmp_path: Path) -> None:
    with opened(file=tmp_path / "ledger.db") as run:
        run.advance([Order(SetParameter("detection.threshold", 0.6))])
        run.advance([Order(SetParameter("detection.threshold", 0.6), ticket=1)])
    reader = open_read_only(tmp_path / "ledger.db")
    try:
        assert [(row.step, row.new) for _, row in reader.commands()] == [(1, "0.6")]
    finally:
        reader.close()
