"""The slot alone: what stands there, when a new picture is due, a ledger that cannot be read."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from sim.engine.pacing import Pacer
from sim.engine.slot import PAINT_INTERVAL, Slot
from sim.errors import LedgerBusyError, LedgerCorruptError, LedgerError
from sim.model.error_log import ErrorLog
from sim.snapshot import EMPTY, RunState, Snapshot

INTERVAL = PAINT_INTERVAL / 10
"""Least time between two pictures for a screen that looks ten times a second, s."""


class Canvas:
    """In place of a painter: paints step 7, or raises what it is told."""

    def __init__(self, _experiment: object) -> None:
        self.error: LedgerError | None = None

    def hold(self) -> None:
        pass

    def paint(self, base: Snapshot) -> Snapshot:
        if self.error is not None:
            raise self.error
        return replace(base, step=7)


class Bench:
    """A slot, its painter, and the experiment that is painted."""

    def __init__(self) -> None:
        self.let_go = 0
        simulation = SimpleNamespace(now=3, errors=ErrorLog())
        ledger = SimpleNamespace(let_go=self._let_go)
        self.errors = simulation.errors
        self.slot = Slot(EMPTY, self._status, Pacer(paused=False), 10.0)
        self.slot.attach(SimpleNamespace(simulation=simulation, ledger=ledger))
        self.canvas = self.slot._painter

    def _let_go(self) -> None:
        self.let_go += 1

    def _status(self, picture: Snapshot) -> Snapshot:
        return replace(picture, state=RunState.RUNNING, errors=self.errors.view())

    def paint(self, error: LedgerError | None = None) -> Snapshot:
        self.canvas.error = error
        self.slot.paint()
        return self.slot.latest


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("sim.engine.slot.time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> Bench:
    monkeypatch.setattr("sim.picture.painter.Painter", Canvas)
    return Bench()


def test_a_picture_is_due_after_the_interval_or_before_a_long_wait(
    bench: Bench, clock: list[float]
) -> None:
    assert bench.slot.due(0.0)
    bench.paint()
    assert not bench.slot.due(0.0)
    assert bench.slot.due(INTERVAL * 1.01)
    clock[0] += INTERVAL * 0.99
    assert not bench.slot.due(0.0)
    clock[0] += INTERVAL * 0.02
    assert bench.slot.due(0.0)


def test_what_is_told_stands_over_what_was_painted(bench: Bench) -> None:
    bench.paint()
    bench.slot.tell(RunState.FAULT, "mending")
    told = bench.slot.latest
    assert (told.step, told.state, told.cause) == (7, RunState.FAULT, "mending")
    bench.slot.update()
    assert (bench.slot.latest.step, bench.slot.latest.state) == (7, RunState.RUNNING)


def test_the_picture_before_an_unreadable_ledger_stands_and_the_error_shows(bench: Bench) -> None:
    bench.paint()
    shown = bench.paint(LedgerBusyError("locked"))
    assert shown.step == 7
    assert [(e.kind, e.count, e.last_step) for e in shown.errors] == [("ledger.read", 1, 3)]
    assert bench.let_go == 0


def test_a_damaged_ledger_is_let_go_once_until_it_can_be_read_again(bench: Bench) -> None:
    for _ in range(3):
        bench.paint(LedgerCorruptError("malformed"))
    assert bench.let_go == 1
    bench.paint()
    bench.paint(LedgerCorruptError("malformed"))
    assert bench.let_go == 2
