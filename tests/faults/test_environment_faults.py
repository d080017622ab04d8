"""Injected faults of ledger, disk, workers and memory: what each moves, moves, and returns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from laboratory import EVENTFUL, Given, advance, head_of, opened
from waiting import PATIENCE, MakeEngine, wait_for

from sim.commands import (
    EnvironmentFault,
    InjectFault,
    Resume,
    SetParameter,
    Step,
    Targets,
    Undo,
    from_payload,
    to_payload,
)
from sim.config.parameters import Value
from sim.engine.engine import Engine
from sim.engine.resuming import resume_run
from sim.errors import (
    CommandRejectedError,
    LedgerBusyError,
    LedgerError,
    LedgerFullError,
    StepCancelledError,
)
from sim.ledger.damage import overwrite_page
from sim.ledger.retry import Backoff
from sim.ledger.verify import verify
from sim.picture.painter import Painter
from sim.resources import environment_faults as faults
from sim.run.mending import mend
from sim.run.replay import replay_run
from sim.run.run import Run
from sim.snapshot import EMPTY, RunState, Snapshot

THREADS: dict[str, Value] = {"simulation.executor": "threads", "simulation.workers": 2}
KINDS: tuple[EnvironmentFault, ...] = (
    "ledger_locked",
    "slow_disk",
    "disk_full",
    "corrupt_page",
    "worker_lost",
    "memory_pressure",
)


@pytest.fixture(autouse=True)
def _small_ballast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less of everything, so that the suite stays quick."""
    monkeypatch.setattr(faults, "BALLAST", 2**20)
    monkeypatch.setattr(
        "sim.engine.patience.PATIENCE", Backoff(None, 0.01, growth=1.0, longest_s=60.0)
    )
    monkeypatch.setattr("sim.engine.pacing.IDLE_WAIT", 0.01)


def fault(kind: EnvironmentFault, duration: int = 3) -> InjectFault:
    return InjectFault(kind, duration=duration)


def shown(experiment: Run) -> list[tuple[str, str]]:
    picture = Painter(experiment).paint(EMPTY)
    return [(f.kind, f.text) for f in picture.faults]


def errors(snapshot: Snapshot) -> dict[str, int]:
    return {error.kind: error.count for error in snapshot.errors}


# The commands.


@pytest.mark.parametrize("kind", KINDS)
def test_they_need_no_targets_and_go_through_the_journal(kind: EnvironmentFault) -> None:
    command = fault(kind)
    assert command.targets is None
    assert to_payload(command) == {"kind": kind, "duration": 3}
    assert from_payload("inject_fault", {"kind": kind, "duration": 3}) == command
    given = {"kind": kind, "duration": 3, "targets": {"fraction": 0.5}}
    assert from_payload("inject_fault", given) == command


def test_a_fault_of_agents_needs_targets() -> None:
    with pytest.raises(CommandRejectedError, match="agent_crash strikes agents: give targets"):
        from_payload("inject_fault", {"kind": "agent_crash", "targets": None})
    with pytest.raises(ValueError, match="give targets"):
        InjectFault("agent_crash", targets=None)
    assert InjectFault("agent_crash").targets == Targets(fraction=0.1)


# What comes out stays.


@pytest.mark.parametrize("settings", [{}, THREADS], ids=["sequential", "threads"])
@pytest.mark.parametrize("kind", KINDS)
def test_none_changes_a_result(
    tmp_path: Path, kind: EnvironmentFault, settings: dict[str, Value]
) -> None:
    """The same commands without and with a disk under them that misbehaves: one head."""
    given: Given = {**EVENTFUL, 8: (fault(kind),)}
    spared = head_of(settings, given=given)
    with opened(settings, file=tmp_path / "ledger.db") as experiment:
        for _ in range(16):
            step_over(experiment, given)
        assert experiment.ledger.head_hex == spared
    assert verify(tmp_path / "ledger.db").ok


