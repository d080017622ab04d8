"""An order from its giver to the journal: held, withdrawn, unchanged, applied; what undo means."""

from __future__ import annotations

import time

from laboratory import SCAN
from waiting import PATIENCE, MakeEngine, wait_for

from sim.commands import (
    InjectFault,
    Inspect,
    Order,
    Pause,
    Resume,
    SetParameter,
    Step,
    Undo,
    Withdraw,
)
from sim.ledger.reader import open_read_only
from sim.picture.painter import Painter
from sim.snapshot import RunState, UndoStep

RAISE = SetParameter("detection.threshold", 0.7)


def test_what_waits_is_shown_whole_and_can_be_withdrawn(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.start()
    first, second = engine.submit(RAISE), engine.submit(SCAN)
    shot = wait_for(engine, lambda s: len(s.pending) == 2)
    waiting = [(order.command, order.ticket) for order in shot.pending]
    assert waiting == [(RAISE, first), (SCAN, second)]
    assert shot.undo is not None and shot.undo.ticket == second
    engine.submit(Withdraw(second))
    shot = wait_for(engine, lambda s: len(s.pending) == 1)
    assert shot.undo == UndoStep("detection.threshold → 0.7", "detection.threshold", first)
    assert [(e.ticket, e.fate, e.seq) for e in shot.journal] == [(second, "withdrawn", -1)]
    engine.submit(Step())
    shot = wait_for(engine, lambda s: s.step == 1)
    assert shot.attacks == ()
    assert shot.undo == UndoStep("detection.threshold 0.6 → 0.7", "detection.threshold")
    engine.submit(Withdraw(first))  # too late: nothing happens
    engine.submit(Step())
    shot = wait_for(engine, lambda s: s.step == 2)
    assert shot.parameters["detection.threshold"] == 0.7
    assert engine.close(PATIENCE)
    reader = open_read_only(engine.run_directory.ledger_file)
    assert [row.kind for _, row in reader.commands()] == ["set_parameter"]
    reader.close()


def test_what_is_so_already_is_said_and_not_recorded(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.start()
    engine.submit(RAISE)
    ticket = engine.submit(RAISE)  # by then it is so
    engine.submit(Step())
    shot = wait_for(engine, lambda s: s.step == 1)
    again, done = shot.journal
    assert (done.fate, done.new) == ("applied", "0.7")
    assert (again.ticket, again.fate, again.seq) == (ticket, "unchanged", -1)
    assert again.reason == "already 0.7"
    engine.submit(Undo())
    engine.submit(Step())
    shot = wait_for(engine, lambda s: s.step == 2)
    assert shot.parameters["detection.threshold"] == 0.6
    assert shot.undo is None


def test_a_paused_run_paints_and_sends_nothing(make_engine: MakeEngine, monkeypatch) -> None:
    painted = []
    paint = Painter.paint
    monkeypatch.setattr(Painter, "paint", lambda s, base: painted.append(1) or paint(s, base))
    monkeypatch.setattr("sim.resources.watch.INTERVAL", 0.01)
    engine = make_engine({"monitoring.health": True})
    engine.start()
    engine.submit(Step(3))
    wait_for(engine, lambda s: s.step == 3)
    time.sleep(0.2)  # the first look at the machine's health may still be news
    before, count = engine.snapshot, len(painted)
    time.sleep(1.5)
    assert len(painted) == count
    assert engine.snapshot is before


def test_what_did_not_change_is_the_same_object(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.start()
    engine.submit(Step(3))
    before = wait_for(engine, lambda s: s.step == 3 and not s.pending)
    engine.submit(RAISE)
    after = wait_for(engine, lambda s: bool(s.pending))
    assert after.generation > before.generation
    same = [n for n in type(before).__slots__ if getattr(before, n) is getattr(after, n)]
    changed = {"generation", "pending", "undo"}
    # What is measured at the moment of painting may change with every picture.
    assert {*type(before).__slots__} - {*same} - {"performance", "metrics"} <= changed


def test_a_look_from_near_is_one_viewers_own(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.start()
    engine.submit(Step(3))
    wait_for(engine, lambda s: s.step == 3)
    engine.take(Order(Inspect(agent=5), ticket=(7 << 32) + 1))
    deadline = time.monotonic() + PATIENCE
    while engine.seen_by(7).view.agent is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    theirs, ours = engine.seen_by(7), engine.snapshot
    assert theirs.view.agent is not None and theirs.view.agent.id == 5
    assert ours.view.agent is None
    assert theirs.grid is ours.grid


def test_a_pause_during_a_fault_holds_when_it_is_over(make_engine: MakeEngine) -> None:
    """The step that the fault held up is written and shown; none comes after it."""
    engine = make_engine(paused=False)
    engine.start()
    wait_for(engine, lambda s: s.step >= 2)
    engine.submit(InjectFault("disk_full", duration=2))
    fault = wait_for(engine, lambda s: s.state is RunState.FAULT)
    engine.submit(Pause())
    shot = wait_for(engine, lambda s: s.state is RunState.PAUSED)
    assert shot.step == fault.step + 1
    time.sleep(0.1)
    assert engine.snapshot.step == shot.step
    assert engine.close(PATIENCE)
    reader = open_read_only(engine.run_directory.ledger_file)
    assert max(step for step, _ in reader.heads()) == shot.step
    reader.close()


def test_a_step_that_only_closing_could_write_is_shown(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.start()
    engine.submit(InjectFault("disk_full", duration=1))
    engine.submit(Step())
    shot = wait_for(engine, lambda s: s.state is RunState.FAULT)
    assert shot.step == 0
    assert engine.close(PATIENCE)
    reader = open_read_only(engine.run_directory.ledger_file)
    recorded = max((step for step, _ in reader.heads()), default=0)
    reader.close()
    assert engine.snapshot.step == recorded == 1


def test_pace_is_not_averaged_over_a_pause(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.start()
    engine.submit(Step(5))
    shot = wait_for(engine, lambda s: s.step == 5)
    assert shot.performance.steps_per_second is None  # it stands
    time.sleep(0.5)
    engine.submit(Resume())
    shot = wait_for(engine, lambda s: s.step >= 30 and s.state is RunState.RUNNING)
    assert shot.performance.steps_per_second > 5 / 0.5


def test_orders_are_taken_in_the_foreground_too(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.open()
    engine.submit(RAISE)

    def pause_at(step: int) -> None:
        if step == 3:
            engine.submit(Pause())

    engine.run(9, pause_at)
    assert engine.snapshot.step == 3
    assert engine.snapshot.parameters["detection.threshold"] == 0.7
    late = engine.submit(SCAN)
    assert engine.close(PATIENCE)
    assert [(e.ticket, e.fate) for e in engine.snapshot.journal if e.ticket == late] == [
        (late, "rejected")
    ]
