"""The runs that are kept: listed, and found by any name that is clear."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from cli_harness import assert_one_error_line, call

from sim.archive.directory import RunDirectory
from sim.archive.kept import find_run, kept_runs, matching
from sim.config import paths

SMALL = ["--agents", "4", "--set", "traffic.batch_size=8", "--set", "detection.trees=8"]
FIRST, SECOND = "quickstart-20200101-000000-aaaa", "worm-20200102-000000-bbbb"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recorded") / "run"
    result = call("run", "--steps", "3", *SMALL, "--run-dir", str(path), "--quiet")
    assert result.code == 0, result.err
    return path


def keep(recorded: Path, name: str, began: int) -> Path:
    path = paths.runs() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(recorded, path)
    os.utime(path / "config.yaml", (began, began))
    return path


@pytest.fixture
def two(recorded: Path) -> tuple[Path, Path]:
    return keep(recorded, FIRST, 1000), keep(recorded, SECOND, 2000)


@pytest.mark.parametrize("name", [FIRST, "quick", "q", "aaaa", f"../state/decsim-tui/runs/{FIRST}"])
def test_a_run_by_any_clear_name(two, name: str) -> None:
    assert find_run(name).path == two[0]


def test_without_a_name_it_is_the_last_one(two) -> None:
    assert find_run(None).run_id == SECOND
    os.utime(two[0] / "config.yaml", (3000, 3000))
    assert find_run(None).run_id == FIRST
    assert call("verify").code == 0


def test_a_folder_of_that_name_goes_before_an_id(two, recorded) -> None:
    shutil.copytree(recorded, "quick")
    assert find_run("quick").path == Path("quick").resolve()


@pytest.mark.parametrize("command", ["verify", "replay", "resume", "doctor"])
@pytest.mark.parametrize(
    ("name", "expected"),
    [("quikstart-2020", "did you mean"), ("", "'' is no run"), ("a\0b", "no usable path")],
)
def test_an_unknown_name(two, command: str, name: str, expected: str) -> None:
    result = call(command, name)
    assert_one_error_line(result)
    assert expected in result.err


def test_a_name_that_stands_for_two(two, recorded) -> None:
    keep(recorded, "quickstart-20200103-000000-cccc", 3000)
    result = call("verify", "quickstart")
    assert_one_error_line(result)
    assert "2 runs are meant" in result.err
    assert FIRST in result.err


def test_the_id_itself_goes_before_longer_ones() -> None:
    assert matching("a", ["a", "ab"]) == ["a"]
    assert matching("x", ["a-x", "b-x", "xy"]) == ["xy"]


def test_runs_are_listed_newest_first(two) -> None:
    summary = json.loads(call("runs", "--json").out)["runs"]
    assert [run["run_id"] for run in summary] == [SECOND, FIRST]
    assert summary[0].items() >= {"scenario": "quickstart", "steps": 3, "goal": 3}.items()
    assert summary[0]["state"] == "finished"
    assert summary[0]["size"] >= (two[1] / "ledger.db").stat().st_size
    assert summary[0]["age_s"] > 0
    table = call("runs").out.splitlines()
    head = "RUN SCENARIO STEPS STATE ACCEPTED F1 SIZE AGE"
    assert table[0].split() == head.split()
    assert table[1].startswith(SECOND)


def test_how_a_run_ended_is_told(two) -> None:
    run = RunDirectory(two[0])
    with run.locked():
        assert _states()[FIRST] == "running"
    run.set_goal(9)
    assert _states()[FIRST] == "interrupted"
    with run.log_file.open("a") as log:
        log.write("2026-01-01T00:00:00.000+0000 ERROR   sim.engine.engine: step 4 failed: x\n")
    assert _states()[FIRST] == "failed"
    with run.log_file.open("a") as log:
        log.write(
            "2026-01-01T00:00:01.000+0000 INFO    sim.engine.engine: run r goes on after step 3:"
            " 4 agents, seed 1\n"
        )
    assert _states()[FIRST] == "interrupted"


def test_what_strangers_put_there_is_no_run_and_breaks_nothing(two, tmp_path) -> None:
    folder = paths.runs()
    (folder / "file").write_text("x")
    (folder / ".building").mkdir()
    (folder / "empty").mkdir()
    (folder / "link").symlink_to(two[0])
    for name, content in (("damaged", b"\0" * 5000), ("pipe", None)):
        (folder / name).mkdir(mode=0o700)
        (folder / name / "config.yaml").write_text("")
        if content is None:
            os.mkfifo(folder / name / "ledger.db")
        else:
            (folder / name / "ledger.db").write_bytes(content)
    assert {run.run_id for run in kept_runs()} == {FIRST, SECOND, "damaged", "pipe"}
    states = _states()
    assert (states["damaged"], states["pipe"]) == ("unusable", "unusable")
    assert states[FIRST] == "finished"
    assert call("runs").err.count("\n") == 2


def test_no_runs_at_all() -> None:
    assert json.loads(call("runs", "--json").out) == {"runs": []}
    assert call("runs").code == 0


def _states() -> dict[str, str]:
    return {run["run_id"]: run["state"] for run in json.loads(call("runs", "--json").out)["runs"]}