def step_over(experiment: Run, given: Given | None = None) -> None:
    """One step, mended and tried until it is recorded."""
    from sim.engine.recovery import Recovery

    recovery = Recovery(experiment, lambda text: None)
    start = experiment.committed
    while experiment.committed == start:
        try:
            experiment.commit() if experiment.uncommitted else advance(experiment, 1, given)
        except LedgerError as error:
            recovery.cure(error)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_with_it_replays_and_resumes(make_engine: MakeEngine, kind: EnvironmentFault) -> None:
    engine: Engine = make_engine(timeline=[(4, fault(kind)), (9, fault("slow_disk", 2))])
    engine.open()
    engine.run(9)
    engine.close()
    folder = engine.run_directory.path
    report = replay_run(folder)
    assert (report.ok, report.steps) == (True, 9)
    again = resume_run(folder)
    try:
        again.run(2)
        assert again.summary()["steps"] == 11
    finally:
        again.close()
    assert replay_run(folder).ok


# Each fault moves its metric, and the metric returns.


def test_a_locked_ledger_is_waited_for(tmp_path: Path) -> None:
    with opened(file=tmp_path / "ledger.db") as experiment:
        advance(experiment, 3)
        assert experiment.ledger.retries == 0
        advance(experiment, 1, {4: (fault("ledger_locked", 3),)})
        assert experiment.ledger.retries == 3
        assert shown(experiment) == [("ledger_locked", "over: writing works again")]
        advance(experiment, 2)
        assert shown(experiment) == []
        assert experiment.ledger.retries == 3


def test_a_ledger_locked_for_longer_than_the_patience_holds_the_step(tmp_path: Path) -> None:
    settings: dict[str, Value] = {"ledger.retry_attempts": 1}
    with opened(settings, file=tmp_path / "ledger.db") as experiment:
        advance(experiment, 3)
        with pytest.raises(LedgerBusyError, match="database is locked"):
            advance(experiment, 1, {4: (fault("ledger_locked", 5),)})
        assert experiment.uncommitted
        assert shown(experiment) == [("ledger_locked", "3 attempts to write will fail")]
        with pytest.raises(LedgerBusyError):
            experiment.commit()
        experiment.commit()
        assert experiment.committed == 4


def test_a_full_disk_holds_the_step_and_nothing_is_lost(tmp_path: Path) -> None:
    with opened(file=tmp_path / "ledger.db") as experiment:
        advance(experiment, 3)
        length = experiment.ledger.length
        with pytest.raises(LedgerFullError, match="disk is full"):
            advance(experiment, 1, {4: (fault("disk_full", 3),)})
        for _ in range(2):
            with pytest.raises(LedgerFullError, match="disk is full"):
                experiment.commit()
            assert experiment.ledger.length == length
            assert verify(tmp_path / "ledger.db").rows == length
        experiment.commit()
        assert experiment.ledger.length > length
        advance(experiment, 2)
        assert head_of(steps=6, given={4: (fault("disk_full", 3),)}) == experiment.ledger.head_hex


def test_a_slow_disk_slows_the_steps_and_no_longer_than_it_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("sim.resources.environment_faults.time.sleep", waited.append)
    with opened(file=tmp_path / "ledger.db") as experiment:
        found, texts = [], []
        for _ in range(8):
            advance(experiment, 1, {4: (fault("slow_disk", 3),)})
            texts.append(len(shown(experiment)))
            found.append(sum(waited))
            waited.clear()
    assert [seconds > 0.01 for seconds in found] == [False] * 3 + [True] * 3 + [False] * 2
    assert texts == [0, 0, 0, 1, 1, 1, 0, 0]


def test_the_slow_disk_shows_in_the_time_of_a_step(tmp_path: Path) -> None:
    with opened(file=tmp_path / "ledger.db") as experiment:
        recorded = []
        for _ in range(9):
            advance(experiment, 1, {4: (fault("slow_disk", 3),)})
            recorded.append(experiment.simulation.calls.seconds["record"])
    assert min(recorded[3:6]) > 2 * sorted([*recorded[:3], *recorded[6:]])[3]


