"""Errors that a run survived, and turns of its tuner, can be exported once it is over."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trouble
from trouble import Trouble
from waiting import MakeEngine

from sim.archive.events import LARGEST, LARGEST_FILE, EventFile, events
from sim.archive.export import export_run
from sim.commands import InjectFault, Steering, Targets
from sim.engine.engine import Engine
from sim.engine.resuming import resume_run
from sim.errors import InputError, RunDirectoryError
from sim.resources import tuner as tuning
from sim.resources.bottleneck import Measurements

pytestmark = pytest.mark.usefixtures("small_shards")
HOSTILE = 'a\nforged \x1b[2Jline\u202e, "quoted"'
CRASH: list[tuple[int, Steering]] = [(3, InjectFault("agent_crash", Targets(agents=(1, 2)), 2))]


def broken(make_engine: MakeEngine, patch: pytest.MonkeyPatch) -> Path:
    """A run in which an agent crashes, one cannot validate, and two are stopped by a fault."""
    trouble.make(
        patch,
        [
            Trouble(agent=7, step=2, phase="detect", error=ValueError(HOSTILE)),
            Trouble(agent=9, step=4, phase="vote", error=np.linalg.LinAlgError("singular")),
        ],
    )
    engine: Engine = make_engine({}, CRASH)
    engine.open()
    engine.run(5)
    engine._opened().stepper.record("ledger.held", "the file is locked")
    engine.close()
    return engine.run_directory.path


def exported(folder: Path, what: str, tmp_path: Path) -> list[dict[str, Any]]:
    out = tmp_path / f"{what}.json"
    export_run(folder, what, "json", out)
    found: list[dict[str, Any]] = json.loads(out.read_text())
    return found


def test_errors_of_all_kinds_are_exported(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = broken(make_engine, monkeypatch)
    rows = exported(folder, "errors", tmp_path)
    found = [(row["step"], row["kind"], row["agent"], row["count"]) for row in rows]
    assert found == [
        (2, "agent.crash", 7, 1),
        (3, "agent.crash", 1, 1),
        (3, "agent.crash", 2, 1),
        (4, "agent.validation", 9, 1),
        (5, "agent.validation", 9, 1),
        (5, "ledger.held", None, 1),
    ]
    assert "singular" in rows[3]["text"]
    assert "forged" in rows[0]["text"] and "\n" not in rows[0]["text"]
    assert not any(ord(c) < 32 or c == "\u202e" for c in rows[0]["text"])


def test_what_went_wrong_before_the_first_step_is_exported(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sim.execution.ray_session.installed", lambda: False)
    engine: Engine = make_engine({"simulation.executor": "ray"})
    engine.open()
    engine.run(1)
    engine.close()
    (row,) = exported(engine.run_directory.path, "errors", tmp_path)
    assert (row["step"], row["kind"], row["count"]) == (0, "executor.fallback", 1)


def test_errors_as_a_table(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = broken(make_engine, monkeypatch)
    rows = exported(folder, "errors", tmp_path)
    export_run(folder, "errors", "csv", tmp_path / "errors.csv")
    with (tmp_path / "errors.csv").open(newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [(line["kind"], line["agent"]) for line in lines] == [
        (row["kind"], "" if row["agent"] is None else str(row["agent"])) for row in rows
    ]


def test_errors_as_parquet(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    folder = broken(make_engine, monkeypatch)
    rows = exported(folder, "errors", tmp_path)
    export_run(folder, "errors", "parquet", tmp_path / "errors.parquet")
    assert parquet.read_table(tmp_path / "errors.parquet").to_pylist() == rows


def test_a_resume_goes_on_and_repeats_no_error(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = broken(make_engine, monkeypatch)
    before = exported(folder, "errors", tmp_path)
    engine = resume_run(folder)
    engine.run(1)
    engine.close()
    after = exported(folder, "errors", tmp_path)
    assert after[: len(before)] == before
    assert [(row["step"], row["kind"]) for row in after[len(before) :]] == [(6, "agent.validation")]


def test_what_came_of_a_step_that_was_lost_does_not_count_twice(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    written = EventFile(file)
    written.begin(0)
    written.error(4, "agent.crash", 3, 1, "first")
    written.error(6, "agent.crash", 3, 1, "lost with its step")
    written.error(6, "ledger.held", None, 1, "locked")
    written.begin(5)
    written.error(6, "agent.crash", 3, 1, "again")
    with file.open("a") as stream:
        stream.write('{"what": "error", "st')  # killed over it
    texts = [row[-1] for row in events(file, "errors")]
    assert texts == ["first", "locked", "again"]
    assert list(events(tmp_path / "none", "errors")) == []


@pytest.mark.parametrize(
    "line",
    [
        *("nonsense", "[]", '{"what": "other"}', '{"what": "error", "step": "4"}'),
        *('{"what": "begin"}', '{"what": "begin", "step": true}', '{"what": "begin", "step": NaN}'),
        '{"what": "begin", "step": 9223372036854775808}',
        '{"what": "error", "step": 1, "kind": "\\ud800", "agent": null, "count": 1, "text": ""}',
        "[" * 99_999,
    ],
)
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text('{"what": "begin", "step": 0}\n' + line + "\n")
    with pytest.raises(InputError, match=r"events\.jsonl: line 2: "):
        list(events(file, "errors"))


def test_it_does_not_grow_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    with file.open("wb") as stream:
        stream.truncate(LARGEST)
    EventFile(file).error(1, "ledger.held", None, 1, "once more")
    assert file.stat().st_size == LARGEST


def test_turns_of_the_tuner_are_exported(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The ledger takes most of each step, and no batch makes it any faster."""
    monkeypatch.setattr(tuning, "WINDOW", 1)
    slow = Measurements(step=0.1, ledger=0.09, memory=0.1)
    monkeypatch.setattr(tuning.Tuner, "_measured", lambda self: slow)
    engine: Engine = make_engine()
    engine.open()
    engine.run(4)
    summary = engine.summary()["tuning"]
    engine.close()
    rows = exported(engine.run_directory.path, "tuning", tmp_path)
    assert rows == summary
    assert [(r["step"], r["knob"], r["old"], r["new"], r["helped"]) for r in rows] == [
        (2, "steps per transaction", 1, 2, False),
        (3, "steps per transaction", 2, 1, None),
    ]
    text = "the ledger took 90 ms of a step after 90 ms"
    assert rows[0]["effect"] == text
    log = engine.run_directory.log_file.read_text()
    assert f"{text}: taken back" in log


def test_more_events_than_are_ever_written_are_not_read(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"x" * (LARGEST_FILE + 1))
    with pytest.raises(RunDirectoryError, match="expected at most"):
        list(events(file, "errors"))
