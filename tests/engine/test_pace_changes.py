"""A change of the pace does not wait for a step that is far away."""

from __future__ import annotations

import math
import time

import pytest
from waiting import MakeEngine, wait_for

from sim.commands import InjectAttack, Redo, SetParameter, Step, Undo
from sim.engine.pacing import PACE, Pacer, asked_pace

SLOW = {PACE: 0.002}
"""One step in more than eight minutes."""


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    clock = [100.0]
    monkeypatch.setattr("sim.engine.pacing.time.monotonic", lambda: clock[0])
    return clock


def test_a_faster_pace_counts_from_the_last_step(now: list[float]) -> None:
    pacer = Pacer(paused=False)
    pacer.stepped(100.0, 0.1)
    now[0] = 101.0
    assert not pacer.may_step()
    pacer.hasten(0.5)
    assert not pacer.may_step()
    now[0] = 101.9
    assert not pacer.may_step()
    now[0] = 102.0
    assert pacer.may_step()


def test_full_speed_is_at_once_and_a_slower_pace_delays_nothing(now: list[float]) -> None:
    pacer = Pacer(paused=False)
    pacer.stepped(100.0, 1.0)
    pacer.hasten(0.01)
    pacer.hasten(None)
    now[0] = 101.0
    assert pacer.may_step()
    pacer.stepped(101.0, 0.1)
    pacer.hasten(0)
    assert pacer.may_step()


def test_a_pause_stays_a_pause(now: list[float]) -> None:
    pacer = Pacer(paused=True)
    pacer.hasten(0)
    assert not pacer.may_step()


@pytest.mark.parametrize(
    ("command", "pace"),
    [
        (SetParameter(PACE, 4), 4.0),
        (SetParameter(PACE, "2.5"), 2.5),
        (SetParameter(PACE, 0), 0.0),
        (SetParameter(PACE, -1), None),
        (SetParameter(PACE, math.nan), None),
        (SetParameter(PACE, "fast"), None),
        (SetParameter("detection.threshold", 0.5), None),
        (InjectAttack("ddos"), None),
        (Undo(), 0.0),
        (Redo(), None),
    ],
    ids=str,
)
def test_what_a_command_asks_for(command, pace: float | None) -> None:
    assert asked_pace(command, undo=f"{PACE} 8 → 0.1", redo="fault 1") == pace


def test_the_person_does_not_wait_for_the_next_step(make_engine: MakeEngine) -> None:
    engine = make_engine(SLOW, paused=False)
    engine.start()
    wait_for(engine, lambda s: s.step == 1)
    time.sleep(0.05)
    assert engine.snapshot.step == 1
    engine.submit(SetParameter("detection.threshold", 0.7))
    time.sleep(0.05)
    assert engine.snapshot.step == 1  # what is about something else waits for its step
    engine.submit(SetParameter(PACE, 0))
    shot = wait_for(engine, lambda s: s.step > 3)
    assert shot.parameters[PACE] == 0
    engine.submit(SetParameter(PACE, 0.002))
    slow = wait_for(engine, lambda s: s.parameters[PACE] == 0.002).step
    time.sleep(0.05)
    assert engine.snapshot.step == slow
    engine.submit(Undo())
    wait_for(engine, lambda s: s.step > slow + 2)
    engine.submit(Redo())
    wait_for(engine, lambda s: s.parameters[PACE] == 0.002)


def test_it_is_journaled_as_any_other_command(make_engine: MakeEngine) -> None:
    engine = make_engine(SLOW, paused=True)
    engine.start()
    engine.submit(Step())
    wait_for(engine, lambda s: s.step == 1)
    ticket = engine.submit(SetParameter(PACE, 50))
    engine.submit(Step())
    done = wait_for(engine, lambda s: s.step == 2)
    assert [(e.ticket, e.step, e.new) for e in done.journal] == [(ticket, 2, "50.0")]