def test_a_damaged_page_is_found_and_mended(tmp_path: Path) -> None:
    given: Given = {**EVENTFUL, 12: (fault("corrupt_page"),)}
    with opened(file=tmp_path / "ledger.db") as experiment:
        advance(experiment, 11, given)
        step_over(experiment, given)
        simulation = experiment.simulation
        assert simulation.errors.counts()["ledger.corrupt"] == 1
        (notice,) = [n for n in simulation.notices if "damaged" in n]
        assert "rows salvaged" in notice and "ledger.db.corrupt-1" in notice
        advance(experiment, 4)
        assert experiment.ledger.head_hex == head_of(steps=16, given=given)
        assert simulation.errors.counts()["ledger.corrupt"] == 1
    assert not verify(tmp_path / "ledger.db.corrupt-1").ok
    report = json.loads((tmp_path / "salvage-1.json").read_text())
    assert report["moved_to"] == "ledger.db.corrupt-1"
    assert report["problems"]


def test_lost_threads_are_replaced(tmp_path: Path) -> None:
    with opened(THREADS, file=tmp_path / "ledger.db") as experiment:
        advance(experiment, 3)
        advance(experiment, 1, {4: (fault("worker_lost"),)})
        assert experiment.simulation.errors.counts()["executor.worker_lost"] == 1
        assert "others took over" in experiment.simulation.notices[-1]
        advance(experiment, 3)
        assert experiment.simulation.errors.counts()["executor.worker_lost"] == 1


def test_memory_pressure_shrinks_the_caches_and_gives_them_back(tmp_path: Path) -> None:
    with opened(file=tmp_path / "ledger.db") as experiment:
        capacities, ballast = [], []
        for _ in range(7):
            advance(experiment, 1, {3: (fault("memory_pressure", 2),)})
            capacities.append(
                (
                    experiment.simulation.cache_capacity(),
                    experiment.resources.query_cache.statistics().capacity,
                )
            )
            ballast.append(experiment.faults._ballast is not None)
    whole = (2_000_000, 256)
    assert capacities == [whole] * 2 + [(125_000, 16)] * 2 + [whole] * 3
    assert ballast == [False] * 2 + [True] * 2 + [False] * 3


def test_a_fault_taken_back_ends(tmp_path: Path) -> None:
    given: Given = {2: (fault("memory_pressure", 9),), 4: (Undo(),)}
    with opened(file=tmp_path / "ledger.db") as experiment:
        advance(experiment, 3, given)
        assert experiment.simulation.cache_capacity() == 125_000
        advance(experiment, 1, given)
        assert experiment.simulation.cache_capacity() == 2_000_000
        assert shown(experiment) == []


# In the engine.


def test_a_full_disk_pauses_with_the_cause_and_heals_by_itself(make_engine: MakeEngine) -> None:
    engine = make_engine(steps=12)
    engine.start()
    engine.submit(Step(3))
    wait_for(engine, lambda s: s.step == 3)
    seen: list[Snapshot] = []
    engine.submit(fault("disk_full", 6))
    ticket = engine.submit(SetParameter("detection.threshold", 0.7))
    engine.submit(Resume())
    held = wait_for(engine, lambda s: s.state is RunState.FAULT)
    seen.append(held)
    assert "disk is full" in held.cause and "tried again by itself" in held.cause
    assert (held.step, held.faults[0].kind) == (3, "disk_full")
    end = wait_for(engine, lambda s: s.state is RunState.FINISHED)
    assert end.step == 12
    assert errors(end)["ledger.write"] == 6
    assert [e.ticket for e in end.journal if e.applied][:1] == [ticket]
    assert any("over by itself" in notice for notice in end.notices)
    given: Given = {4: (fault("disk_full", 6), SetParameter("detection.threshold", 0.7))}
    assert end.performance.ledger_head == head_of(steps=12, given=given)


