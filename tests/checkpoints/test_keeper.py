"""When checkpoints are taken, and that writing them neither holds up nor ends a run."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from laboratory import advance, loaded, opened

from sim.checkpoint import file, keeper
from sim.checkpoint.shelf import Shelf
from sim.commands import Order, SetParameter, Step
from sim.engine.engine import Engine
from sim.engine.resuming import resume_run
from sim.errors import LedgerError
from sim.run.run import Run
from sim.snapshot import RunState

Patch = pytest.MonkeyPatch


@pytest.fixture
def experiment(tmp_path: Path) -> Iterator[Run]:
    with opened({"simulation.checkpoint_interval": 3}, file=tmp_path / "ledger.db") as opening:
        opening.keep_checkpoints(tmp_path / "checkpoints")
        yield opening


def kept(folder: Path) -> list[str]:
    return [path.name for path in Shelf(folder / "checkpoints").files()]


def written(experiment: Run, steps: int) -> None:
    """Do some steps, each with its checkpoint on the disk."""
    assert experiment.keeper is not None
    for _ in range(steps):
        advance(experiment, 1)
        experiment.keeper.wait()


def test_one_in_so_many_steps_and_one_at_the_end(experiment: Run, tmp_path: Path) -> None:
    written(experiment, 2)
    assert kept(tmp_path) == []
    written(experiment, 5)
    assert kept(tmp_path) == ["step-6.npz", "step-3.npz"]
    experiment.close()
    assert kept(tmp_path) == ["step-7.npz", "step-6.npz"]


def test_the_interval_is_live_and_zero_leaves_only_the_end(experiment: Run, tmp_path: Path) -> None:
    experiment.advance([Order(SetParameter("simulation.checkpoint_interval", 0))])
    written(experiment, 5)
    assert kept(tmp_path) == []
    experiment.advance([Order(SetParameter("simulation.checkpoint_interval", 4))])
    written(experiment, 2)
    assert kept(tmp_path) == ["step-8.npz"]
    experiment.close()
    assert kept(tmp_path) == ["step-9.npz", "step-8.npz"]


def test_one_is_due_after_half_a_minute_too(
    experiment: Run, tmp_path: Path, monkeypatch: Patch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(keeper.time, "monotonic", lambda: now + 29.0)
    written(experiment, 1)
    assert kept(tmp_path) == []
    monkeypatch.setattr(keeper.time, "monotonic", lambda: now + 31.0)
    written(experiment, 1)
    assert kept(tmp_path) == ["step-2.npz"]


def test_one_on_demand_only_between_two_steps(experiment: Run, tmp_path: Path) -> None:
    assert experiment.keeper is not None
    assert not experiment.checkpoint()  # nothing has been done
    advance(experiment, 1)
    assert experiment.checkpoint() and experiment.checkpoint()
    experiment.keeper.wait()
    assert kept(tmp_path) == ["step-1.npz"]
    experiment.simulation.begin()
    assert not experiment.checkpoint()


def test_without_a_folder_there_is_none(tmp_path: Path) -> None:
    with opened(file=tmp_path / "ledger.db") as experiment:
        advance(experiment, 2)
        assert not experiment.checkpoint()
    assert not (tmp_path / "checkpoints").exists()


def test_a_full_disk_is_counted_and_the_run_goes_on(
    experiment: Run, tmp_path: Path, monkeypatch: Patch
) -> None:
    written(experiment, 3)
    with monkeypatch.context() as patch:

        def full(handle: int) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(file.os, "fsync", full)
        written(experiment, 5)
        (error,) = experiment.simulation.errors.view()
        assert (error.kind, error.count, error.last_step) == ("checkpoint.write", 1, 6)
        assert error.message == "no checkpoint of step 6: No space left on device"
        assert kept(tmp_path) == ["step-3.npz"]
    written(experiment, 1)
    assert kept(tmp_path) == ["step-9.npz", "step-3.npz"]


def test_whatever_goes_wrong_while_writing_nobody_waits_for_ever(
    experiment: Run, tmp_path: Path, monkeypatch: Patch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Shelf, "put", lambda *_: 1 // 0)
        written(experiment, 4)
    assert experiment.simulation.errors.view()[0].message.startswith("no checkpoint of step 3: ")
    written(experiment, 2)
    assert kept(tmp_path) == ["step-6.npz"]


def test_a_folder_that_cannot_be_made_is_counted(experiment: Run, tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("in the way")
    written(experiment, 4)
    (error,) = experiment.simulation.errors.view()
    assert error.kind == "checkpoint.write" and "step 3" in error.message


def test_steps_do_not_wait_for_a_slow_disk(
    experiment: Run, tmp_path: Path, monkeypatch: Patch
) -> None:
    go_on, fsync = threading.Event(), os.fsync

    def slow(handle: int) -> None:
        assert go_on.wait(20)
        fsync(handle)

    monkeypatch.setattr(file.os, "fsync", slow)
    advance(experiment, 14)
    assert experiment.simulation.now == 14 and kept(tmp_path) == []
    assert experiment.keeper is not None
    go_on.set()
    experiment.keeper.wait()
    # That of step 3 was being written; 6 and 9 were overtaken.
    assert kept(tmp_path) == ["step-12.npz", "step-3.npz"]


def test_what_is_written_is_the_step_and_not_what_followed(experiment: Run) -> None:
    advance(experiment, 5)
    early = experiment.take_checkpoint()
    before = {name: array.tobytes() for name, array in early.state.items()}
    advance(experiment, 5)
    assert {name: array.tobytes() for name, array in early.state.items()} == before


def test_taking_one_changes_nothing(tmp_path: Path) -> None:
    heads = []
    for interval in (0, 1):
        with opened({"simulation.checkpoint_interval": interval}) as experiment:
            experiment.keep_checkpoints(tmp_path / f"every-{interval}")
            advance(experiment, 12)
            heads.append(experiment.ledger.head_hex)
    assert heads[0] == heads[1]


# -- in an engine ----------------------------------------------------------------------------------


def test_an_engine_that_is_closed_leaves_one(tmp_path: Path) -> None:
    engine = Engine(loaded(), tmp_path / "run", paused=True)
    engine.start()
    engine.submit(Step(4))
    until = time.monotonic() + 20
    while engine.snapshot.step < 4:
        assert time.monotonic() < until
        time.sleep(0.005)
    assert engine.close(20)
    assert kept(tmp_path / "run") == ["step-4.npz"]


def test_what_goes_wrong_at_the_very_end_is_seen(tmp_path: Path) -> None:
    engine = Engine(loaded(), tmp_path / "run", paused=True)
    engine.open()
    engine.run(2)
    (tmp_path / "run" / "checkpoints").write_text("in the way")
    assert engine.close()
    assert [error.kind for error in engine.snapshot.errors] == ["checkpoint.write"]


def test_a_fault_leaves_one_at_once(tmp_path: Path, monkeypatch: Patch) -> None:
    engine = Engine(loaded(), tmp_path / "run", paused=True)
    engine.open()
    engine.run(3)
    assert engine._run is not None

    def unreadable(seq: int) -> Any:
        raise LedgerError("disk I/O error")

    monkeypatch.setattr(engine._run.reader, "signatures_after", unreadable)
    engine.start()
    engine.submit(Step(1))
    until = time.monotonic() + 20
    while engine.snapshot.state is not RunState.FAULT or not kept(tmp_path / "run"):
        assert time.monotonic() < until, engine.snapshot.state
        time.sleep(0.005)
    assert kept(tmp_path / "run") == ["step-3.npz"]
    assert engine.close(20)


def test_a_request_to_stop_lets_a_short_step_end(tmp_path: Path) -> None:
    """The request comes in the middle of a step: it is completed, and nothing is lost."""
    engine = Engine(loaded(), tmp_path / "run", paused=True)
    engine.open()
    assert engine._run is not None
    asked: list[int] = []
    simulation = engine._run.simulation
    stop = simulation.calls.cancelled

    def in_the_third_step() -> bool:
        if simulation.now == 3 and not asked:
            asked.append(3)
            engine.request_stop()
        return stop()

    simulation.calls.cancelled = in_the_third_step
    engine.run(9)
    assert engine.summary()["steps"] == 3
    assert engine.close()
    told: list[int] = []
    again = resume_run(tmp_path / "run", told.append)
    assert told == [] and again.snapshot.step == 3
    assert again.close()
