"""The same experiment over many values and seeds."""

from __future__ import annotations

import csv
import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cli_harness import assert_one_error_line, call

from sim.config.load import load_config
from sim.sweep import performance, workers
from sim.sweep.performance import INTERRUPTED, Outcome, Task
from sim.sweep.worker import Worker

SMALL = ("--agents", "8", "--set", "traffic.batch_size=8", "--set", "detection.trees=8")
FEW = ("--vary", "detection.threshold=0.6,0.75", "--seeds", "1..2", "--steps", "3", *SMALL)
NAMES = [f"threshold={t},seed={s}" for t in ("0.6", "0.75") for s in (1, 2)]


class Lethal:
    """A task that ends the process which unpacks it."""

    name = "lethal"

    def __reduce__(self) -> object:
        return os._exit, (7,)


def sweep(*arguments: str, code: int = 0) -> dict[str, Any]:
    result = call("sweep", *arguments, "--json")
    assert result.code == code, result
    return json.loads(result.out)


@pytest.fixture
def performed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the runs that were done, in place of doing them."""
    names: list[str] = []

    def perform(task: Task, stopping: Callable[[], bool] = bool) -> Outcome:
        names.append(task.name)
        if "seed=3" in task.name:
            return Outcome(task.name, error="something broke")
        return Outcome(task.name, {"head": "", "steps": task.steps})

    monkeypatch.setattr(workers, "perform", perform)
    return names


def test_each_run_is_an_ordinary_run_and_a_row() -> None:
    found = sweep(*FEW, "--out", "s", "--jobs", "1")
    assert [row["run"] for row in found["rows"]] == NAMES
    assert (found["runs"], found["failed"], found["keys"]) == (4, 0, ["detection.threshold"])
    alone = call(
        *("run", "--steps", "3", *SMALL, "--set", "detection.threshold=0.75", "--seed", "2"),
        *("--run-dir", "alone", "--json"),
    )
    summary = json.loads(alone.out)
    row = found["rows"][3]
    assert (row["head"], row["entries"]) == tuple(
        summary["ledger"][key] for key in ("head", "entries")
    )
    assert row["detection.collective.f1"] == summary["detection"]["collective"]["f1"]
    assert call("verify", f"s/{NAMES[3]}").code == 0
    with Path("s/sweep.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["head"] for r in rows] == [r["head"] for r in found["rows"]]
    assert [r["detection.threshold"] for r in rows] == ["0.6", "0.6", "0.75", "0.75"]


def test_it_goes_on_where_it_stopped_and_processes_change_nothing() -> None:
    sweep(*FEW, "--out", "s", "--jobs", "1")
    table = Path("s/sweep.csv").read_bytes()
    # A run that is lost, one that is not done, and a table without one that is done.
    shutil.rmtree(f"s/{NAMES[0]}")
    shutil.rmtree(f"s/{NAMES[1]}")
    done = call(
        *("run", "--steps", "1", *SMALL, "--set", "detection.threshold=0.6", "--seed", "2"),
        *("--set", "simulation.executor=sequential", "--run-dir", f"s/{NAMES[1]}", "--quiet"),
    )
    assert done.code == 0
    content = json.loads(Path("s/sweep.json").read_text())
    content["rows"] = content["rows"][:3]
    Path("s/sweep.json").write_text(json.dumps(content))
    sweep("s/plan.yaml", "--out", "s", "--jobs", "2")
    assert Path("s/sweep.csv").read_bytes() == table


def test_finished_runs_are_not_done_again(performed: list[str], monkeypatch: Any) -> None:
    sweep(*FEW, "--out", "s", "--jobs", "1")
    assert performed == NAMES
    sweep(*FEW, "--out", "s", "--jobs", "1")
    assert performed == NAMES  # their rows still fit what is on disk


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_no_run_of_it_lies_elsewhere(performed: list[str], tmp_path: Path, kind: str) -> None:
    sweep(*FEW, "--out", "s", "--jobs", "1")
    done = len(performed)
    if kind == "link":
        (tmp_path / "elsewhere").mkdir()
        Path("s", NAMES[1]).symlink_to(tmp_path / "elsewhere")
    else:
        os.mkfifo(Path("s", NAMES[1]))
    for words in (("sweep", *FEW, "--out", "s"), ("pack", "s", "--out", "s.zip")):
        result = call(*words)
        assert_one_error_line(result)
        assert f"{NAMES[1]}: is a {kind}, expected a folder" in result.err
    assert len(performed) == done


def test_a_failing_run_is_a_row_with_its_error(performed: list[str]) -> None:
    found = sweep("--seeds", "1..4", "--steps", "2", "--out", "s", "--jobs", "1", code=1)
    assert performed == [f"seed={n}" for n in (1, 2, 3, 4)]
    assert [row["error"] for row in found["rows"]] == ["", "", "something broke", ""]
    with Path("s/sweep.csv").open(newline="") as file:
        assert [row["error"] for row in csv.DictReader(file)][2] == "something broke"
    again = call("sweep", "s/plan.yaml", "--out", "s", "--jobs", "1")
    assert (again.code, performed[4:]) == (1, ["seed=3"])  # it is tried again
    assert "seed=3: something broke" in again.err


def test_an_unexpected_error_is_told_with_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("no\nluck")

    monkeypatch.setattr(performance, "_summary", broken)
    found = sweep("--seeds", "1", "--steps", "2", "--out", "s", "--jobs", "1", code=1)
    assert found["rows"][0]["error"] == "ZeroDivisionError: no luck"


def test_a_plan_says_it_all(performed: list[str]) -> None:
    Path("p.yaml").write_text(
        "vary:\n  consensus.quorum: [0.5, 0.7]\nseeds: 1..2\nsteps: 4\nscenario: worm\n"
        "agents: 9\nset: {detection.trees: 8}\n"
    )
    found = sweep("p.yaml", "--out", "s", "--seeds", "4", "--jobs", "1")
    assert performed == ["quorum=0.5,seed=4", "quorum=0.7,seed=4"]
    assert found["rows"][0]["steps"] == 4
    plan = Path("s/plan.yaml").read_text()
    for words in ("scenario: worm", "simulation.agents: 9", "detection.trees: 8", "- 4"):
        assert words in plan


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("vary: 3", "p.yaml: vary: expected a mapping"),
        ("vary: {consensus.quorum: []}", "there are no values"),
        ("vary: {consensus.quorum: [x]}", "consensus.quorum: 'x' is not a number"),
        ("vary: {consensus.kworum: [1]}", "did you mean 'consensus.quorum'"),
        ("seeds: 5..1", "'5..1' is not a seed"),
        ("seeds: 1..999999", "more than 10,000 seeds"),
        ("seeds: 1\nsteps: x", "steps: expected a whole number"),
        ("seeds: 1\nstep: 4", "unknown key 'step'; did you mean 'steps'?"),
        ("seeds: 1\nset: {simulation.agents: -1}", "simulation.agents"),
        ("seeds: 1\nscenario: [1]", "scenario: expected text"),
        ("seeds: 1\nscenario: nowhere", "neither a scenario nor a file"),
        ("set: {detection.min_window: 4000}\nseeds: 1", "is larger than detection.window"),
        ("[1]", "expected a mapping"),
        ("a: [", "is not valid YAML"),
    ],
)
def test_a_bad_plan(performed: list[str], text: str, words: str) -> None:
    Path("p.yaml").write_text(text if "step" in text or text[0] == "[" else f"{text}\nsteps: 2")
    result = call("sweep", "p.yaml", "--out", "s")
    assert_one_error_line(result)
    assert words in result.err
    assert not Path("s").exists()
    assert performed == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--seeds", "1", "--steps", "2"), "--out"),
        (("--seeds", "1", "--out", "s"), "--steps"),
        (("--steps", "2", "--out", "s"), "nothing is varied"),
        (("--seeds", "1", "--steps", "2", "--out", "s", "--jobs", "0"), "--jobs"),
        (("--seeds", "1", "--steps", "2", "--out", "full"), "neither empty nor a sweep"),
        (("--seeds", "1", "--steps", "2", "--out", "other"), "a sweep of another plan"),
        (("--vary", "simulation.seed=1", "--steps", "2", "--out", "s"), "varied by --seeds"),
        (("--vary", "x", "--steps", "2", "--out", "s"), "key=a,b"),
        (("--seeds", "1", "--steps", "2", "--out", "s", "--executor", "ray"), "Ray is not"),
    ],
)
def test_what_is_refused(
    performed: list[str], monkeypatch: Any, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.setattr(workers, "installed", lambda: False)
    Path("full").mkdir()
    Path("full/thesis.txt").write_text("three years of work")
    Path("other").mkdir()
    Path("other/plan.yaml").write_text("seeds: 2\nsteps: 2\n")
    result = call("sweep", *arguments)
    assert_one_error_line(result)
    assert words in result.err
    assert (performed, Path("s").exists()) == ([], False)


def test_who_stops_it_is_told_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from tui.command_line import sweep as module

    class Impatient(module.StopRequest):
        def __init__(self, ask: Callable[[], None]) -> None:
            super().__init__(ask)
            self()

    monkeypatch.setattr(module, "StopRequest", Impatient)
    result = call("sweep", *FEW, "--out", "s", "--jobs", "1")
    assert result.code == 130
    assert "interrupted after 0 of 4 runs, continue: decsim-tui sweep s/plan.yaml" in result.err


def test_ray_does_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    class RayError(Exception):
        pass

    def remote(**_options: object) -> Callable[[Any], SimpleNamespace]:
        return lambda function: SimpleNamespace(remote=lambda task: lambda: function(task))

    def performed(task: Task) -> Outcome:
        if task.name == NAMES[2]:
            raise RayError("the worker died\nand more")
        return Outcome(task.name, {"head": task.name, "steps": 3})

    ray = SimpleNamespace(
        remote=remote,
        get=lambda reference: reference(),
        wait=lambda references, **_: (references[-1:], references[:-1]),
        exceptions=SimpleNamespace(RayError=RayError),
    )
    monkeypatch.setattr(workers, "installed", lambda: True)
    monkeypatch.setattr(workers, "connect", lambda _address, _jobs: ray)
    monkeypatch.setattr(workers, "disconnect", lambda: None)
    monkeypatch.setattr(workers, "perform", performed)
    found = sweep(*FEW, "--out", "s", "--jobs", "2", "--executor", "ray", code=1)
    assert [row["run"] for row in found["rows"]] == NAMES
    assert [row["error"] for row in found["rows"]] == ["", "", "the worker died", ""]


def test_a_process_that_dies_has_failed_its_run_only(tmp_path: Path) -> None:
    stop = threading.Event()
    worker = Worker()
    assert worker.perform(Lethal(), stop).error == "its process ended with code 7"  # type: ignore[arg-type]
    loaded = load_config(options={"simulation.agents": ("", 4), "traffic.batch_size": ("", 8)})
    outcome = worker.perform(Task("good", loaded, tmp_path / "good", 2), stop)
    worker.close()
    assert (outcome.error, outcome.measures["steps"]) == ("", 2)


def test_a_process_stops_after_the_step_under_way(tmp_path: Path) -> None:
    loaded = load_config(options={"simulation.agents": ("", 4), "traffic.batch_size": ("", 8)})
    stop = threading.Event()
    worker, path = Worker(), tmp_path / "long"

    def stop_when_it_runs() -> None:
        while not (path / "goal").exists():
            time.sleep(0.01)
        stop.set()

    timer = threading.Thread(target=stop_when_it_runs)
    timer.start()
    outcome = worker.perform(Task("long", loaded, path, 100_000), stop)
    timer.join()
    worker.close()
    assert outcome.error == INTERRUPTED
    assert call("verify", str(path)).code == 0


def test_a_sweep_can_be_packed() -> None:
    sweep(*FEW, "--out", "s", "--jobs", "1")
    assert call("pack", "s", "--out", "s.zip").code == 0
    found = json.loads(call("verify", "s.zip", "--json").out)
    assert (found["ok"], len(found["runs"])) == (True, 4)
    again = call("replay", "s.zip")
    assert (again.code, again.out.count("identical: 3 steps")) == (0, 4)
    content = json.loads(Path("s/sweep.json").read_text())
    content["rows"].pop()
    Path("s/sweep.json").write_text(json.dumps(content))
    assert_one_error_line(call("pack", "s", "--out", "t.zip"))
