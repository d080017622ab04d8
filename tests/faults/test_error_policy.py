"""The error policy, line by line: what goes wrong, what the engine does, what the screen says.

| where  | error                         | test                                          |
|--------|-------------------------------|-----------------------------------------------|
| agent  | any, really raised            | test_agent_errors                             |
| agent  | bad input to validation       | simulation/test_leftovers, checkpoints        |
| agent  | broadcast fails               | test_who_cannot_broadcast_stops_at_once       |
| agent  | model cannot refit            | test_a_failed_refit_is_still_due              |
| agent  | cache inconsistent            | simulation/test_matching, test_faults         |
| ledger | busy, full, read-only         | CASES                                         |
| ledger | lost connection               | CASES                                         |
| ledger | corruption                    | CASES                                         |
| ledger | constraint                    | CASES                                         |
| step   | resource                      | CASES                                         |
| step   | anything else                 | CASES, engine/test_engine_faults              |
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest
from laboratory import FLOOD, SCAN, Given, advance, head_of, opened
from waiting import PATIENCE, MakeEngine, wait_for

from sim.commands import InjectFault, Order, SetParameter, Step, Targets
from sim.engine.engine import Engine
from sim.engine.stepping import Stepper
from sim.errors import ExecutorError, LedgerFullError
from sim.ledger.ballots import unpack_ballots
from sim.ledger.reader import open_read_only
from sim.ledger.retry import Backoff
from sim.ledger.rows import TallyRow
from sim.ledger.verify import verify
from sim.shard.shard import Shard
from sim.snapshot import RunState, Snapshot
from sim.steering.journal import unrecorded

Patch = pytest.MonkeyPatch
SOME = (2, 5, 11)

RAISED = SetParameter("detection.threshold", 0.9)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: Patch) -> None:
    monkeypatch.setattr(
        "sim.engine.patience.PATIENCE", Backoff(None, 0.01, growth=1.0, longest_s=60.0)
    )
    monkeypatch.setattr("sim.engine.pacing.IDLE_WAIT", 0.01)


@dataclass(frozen=True)
class Case:
    """Something that goes wrong in step 6."""

    strike: Callable[[Patch, Engine], None]
    state: RunState
    """Where the run is in the end."""
    kind: str
    """The error that is counted."""
    says: str
    """Part of the cause, or of a notice where the run has survived."""


def in_commit(error: Exception, times: int) -> Callable[[Patch, Engine], None]:
    """So many attempts to write fail."""

    def strike(patch: Patch, engine: Engine) -> None:
        left = [times]

        def attempt() -> None:
            if left[0]:
                left[0] -= 1
                raise error

        assert engine._run is not None
        ledger = engine._run.ledger
        write = ledger._write

        def broken(*arguments: Any) -> None:
            if engine._run is not None and engine._run.simulation.now == 6:
                attempt()
            write(*arguments)

        patch.setattr(ledger, "_write", broken)

    return strike


def in_phase(error: Exception, times: int) -> Callable[[Patch, Engine], None]:
    """A shard fails in the middle of a step, so often."""

    def strike(patch: Patch, engine: Engine) -> None:
        whole, left = Shard.learn, [times]

        def broken(self: Shard, *arguments: Any) -> None:
            if self.orders.step == 6 and left[0]:
                left[0] -= 1
                raise error
            whole(self, *arguments)

        patch.setattr(Shard, "learn", broken)

    return strike


def damaged(patch: Patch, engine: Engine) -> None:
    """Somebody writes into the file behind the back of the run."""
    experiment = engine._run
    assert experiment is not None
    experiment.resources.pool.let_go()
    experiment.ledger.let_go(keep_wal=False)
    path = experiment.ledger.path
    data = bytearray(path.read_bytes())
    data[4096 : 4096 * 6 : 7] = bytes(len(data[4096 : 4096 * 6 : 7]))
    path.write_bytes(data)


CASES: dict[str, Case] = {
    "locked for a moment": Case(in_commit(apsw.BusyError("locked"), 3), RunState.FINISHED, "", ""),
    "locked for longer": Case(
        in_commit(apsw.BusyError("locked"), 30), RunState.FINISHED, "ledger.write", "by itself"
    ),
    "disk full": Case(
        in_commit(apsw.FullError("full"), 4), RunState.FINISHED, "ledger.write", "by itself"
    ),
    "read-only": Case(
        in_commit(apsw.ReadOnlyError("read-only"), 4), RunState.FINISHED, "ledger.write", "itself"
    ),
    "connection lost": Case(
        in_commit(apsw.ConnectionClosedError("closed"), 2), RunState.FINISHED, "", ""
    ),
    "disk failing": Case(
        in_commit(apsw.IOError("disk I/O error"), 30), RunState.FINISHED, "ledger.write", "itself"
    ),
    "corrupt": Case(damaged, RunState.FINISHED, "ledger.corrupt", "is whole again"),
    "corrupt when it is written": Case(
        in_commit(apsw.CorruptError("malformed"), 1), RunState.FINISHED, "ledger.corrupt", "whole"
    ),
    "constraint": Case(
        in_commit(apsw.ConstraintError("CHECK"), 10**9), RunState.FAULT, "ledger.write", "CHECK"
    ),
    "out of memory": Case(
        in_phase(MemoryError("none left"), 1), RunState.FINISHED, "step.resource", "memory is short"
    ),
    "no handles": Case(
        in_phase(OSError(errno.EMFILE, "Too many open files"), 1),
        RunState.FINISHED,
        "step.resource",
        "Too many open files",
    ),
    "workers gone": Case(
        in_phase(ExecutorError("gone"), 1), RunState.FINISHED, "step.resource", "caches shrunk"
    ),
    "out of memory again": Case(
        in_phase(MemoryError("none left"), 2), RunState.FAILED, "step.failed", "resume"
    ),
    "anything else": Case(
        in_phase(ZeroDivisionError("made up"), 1), RunState.FAILED, "step.failed", "seed 1"
    ),
}


def stepper_of(engine: Engine) -> Stepper:
    assert engine._driver is not None
    return engine._driver.stepper


def said(snapshot: Snapshot) -> str:
    return " | ".join([snapshot.cause, *snapshot.notices])


@pytest.mark.parametrize("name", CASES)
def test_what_becomes_of_it(make_engine: MakeEngine, monkeypatch: Patch, name: str) -> None:
    case = CASES[name]
    engine = make_engine({"ledger.retry_attempts": 4}, [(3, SCAN)], steps=12)
    monkeypatch.setattr("sim.ledger.retry.MAX_PAUSE_S", 0.001)
    engine.start()
    engine.submit(Step(5))
    wait_for(engine, lambda s: s.step == 5 and s.state is RunState.PAUSED)
    case.strike(monkeypatch, engine)
    ticket = engine.submit(SetParameter("detection.threshold", 0.7))
    engine.submit(Step(7))
    end = wait_for(engine, lambda s: s.state in (case.state, RunState.FAILED))
    assert end.state is case.state, end.cause
    counted = {error.kind: error for error in end.errors}
    if case.kind:
        assert counted[case.kind].first_step in (5, 6)
    assert case.says in said(end)
    if case.state is RunState.FINISHED:
        given: Given = {6: (SetParameter("detection.threshold", 0.7),)}
        wanted = head_of(steps=12, given=given, timeline=[(3, SCAN)])
        assert end.performance.ledger_head == wanted
        assert [entry.applied for entry in end.journal if entry.ticket == ticket] == [True]
        assert stepper_of(engine).steps == 12, "each recorded step is counted, a late one too"
    else:
        assert end.step == 5  # the step is not half recorded
        assert stepper_of(engine).steps == 5
    assert engine.close(PATIENCE)
    assert verify(engine.run_directory.ledger_file).ok


def test_a_disk_that_stays_full_ends_a_run_without_a_screen(
    make_engine: MakeEngine, monkeypatch: Patch
) -> None:
    monkeypatch.setattr("sim.engine.policy.TRIES", 3)
    engine = make_engine()
    engine.open()
    engine.run(5)
    in_commit(apsw.FullError("full"), 10**9)(monkeypatch, engine)
    with pytest.raises(Exception, match="full"):
        engine.run(5)
    assert engine.summary()["steps"] == 5
    assert engine.summary()["errors"] == {"ledger.held": 3, "ledger.write": 1}


def test_a_step_that_was_late_without_a_screen_is_counted(
    make_engine: MakeEngine, monkeypatch: Patch
) -> None:
    engine = make_engine()
    engine.open()
    engine.run(5)
    in_commit(apsw.FullError("full"), 2)(monkeypatch, engine)
    engine.run(5)
    assert stepper_of(engine).steps == 10
    assert engine.summary()["steps"] == 10


def test_a_run_that_waits_in_a_fault_has_a_checkpoint(
    make_engine: MakeEngine, monkeypatch: Patch
) -> None:
    """Somebody may end it there, and resume it on another day."""
    engine = make_engine({"simulation.checkpoint_interval": 0})
    engine.start()
    engine.submit(Step(5))
    wait_for(engine, lambda s: s.step == 5 and s.state is RunState.PAUSED)
    folder = engine.run_directory.checkpoints
    assert not any(folder.glob("*"))
    experiment = engine._run
    assert experiment is not None

    def unreadable(*arguments: Any) -> None:
        raise LedgerFullError("no room")

    monkeypatch.setattr(experiment, "advance", unreadable)
    engine.submit(Step())
    wait_for(engine, lambda s: s.state is RunState.FAULT)
    deadline = time.monotonic() + PATIENCE
    while not any(folder.glob("*")):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_who_ends_a_run_that_waits_for_room_interrupts_it(
    make_engine: MakeEngine, monkeypatch: Patch
) -> None:
    """That is no failure: the step is written at the end if there is room then."""
    engine = make_engine()
    engine.open()
    engine.run(5)
    in_commit(apsw.FullError("full"), 1)(monkeypatch, engine)
    monkeypatch.setattr(
        "sim.engine.patience.PATIENCE", Backoff(None, 60.0, growth=1.0, longest_s=60.0)
    )
    threading.Timer(0.2, engine.request_stop).start()
    engine.run(5)
    assert engine.summary()["steps"] == 5
    assert engine.close()
    with closing(open_read_only(engine.run_directory.ledger_file)) as reader:
        assert [step for step, _ in reader.heads()] == [1, 2, 3, 4, 5, 6]


def test_who_cannot_broadcast_stops_at_once() -> None:
    """No vote in the step in which its broadcast failed, and it counts as stopped."""
    fault = InjectFault("broadcast_failure", Targets(agents=SOME), duration=4)
    with opened() as experiment:
        advance(experiment, 6, {6: (SCAN,)})
        advance(experiment, 1, {7: (FLOOD, fault)})
        muted = np.flatnonzero(experiment.simulation.stopped).tolist()
        assert muted
        assert set(muted) <= set(SOME)
        voters = {
            voter
            for _, row in experiment.reader.rows(TallyRow)
            if row.step == 7
            for voter in unpack_ballots(row.ballots)["voter"].tolist()
        }
        assert voters
        assert not voters & set(muted)


def test_a_failed_refit_is_still_due() -> None:
    with opened() as experiment:
        advance(experiment, 4)
        (shard,) = experiment.simulation.shards[:1]
        rows = np.array([0, 1])
        shard.models.lost[rows] = 40
        broken = np.array([True, False])
        key, failed = np.array([1, 2], dtype=np.uint64), list[tuple[int, Exception]]()
        shard.models.refit(rows, broken, shard.windows, 5, key, lambda *told: failed.append(told))
        assert failed == []
        assert shard.models.lost[rows].tolist() == [40, 0]


def test_a_command_after_the_end_is_refused(make_engine: MakeEngine) -> None:
    engine = make_engine(steps=2, paused=False)
    engine.start()
    wait_for(engine, lambda s: s.state is RunState.FINISHED)
    assert engine.close(PATIENCE)
    ticket = engine.submit(SetParameter("detection.threshold", 0.7))
    entry = next(e for e in engine.snapshot.journal if e.ticket == ticket)
    assert (entry.applied, entry.reason) == (False, "the run has ended")


def test_what_is_lost_for_good_is_said(make_engine: MakeEngine, monkeypatch: Patch) -> None:
    """The end of the ledger is damaged, and computing it again gives something else."""
    engine = make_engine()
    engine.start()
    engine.submit(Step(12))
    wait_for(engine, lambda s: s.step == 12)
    experiment = engine._run
    assert experiment is not None
    damaged(monkeypatch, engine)
    experiment.ledger.recent.clear()
    experiment.journal.append(unrecorded(Order(RAISED), 3, "applied", ""))
    engine.submit(Step())
    end = wait_for(engine, lambda s: s.state is RunState.FAILED)
    assert "the damaged ledger is kept beside it" in end.cause
    assert engine.close(PATIENCE)
    folder = engine.run_directory.path
    assert (folder / "ledger.db.corrupt-1").exists()
    assert '"lost_steps"' in (folder / "salvage-1.json").read_text()
    assert verify(folder / "ledger.db").ok


def test_sqlite_keeps_its_locks_while_a_reader_is_opened(tmp_path: Path) -> None:
    """Closing any handle of the file would give them back, and others could take the WAL away."""
    with opened(file=tmp_path / "ledger.db") as experiment:
        advance(experiment, 2)
        experiment.resources.pool.let_go()
        opened_before = []
        original = Path.open

        def watched(self: Path, *arguments: Any, **options: Any) -> Any:
            if self.name == "ledger.db":
                opened_before.append(self)
            return original(self, *arguments, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "open", watched)
            advance(experiment, 2)
            with closing(open_read_only(tmp_path / "ledger.db")) as reader:
                assert reader.length() == experiment.ledger.length
            assert verify(tmp_path / "ledger.db").ok
        assert opened_before == []


def test_a_ledger_that_lost_its_last_steps_gets_them_back(tmp_path: Path) -> None:
    """The WAL is cut behind the back of the run, as if a power cut had taken it."""
    from sim.run.mending import mend

    with opened(file=tmp_path / "ledger.db") as experiment:
        advance(experiment, 8)
        experiment.resources.pool.let_go()
        experiment.ledger.let_go(suspect=False)
        wal = tmp_path / "ledger.db-wal"
        os.truncate(wal, wal.stat().st_size // 2)
        with pytest.raises(Exception, match="the last written is row"):
            advance(experiment, 1)
        assert "put back from memory" in mend(experiment).text
        experiment.commit()
        advance(experiment, 2)
        assert experiment.ledger.head_hex == head_of(steps=11, given={})
