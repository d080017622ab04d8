"""A run goes on as if it had never ended, and can be repeated bit for bit."""

from __future__ import annotations

import gc
import shutil
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from laboratory import FLOOD, SCAN, head_of
from waiting import PATIENCE, MakeEngine, wait_for

from sim.commands import InjectFault, SetAdversaries, SetParameter, Step, Targets, Undo
from sim.engine.engine import Engine
from sim.engine.resuming import resume_run
from sim.errors import InputError, RunDirectoryError, VerificationError
from sim.ledger.reader import open_read_only
from sim.model.model import Population
from sim.run.replay import replay_run
from sim.snapshot import RunState

TIMELINE = [(3, SCAN), (7, SetAdversaries("poison", Targets(fraction=0.3))), (11, FLOOD)]


def head(folder: Path) -> str:
    reader = open_read_only(folder / "ledger.db")
    try:
        return reader.head().hex()
    finally:
        reader.close()


def run(make_engine: MakeEngine, steps: int, **settings: Any) -> Path:
    """A run in the foreground, closed; returns its directory."""
    engine: Engine = make_engine({k.replace("__", "."): v for k, v in settings.items()}, TIMELINE)
    engine.open()
    engine.run(steps)
    engine.close()
    return engine.run_directory.path


def living() -> int:
    """Populations that something still holds."""
    gc.collect()
    # Not `isinstance`, which asks a proxy of what is gone for its class.
    return sum(issubclass(type(one), Population) for one in gc.get_objects())


def spoil(folder: Path, sql: str, *parameters: object) -> None:
    """Change the ledger behind everybody's back."""
    with closing(apsw.Connection(str(folder / "ledger.db"))) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(sql, parameters)
        assert connection.changes() == 1


@pytest.mark.parametrize("checkpoints", [True, False])
@pytest.mark.parametrize("cut", [0, 1, 6, 11])
def test_resume_goes_on_to_the_same_head(
    make_engine: MakeEngine, cut: int, *, checkpoints: bool
) -> None:
    whole = head_of(steps=14, given={}, timeline=TIMELINE)
    folder = run(make_engine, cut)
    if not checkpoints:
        shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    told: list[int] = []
    engine = resume_run(folder, told.append)
    try:
        assert told == ([] if checkpoints else list(range(1, cut + 1)))
        assert (engine.snapshot.state, engine.snapshot.step) == (RunState.PAUSED, cut)
        engine.run(14 - cut)
    finally:
        engine.close()
    assert head(folder) == whole


def test_a_run_steered_by_hand_goes_on_and_is_replayed(make_engine: MakeEngine) -> None:
    # Evidence of one step looks judgements up in every step.
    engine = make_engine({"signature.evidence": "batch"}, TIMELINE)
    engine.start()
    for command in (
        SetParameter("detection.threshold", 0.55),
        InjectFault("agent_crash", Targets(agents=(3,)), duration=3),
        SetParameter("no.key", 1),
    ):
        engine.submit(command)
    engine.submit(Step(5))
    wait_for(engine, lambda s: s.step == 5)
    assert engine.close(PATIENCE)
    folder = engine.run_directory.path

    again = resume_run(folder)
    try:
        journal = again.snapshot.journal
        assert [(e.source, e.applied) for e in journal] == [
            ("scenario", True),
            ("live", False),
            ("live", True),
            ("live", True),
        ]
        assert again.snapshot.undo.title.startswith("fault 1")
        again.start()
        ticket = again.submit(Undo())
        again.submit(Step(5))
        done = wait_for(again, lambda s: s.step == 10)
        assert [(e.kind, e.ticket) for e in done.journal if e.ticket] == [("undo", ticket)]
        assert len(done.journal) == len(journal) + 2
        assert done.journal[1].text == "undo: fault 1: agent_crash of 1 agents"
        rates = done.performance.hit_rates
        assert len(rates) == 5
    finally:
        assert again.close(PATIENCE)
    reader = open_read_only(folder / "ledger.db")
    hits, misses = (dict(reader.metrics(f"cache.{name}")) for name in ("hits", "misses"))
    reader.close()
    new_hits, new_misses = hits[6] - hits[5], misses[6] - misses[5]
    assert rates[0] == pytest.approx(new_hits / (new_hits + new_misses))
    for executor in ("sequential", "threads"):
        report = replay_run(folder, executor)
        assert (report.ok, report.steps, report.executor) == (True, 10, executor)
        assert report.head == report.recorded_head == head(folder)
        assert report.first_difference == ""