def test_a_burst_goes_on_where_the_fault_held_it(make_engine: MakeEngine) -> None:
    engine = make_engine(timeline=[(3, fault("disk_full", 4))])
    engine.start()
    engine.submit(Step(5))
    end = wait_for(engine, lambda s: s.step == 5 and s.state is RunState.PAUSED)
    assert errors(end)["ledger.write"] == 4


def test_a_damaged_page_does_not_stop_a_run(make_engine: MakeEngine) -> None:
    engine = make_engine(timeline=[(6, fault("corrupt_page"))], steps=10, paused=False)
    engine.start()
    end = wait_for(engine, lambda s: s.state in (RunState.FINISHED, RunState.FAULT))
    assert (end.state, end.step) == (RunState.FINISHED, 10)
    assert errors(end)["ledger.corrupt"] == 1
    assert any("is whole again" in notice for notice in end.notices)
    timeline = [(6, fault("corrupt_page"))]
    assert end.performance.ledger_head == head_of(steps=10, given={}, timeline=timeline)


def test_a_worker_cannot_be_lost_where_there_is_none(make_engine: MakeEngine) -> None:
    """Live it is refused; in a scenario it strikes nothing, so that the journal is the same."""
    engine = make_engine(timeline=[(2, fault("worker_lost"))])
    engine.start()
    ticket = engine.submit(fault("worker_lost"))
    engine.submit(Step(3))
    end = wait_for(engine, lambda s: s.step == 3 and s.state is RunState.PAUSED)
    refused = next(e for e in end.journal if e.ticket == ticket)
    assert (refused.applied, refused.seq) == (False, -1)
    assert "sequential" in refused.reason
    assert any("there is no worker to lose" in notice for notice in end.notices)
    timeline = [(2, fault("worker_lost"))]
    assert end.performance.ledger_head == head_of(THREADS, 3, {}, timeline)


def test_closing_while_the_disk_is_full_records_the_step(make_engine: MakeEngine) -> None:
    engine = make_engine(timeline=[(4, fault("disk_full", 100_000))], paused=False)
    engine.start()
    wait_for(engine, lambda s: s.state is RunState.FAULT)
    assert engine.close(PATIENCE)
    assert replay_run(engine.run_directory.path).steps == 4


@pytest.mark.parametrize("steps", [6, 80])
def test_damage_that_is_known_is_mended_before_the_end(make_engine: MakeEngine, steps: int) -> None:
    """Whoever asks for the end in the middle of it: what the file lacks is only in memory."""
    engine = make_engine()
    engine.open()
    engine.run(steps)
    run = engine._driver.stepper.run
    run.reader.pool.let_go()
    run.ledger.let_go(keep_wal=False)
    overwrite_page(run.ledger.path, 0.5)
    engine.request_stop()
    head = run.ledger.head_hex
    assert engine.close(PATIENCE)
    found = engine.run_directory.verify()
    assert (found.ok, found.head) == (True, head)
    assert replay_run(engine.run_directory.path).steps == steps


def test_a_mend_that_was_cut_short_is_finished(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine()
    engine.open()
    engine.run(80)
    run = engine._driver.stepper.run
    run.reader.pool.let_go()
    run.ledger.let_go(keep_wal=False)
    content = run.ledger.path.read_bytes()
    run.ledger.path.write_bytes(content[: len(content) // 8192 * 4096])

    def give_up(_text: str) -> None:
        raise StepCancelledError("the run is stopping")

    monkeypatch.setattr("sim.run.mending.UNNOTICED", -1.0)
    run.ledger.recent.clear()
    with pytest.raises(StepCancelledError):
        mend(run, give_up)
    assert engine.close(PATIENCE)
    assert replay_run(engine.run_directory.path).steps == 80
