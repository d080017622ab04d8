"""What a step may run into, and what is left of it afterwards."""

from __future__ import annotations

import shutil
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from laboratory import SCAN, head_of, loaded, opened_engine
from waiting import PATIENCE, MakeEngine, wait_for

from sim.commands import Resume, SetParameter, Step
from sim.engine.engine import Engine
from sim.engine.resuming import resume_run
from sim.errors import ConfigError, InputError, StepError, TrafficError
from sim.ledger.reader import open_read_only
from sim.ledger.verify import verify
from sim.shard.shard import Shard
from sim.snapshot import RunState, Snapshot

FAST = {"ledger.retry_attempts": 0}


def fail_in(monkeypatch: pytest.MonkeyPatch, method: str, step: int) -> None:
    """Let this phase of this step fail, whoever's it is."""
    whole = getattr(Shard, method)

    def broken(self: Shard, *arguments: Any) -> Any:
        if self.orders.step == step:
            raise ZeroDivisionError("made \x1b[31mup\n")
        return whole(self, *arguments)

    monkeypatch.setattr(Shard, method, broken)


def kinds(snapshot: Snapshot) -> set[str]:
    return {error.kind for error in snapshot.errors}


@pytest.mark.parametrize("phase", ["observe", "detect", "publish", "accept"])
def test_a_failing_phase_fails_the_run_visibly(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    whole = getattr(Shard, phase)
    fail_in(monkeypatch, phase, 7)
    engine = make_engine(timeline=[(6, SCAN)], paused=False)
    engine.start()
    end = wait_for(engine, lambda s: s.state is RunState.FAILED)
    assert "step 7 failed: " in end.cause and "ZeroDivisionError" in end.cause
    assert "seed 1" in end.cause
    assert f"resume {engine.run_directory.path}" in end.cause
    assert "\x1b" not in end.cause and "\n" not in end.cause
    assert "step.failed" in kinds(end)
    assert engine.close(PATIENCE)
    log = engine.run_directory.log_file.read_text()
    assert "Traceback" in log and "ZeroDivisionError" in log
    # Nothing of the step is recorded, and the run goes on from there as if nothing had been.
    report = verify(engine.run_directory.ledger_file)
    assert report.ok
    monkeypatch.setattr(Shard, phase, whole)
    again = resume_run(engine.run_directory.path)
    try:
        assert again.snapshot.step == 6
        again.run(4)
        given = {6: (SCAN,)}
        assert again.summary()["steps"] == 10
        assert again.summary()["ledger"]["head"] != head_of(steps=10, given=given)  # other source
        assert again.summary()["ledger"]["head"] == head_of(
            steps=10, given={}, timeline=[(6, SCAN)]
        )
    finally:
        again.close()


def test_code_that_calls_exit_fails_the_run_as_any_error(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(self: Shard, *arguments: Any) -> Any:
        raise SystemExit(3)

    engine = make_engine()
    engine.start()
    wait_for(engine, lambda s: s.state is RunState.PAUSED)
    monkeypatch.setattr(Shard, "begin", leave)
    engine.submit(Step())
    end = wait_for(engine, lambda s: s.state is RunState.FAILED)
    assert "step 1 failed: SystemExit: 3" in end.cause
    assert engine.close(PATIENCE)


def test_commands_of_a_step_that_failed_are_acknowledged(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_in(monkeypatch, "detect", 1)
    engine = make_engine()
    engine.start()
    ticket = engine.submit(SetParameter("detection.threshold", 0.7))
    engine.submit(Step())
    end = wait_for(engine, lambda s: s.state is RunState.FAILED)
    assert [(e.ticket, e.applied) for e in end.journal] == [(ticket, False)]


def test_a_failure_in_the_foreground_is_logged(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_in(monkeypatch, "detect", 3)
    engine = make_engine()
    engine.open()
    with pytest.raises(StepError, match=r"step 3 failed: .*ZeroDivisionError.*seed 1"):
        engine.run(5)
    assert engine.summary()["steps"] == 2
    assert "ZeroDivisionError" in engine.run_directory.log_file.read_text()


def test_a_failure_before_there_is_a_run_is_explained(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any) -> None:
        raise ArithmeticError("none left")

    monkeypatch.setattr("sim.run.run.make_source", broken)
    engine = make_engine()
    engine.start()
    end = wait_for(engine, lambda s: s.state is RunState.FAILED)
    assert end.cause == "the run could not begin: ArithmeticError: none left"


def test_a_locked_ledger_pauses_the_run_until_it_is_free(make_engine: MakeEngine) -> None:
    engine = make_engine(FAST)
    engine.start()
    engine.submit(Step(3))
    wait_for(engine, lambda s: s.step == 3)
    with closing(apsw.Connection(str(engine.run_directory.ledger_file))) as other:
        other.execute("BEGIN IMMEDIATE")
        ticket = engine.submit(SetParameter("detection.threshold", 0.7))
        engine.submit(Step(2))
        fault = wait_for(engine, lambda s: s.state is RunState.FAULT)
        assert "cannot be written" in fault.cause
        assert fault.step == 3
        assert "ledger.write" in kinds(fault)
        engine.submit(Resume())
        wait_for(engine, lambda s: "still" in s.cause)
        other.execute("ROLLBACK")
    engine.submit(Step())
    done = wait_for(engine, lambda s: s.state is RunState.PAUSED and s.step == 5)
    assert [e.ticket for e in done.journal if e.applied] == [ticket]
    given = {4: (SetParameter("detection.threshold", 0.7),)}
    assert done.performance.ledger_head == head_of(steps=5, given=given)
    assert len(done.performance.step_seconds) == 5


def test_a_fault_at_the_last_step_does_not_lead_beyond_it(make_engine: MakeEngine) -> None:
    engine = make_engine(FAST, steps=3)
    engine.start()
    engine.submit(Step(2))
    wait_for(engine, lambda s: s.step == 2)
    with closing(apsw.Connection(str(engine.run_directory.ledger_file))) as other:
        other.execute("BEGIN IMMEDIATE")
        engine.submit(Resume())
        wait_for(engine, lambda s: s.state is RunState.FAULT)
        other.execute("ROLLBACK")
    engine.submit(Resume())
    end = wait_for(engine, lambda s: s.state is RunState.FINISHED)
    assert (end.step, end.cause) == (3, "done")


def test_a_ledger_that_cannot_be_read_pauses_the_run_before_the_step(
    make_engine: MakeEngine,
) -> None:
    """All reader connections are taken, so the next step cannot poll: no answer is kept."""
    settings = {"ledger.pool_size": 1, "ledger.pool_timeout": 0.05, "ledger.query_cache": 0}
    engine = make_engine(settings)
    engine.start()
    engine.submit(Step(3))
    wait_for(engine, lambda s: s.step == 3)
    assert engine._run is not None
    with engine._run.resources.pool.reader():
        ticket = engine.submit(SetParameter("detection.threshold", 0.7))
        engine.submit(Step())
        fault = wait_for(engine, lambda s: s.state is RunState.FAULT)
        assert "cannot be read" in fault.cause
        assert fault.step == 3
        assert [order.ticket for order in fault.pending] == [ticket]
        assert "ledger.read" in kinds(fault)
    engine.submit(Step())
    done = wait_for(engine, lambda s: s.step == 4 and s.state is RunState.PAUSED)
    given = {4: (SetParameter("detection.threshold", 0.7),)}
    assert done.performance.ledger_head == head_of(steps=4, given=given)
    assert [e.ticket for e in done.journal] == [ticket]


def test_closing_a_run_in_fault_ends(make_engine: MakeEngine) -> None:
    engine = make_engine(FAST)
    engine.start()
    engine.submit(Step())
    wait_for(engine, lambda s: s.step == 1)
    with closing(apsw.Connection(str(engine.run_directory.ledger_file))) as other:
        other.execute("BEGIN IMMEDIATE")
        engine.submit(Step())
        wait_for(engine, lambda s: s.state is RunState.FAULT)
        assert engine.close(PATIENCE)
        other.execute("ROLLBACK")
    reader = open_read_only(engine.run_directory.ledger_file)
    assert [step for step, _ in reader.heads()] == [1]
    reader.close()


def test_an_engine_that_cannot_close_ends_all_the_same(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for its end, as its process does, would wait for ever."""
    raised: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: raised.append(args.exc_value))
    engine = make_engine(FAST)
    engine.start()
    wait_for(engine, lambda s: s.state is RunState.PAUSED)

    def broken() -> None:
        raise OSError("the medium is gone")

    leave = engine._home.leave
    monkeypatch.setattr(engine._home, "leave", broken)
    assert engine.close(PATIENCE)
    assert engine.ended
    leave()
    assert [str(error) for error in raised] == ["the medium is gone"]


def test_a_step_given_up_records_nothing(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request comes in the middle of a step that takes long."""
    monkeypatch.setattr("sim.model.phase_calls.GRACE", 0.0)
    engine = make_engine(timeline=[(4, SCAN)])
    engine.open()
    assert engine._run is not None
    simulation = engine._run.simulation
    asked = []

    def in_the_fourth_step() -> bool:
        if simulation.now == 4:
            asked.append(True)
        return len(asked) > 2

    simulation.calls.cancelled = in_the_fourth_step
    done: list[int] = []
    engine.run(9, done.append)
    assert done == [1, 2, 3]
    assert engine.summary()["steps"] == 3
    assert engine.close()
    report = verify(engine.run_directory.ledger_file)
    assert report.ok
    again = resume_run(engine.run_directory.path)
    try:
        again.run(3)
        assert again.summary()["ledger"]["head"] == head_of(steps=6, given={}, timeline=[(4, SCAN)])
    finally:
        again.close()


def test_request_stop_ends_a_run_in_the_foreground(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.open()
    engine.run(50, lambda step: engine.request_stop() if step == 4 else None)
    assert engine.summary()["steps"] == 4


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"traffic.path": "/no/such/file.csv"}, TrafficError),
        ({"detection.detector": "sklearn:Nonsense"}, ConfigError),
    ],
    ids=str,
)
def test_bad_input_leaves_nothing_behind(
    tmp_path: Path, settings: dict[str, Any], error: type[InputError]
) -> None:
    folder = tmp_path / "runs" / "one"
    with pytest.raises(error) as refused:
        opened_engine(loaded(settings), folder)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_cannot_be_made_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: Any, **options: Any) -> None:
        raise OSError("no room")

    monkeypatch.setattr("sim.run.run.Ledger.create", full)
    engine = Engine(loaded(), tmp_path / "one")
    with pytest.raises(OSError, match="no room"):
        engine.open()
    assert list(tmp_path.iterdir()) == []
    handles = Path("/proc/self/fd")
    if handles.is_dir():
        still = [str(handle.readlink()) for handle in handles.iterdir() if handle.is_symlink()]
        assert not [name for name in still if name.startswith(str(tmp_path))]
    assert engine.close()


def test_a_run_directory_that_vanishes_fails_visibly(make_engine: MakeEngine) -> None:
    engine = make_engine(FAST)
    engine.start()
    engine.submit(Step())
    wait_for(engine, lambda s: s.step == 1)
    shutil.rmtree(engine.run_directory.path)
    engine.submit(Step())
    wait_for(engine, lambda s: s.state in (RunState.FAULT, RunState.FAILED))