def test_a_run_in_use_is_not_resumed(make_engine: MakeEngine) -> None:
    engine = make_engine()
    engine.open()
    engine.run(2)
    with pytest.raises(RunDirectoryError, match="in use by process"):
        resume_run(engine.run_directory.path)
    engine.run(1)
    assert engine.summary()["steps"] == 3


def test_what_cannot_be_repeated_is_not_resumed_and_nothing_is_left_open(
    make_engine: MakeEngine,
) -> None:
    folder = run(make_engine, 6)
    text = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(text.replace("threshold: 0.6\n", "threshold: 0.5\n"))
    threads, models = threading.active_count(), living()
    before = head(folder)
    with pytest.raises(VerificationError, match="not the configuration that the run began with"):
        resume_run(folder)
    assert threading.active_count() <= threads and living() <= models
    assert head(folder) == before
    (folder / "config.yaml").write_text(text)
    engine = resume_run(folder)
    engine.run(1)
    assert engine.close()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("seed: 1\n", "seed: 2\n"),
        ("threshold: 0.6\n", "threshold: 0.5\n"),
        ("agents: 16\n", "agents: 15\n"),
        ("intensity: 0.8\n", "intensity: 0.7\n"),
    ],
)
def test_replay_notices_another_configuration(make_engine: MakeEngine, old: str, new: str) -> None:
    folder = run(make_engine, 8)
    text = (folder / "config.yaml").read_text()
    assert old in text
    (folder / "config.yaml").write_text(text.replace(old, new))
    report = replay_run(folder)
    # The timeline of a recorded run is its journal; the one in the file is only for what follows.
    assert report.ok == ("intensity" in old)
    if not report.ok:
        assert report.first_difference.startswith("step ")
        assert report.steps < 8


def test_replay_notices_another_journal(make_engine: MakeEngine) -> None:
    folder = run(make_engine, 8)
    spoil(folder, "UPDATE commands SET payload = replace(payload, '0.8', '0.7') WHERE step = 3")
    report = replay_run(folder)
    assert not report.ok
    assert report.steps == 2
    assert report.first_difference.startswith("step 3: head ")


def test_a_journal_that_is_none(make_engine: MakeEngine) -> None:
    folder = run(make_engine, 4)
    spoil(folder, "UPDATE commands SET payload = '{\"kind\": 7}' WHERE step = 3")
    with pytest.raises(VerificationError, match=r"ledger row \d+: no command"):
        replay_run(folder)


def traffic(folder: Path) -> Path:
    file = folder / "flows.csv"
    kinds = {0: "ddos", 4: "port_scan"}
    lines = [f"{i % 7},{i % 5},{(i * 7) % 11},{kinds.get(i % 9, 'benign')}" for i in range(900)]
    file.write_text("a,b,c,label\n" + "\n".join(lines) + "\n")
    return file


def test_recorded_traffic_is_replayed_resumed_and_checked(
    make_engine: MakeEngine, tmp_path: Path
) -> None:
    file = traffic(tmp_path)
    settings = {"traffic__path": str(file), "simulation__agents": 6}
    whole, cut = run(make_engine, 6, **settings), run(make_engine, 3, **settings)
    engine = resume_run(cut)
    engine.run(3)
    assert engine.close()
    assert head(cut) == head(whole)
    assert replay_run(whole, "threads").ok
    file.write_text(file.read_text().replace("3,3,10", "3,3,9", 1))
    for function in (replay_run, resume_run):
        with pytest.raises(VerificationError, match="is not the file that the run observed"):
            function(whole)
    file.unlink()
    with pytest.raises(InputError, match=r"flows\.csv"):
        replay_run(whole)


def test_replay_reports_its_progress_and_only_reads(make_engine: MakeEngine) -> None:
    folder = run(make_engine, 5)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    told: list[int] = []
    assert replay_run(folder, on_step=told.append).ok
    assert told == [1, 2, 3, 4, 5]
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert after == before
