"""Runs that share the past of others."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from cli_harness import assert_one_error_line, call, tree

from sim.archive.directory import RunDirectory
from sim.archive.fork import fork_run
from sim.engine.resuming import resume_run
from sim.ledger.reader import open_read_only

SMALL = ["--agents", "8", "--set", "traffic.batch_size=8", "--set", "detection.trees=8"]
TIMELINE = """\
name: late
timeline:
  - at: 14
    inject_attack: {kind: port_scan, duration: 4, targets: {fraction: 0.5}}
"""
STEPS = 20


@pytest.fixture
def source() -> Path:
    """A run of twenty steps with a checkpoint at every fourth."""
    Path("late.yaml").write_text(TIMELINE)
    options = ("--scenario", "late.yaml", "--set", "simulation.checkpoint_interval=4")
    result = call("run", "--steps", str(STEPS), *SMALL, *options, "--run-dir", "a", "--quiet")
    assert result.code == 0, result
    return Path("a")


def fork(*arguments: str) -> dict[str, object]:
    result = call("fork", *arguments, "--json")
    assert (result.code, result.err) == (0, ""), result
    return json.loads(result.out)


def heads(run: Path | str) -> dict[int, str]:
    reader = open_read_only(RunDirectory.open(Path(run)).ledger_file)
    try:
        return {step: head.hex() for step, head in reader.heads()}
    finally:
        reader.close()


def compared(*names: str) -> dict[str, object]:
    return json.loads(call("compare", *names, "--json").out)


def digests(run: Path) -> dict[str, str]:
    return {n: hashlib.sha256((run / n).read_bytes()).hexdigest() for n in tree(run) if "." in n}


def assert_holds(run: str) -> None:
    """It verifies, replays, and goes on."""
    for command in (("verify", run), ("replay", run), ("resume", run, "--steps", "1", "--quiet")):
        result = call(*command)
        assert result.code == 0, result


@pytest.mark.parametrize("at", [0, 1, 13, 14, 17, STEPS])
def test_a_fork_without_changes_is_the_run_again(source: Path, at: int) -> None:
    before = digests(source)
    summary = fork("a", "--at", str(at), "--run-dir", "b")
    assert heads("b") == heads("a")
    assert summary["forked_from"] == {
        "run_id": "a",
        "step": at,
        "head": heads("a").get(at) or summary["forked_from"]["head"],
    }
    assert digests(source) == before
    assert_holds("b")


def test_what_is_set_is_a_command_of_the_next_step(source: Path) -> None:
    fork("a", "--at", "9", "--steps", "6", "--set", "consensus.quorum=0.8", "--run-dir", "b")
    found = compared("a", "b")
    assert found["common"] == {"step": 9, "head": heads("a")[9]}
    assert (found["first_difference"]["step"], len(heads("b"))) == (10, 15)
    reader = open_read_only(Path("b/ledger.db"))
    rows = [row for _, row in reader.commands()]
    reader.close()
    assert [(r.step, r.kind, r.source) for r in rows] == [
        (10, "set_parameter", "live"),
        (14, "inject_attack", "scenario"),  # the timeline goes on
    ]
    assert_holds("b")


def test_checkpoints_are_taken_over(source: Path) -> None:
    made = fork_run(RunDirectory.open(source), 18, path=Path("b"))
    assert tree(made.checkpoints) == ["step-16.npz"]
    recomputed: list[int] = []
    resume_run(made.path, recomputed.append).close()
    assert recomputed == [17, 18]


def test_a_damaged_checkpoint_costs_time_only(source: Path) -> None:
    for file in (source / "checkpoints").iterdir():
        file.write_bytes(b"no checkpoint")
    fork("a", "--at", "18", "--run-dir", "b")
    assert heads("b") == heads("a")


def test_where_it_is_computed_may_be_changed(source: Path) -> None:
    summary = fork(
        *("a", "--at", "5", "--executor", "threads", "--workers", "2", "--host", "thread"),
        *("--set", "ledger.query_cache=7", "--run-dir", "b"),
    )
    assert summary["executor"] == "threads"
    assert heads("b") == heads("a")
    config = RunDirectory.open(Path("b")).load().config
    assert (config.ledger.query_cache, config.simulation.host) == (7, "thread")


def test_a_fork_of_a_fork_names_its_parent(source: Path) -> None:
    fork("a", "--at", "15", "--run-dir", "b")
    fork("b", "--at", "7", "--run-dir", "c", "--set", "detection.threshold=0.7")
    assert json.loads(call("summary", "c", "--json").out)["forked_from"]["run_id"] == "b"
    assert "b at step 7" in call("summary", "c").out
    assert compared("a", "b", "c")["common"]["step"] == 7


def test_the_list_of_runs_names_the_parent(source: Path) -> None:
    result = call("fork", "a", "--at", "3", "--steps", "1", "--quiet")
    assert result.code == 0, result
    [listed] = json.loads(call("runs", "--json").out)["runs"]
    assert (listed["forked_from"]["run_id"], listed["forked_from"]["step"]) == ("a", 3)
    assert "a at 3" in call("runs").out


def test_an_interrupted_fork_goes_on_to_its_goal(source: Path) -> None:
    fork("a", "--at", "6", "--steps", "3", "--run-dir", "b")
    RunDirectory.open(Path("b")).set_goal(12)
    assert call("resume", "b", "--quiet").code == 0
    assert len(heads("b")) == 12


def test_a_change_that_the_run_refuses_is_told(source: Path) -> None:
    setting = ("--set", "detection.min_window=4096")
    result = call("fork", "a", "--at", "6", "--steps", "1", *setting, "--quiet", "--run-dir", "b")
    assert "step 7: detection.min_window" in result.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--at", "21"), "step 21 is not recorded, expected 0 to 20"),
        (("--at", "-1"), "--at: '-1' is not a step"),
        (("--at", "x"), "--at: 'x' is not a step"),
        (("--at", "5", "--agents", "9"), "--agents: a fork shares the past"),
        (("--at", "5", "--seed", "9"), "--seed: a fork shares the past"),
        (("--at", "5", "--scenario", "worm"), "--scenario: a fork shares the past"),
        (("--at", "5", "--config", "x"), "--config: a fork shares the past"),
        (("--at", "5", "--traffic", "x"), "--traffic: a fork shares the past"),
        (("--at", "5", "--set", "simulation.agents=9"), "takes effect only at a restart"),
        (("--at", "5", "--set", "no.key=9"), "unknown key"),
        (("--at", "5", "--set", "consensus.quorum=9"), "consensus.quorum"),
        (("--at", "5", "--executor", "moon"), "simulation.executor"),
        ((), "--at"),
    ],
)
def test_what_is_refused(source: Path, arguments: tuple[str, ...], words: str) -> None:
    result = call("fork", "a", *arguments, "--run-dir", "b")
    assert_one_error_line(result)
    assert words in result.err
    assert not Path("b").exists()


def test_a_damaged_source_is_not_forked(source: Path) -> None:
    with (source / "ledger.db").open("r+b") as file:
        file.seek(20_000)
        file.write(b"damage" * 4000)
    result = call("fork", "a", "--at", "3", "--run-dir", "b")
    assert result.code == 3
    assert not Path("b").exists()
