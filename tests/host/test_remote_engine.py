"""An engine in another process does what the one in this process does, and its death is seen."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest
from waiting import PATIENCE, wait_for

from sim.archive.directory import RunDirectory
from sim.commands import VIEWER_BITS, Inspect, Pause, Redo, SetParameter, Step, Stop, Undo
from sim.engine.engine import Engine
from sim.errors import RunDirectoryError
from sim.host.__main__ import NICE
from sim.host.remote import RemoteEngine
from sim.snapshot import RunState

FULL_SPEED = {"simulation.steps_per_second": 0.0}


def process_of(engine: RemoteEngine) -> subprocess.Popen[bytes]:
    return engine._child._process


def steered(engine: RemoteEngine | Engine) -> list[tuple[str, int, bool]]:
    """Kind, number and outcome of the same commands, latest first, and 13 steps in all."""
    engine.submit(Pause())
    engine.start()
    wait_for(engine, lambda s: s.state is RunState.PAUSED)
    engine.submit(SetParameter("consensus.quorum", 0.7))
    engine.submit(Step(6))
    wait_for(engine, lambda s: s.step == 6)
    engine.submit(Undo())
    engine.submit(Redo())
    engine.submit(SetParameter("simulation.seed", 3))
    engine.submit(Step(7))
    shot = wait_for(engine, lambda s: s.step == 13)
    return [(e.kind, e.ticket % (1 << VIEWER_BITS), e.applied) for e in shot.journal]


def test_the_same_steering_gives_the_same_ledger_and_journal(make_remote, make_engine) -> None:
    here, there = make_engine(), make_remote()
    assert here.snapshot.seed == there.snapshot.seed == 1, "known before it is there"
    assert steered(there) == steered(here)
    assert there.snapshot.performance.ledger_head == here.snapshot.performance.ledger_head
    assert [e.text for e in there.snapshot.ledger] == [e.text for e in here.snapshot.ledger]


def test_what_did_not_change_is_the_same_object(make_remote) -> None:
    engine = make_remote()
    engine.submit(Pause())
    engine.start()
    engine.submit(Step(3))
    first = wait_for(engine, lambda s: s.step == 3 and s.state is RunState.PAUSED)
    engine.submit(Inspect(agent=1))
    second = wait_for(engine, lambda s: s.view.agent is not None)
    assert all(a is b for a, b in zip(second.ledger, first.ledger, strict=True))


def test_the_process_stands_back_for_the_screen_but_takes_no_keys(make_remote) -> None:
    engine = make_remote()
    engine.start()
    wait_for(engine, lambda s: s.step > 0)
    pid = process_of(engine).pid
    assert os.getpriority(os.PRIO_PROCESS, pid) == min(os.nice(0) + NICE, 19)
    assert os.getsid(pid) == os.getsid(0), "niceness counts only within a session"
    assert os.getpgid(pid) != os.getpgid(0), "Ctrl-C is for the foreground's group"


def test_nothing_is_written_before_the_start(make_remote, tmp_path) -> None:
    engine = make_remote()
    assert engine.close(PATIENCE)
    assert list(tmp_path.iterdir()) == []
    assert process_of(engine).wait(PATIENCE) == 0


def test_stop_records_everything_and_later_commands_are_refused(make_remote, tmp_path) -> None:
    engine = make_remote(FULL_SPEED)
    engine.start()
    wait_for(engine, lambda s: s.step >= 3)
    engine.submit(Stop())
    stopped = wait_for(engine, lambda s: s.state is RunState.STOPPED)
    assert engine.close(PATIENCE)
    ticket = engine.submit(Undo())
    late = next(e for e in engine.snapshot.journal if e.ticket == ticket)
    assert (late.applied, late.reason) == (False, "the run has ended")
    directory = RunDirectory.open(tmp_path / "remote-0")
    assert not directory.locked().taken
    assert directory.verify().ok
    assert stopped.step >= 3


def test_bad_traffic_is_shown_as_a_failure(make_remote, tmp_path) -> None:
    engine = make_remote({"traffic.path": str(tmp_path / "missing.csv")})
    engine.start()
    failed = wait_for(engine, lambda s: s.state is RunState.FAILED)
    assert "missing.csv" in failed.cause
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_the_death_of_the_process_is_told_and_nothing_recorded_is_lost(
    make_remote, tmp_path, number
) -> None:
    engine = make_remote(FULL_SPEED)
    engine.start()
    seen = wait_for(engine, lambda s: s.step >= 3).step
    process_of(engine).send_signal(number)
    failed = wait_for(engine, lambda s: s.state is RunState.FAILED)
    assert f"signal {int(number)}" in failed.cause
    assert f"decsim-tui resume {tmp_path / 'remote-0'}" in failed.cause
    ticket = engine.submit(Undo())
    assert next(e for e in engine.snapshot.journal if e.ticket == ticket).reason
    assert engine.close(PATIENCE)
    report = RunDirectory.open(tmp_path / "remote-0").verify()
    assert report.ok
    assert seen >= 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_process_ends_the_run_cleanly(
    make_remote, tmp_path, number: signal.Signals
) -> None:
    engine = make_remote(FULL_SPEED)
    engine.start()
    wait_for(engine, lambda s: s.step >= 2)
    process_of(engine).send_signal(number)
    lock = RunDirectory.open(tmp_path / "remote-0").locked()
    wait_for(engine, lambda s: s.state is RunState.STOPPED and not lock.taken)


def test_the_process_ends_when_the_screen_is_gone(make_remote, tmp_path) -> None:
    engine = make_remote(FULL_SPEED)
    engine.start()
    wait_for(engine, lambda s: s.step >= 2)
    engine._line.hang_up()  # what the end of the screen's process does
    assert process_of(engine).wait(PATIENCE) == 0
    deadline = time.monotonic() + PATIENCE
    while RunDirectory.open(tmp_path / "remote-0").locked().taken:
        assert time.monotonic() < deadline
    assert RunDirectory.open(tmp_path / "remote-0").verify().ok


def test_a_recorded_run_goes_on_where_it_stood(make_remote, tmp_path) -> None:
    engine = make_remote()
    step = 0
    engine.submit(Pause())
    engine.start()
    wait_for(engine, lambda s: s.state is RunState.PAUSED)
    engine.submit(Step(5))
    step = wait_for(engine, lambda s: s.step >= 5 and s.state is RunState.PAUSED).step
    assert engine.close(PATIENCE)
    caught_up: list[int] = []
    resumed = RemoteEngine.resumed(tmp_path / "remote-0", "x", caught_up.append)
    try:
        assert resumed.snapshot.step == step
        assert resumed.snapshot.state is RunState.PAUSED
        with pytest.raises(RunDirectoryError, match="in use"):
            RemoteEngine.resumed(tmp_path / "remote-0", "x", caught_up.append)
        resumed.start()
        resumed.submit(Step(1))
        wait_for(resumed, lambda s: s.step == step + 1)
    finally:
        assert resumed.close(PATIENCE)
    assert not RunDirectory.open(tmp_path / "remote-0").locked().taken


def test_what_cannot_be_resumed_is_said_as_in_this_process(tmp_path) -> None:
    with pytest.raises(RunDirectoryError, match="does not exist"):
        RemoteEngine.resumed(tmp_path / "nothing", "", lambda steps: None)
