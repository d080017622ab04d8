"""`summary` of a recorded run against what the run itself printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_harness import Result, call

OF_THE_PROCESS = {"wall_s", "steps_per_s", "notices", "tuning", "bottleneck", "cache", "timings"}
"""What no record knows, or knows in other figures."""


@pytest.fixture
def told(tmp_path: Path) -> Result:
    words = ("--agents", "12", "--set", "simulation.checkpoint_interval=10", "--json")
    return call("run", "--steps", "25", *words, "--run-dir", str(tmp_path / "run"))


@pytest.mark.parametrize("checkpoints", [True, False])
def test_it_is_what_the_run_said(told: Result, tmp_path: Path, checkpoints: bool) -> None:
    before = json.loads(told.out)
    if not checkpoints:
        for file in (tmp_path / "run" / "checkpoints").iterdir():
            file.unlink()
    state = {f: f.stat().st_mtime_ns for f in (tmp_path / "run").iterdir() if f.is_file()}
    after = json.loads(call("summary", str(tmp_path / "run"), "--json").out)
    assert {f: f.stat().st_mtime_ns for f in state} == state
    assert set(before) == set(after)
    assert before["signatures"]["published"] > 0
    for key in set(before) - OF_THE_PROCESS:
        assert before[key] == after[key], key
    assert set(before["timings"]) - {"record"} == set(after["timings"])
    assert after["timings"]["detect"] == pytest.approx(before["timings"]["detect"], rel=0.01)


def test_for_people_and_of_nothing(told: Result, tmp_path: Path) -> None:
    shown = call("summary", str(tmp_path / "run"))
    assert shown.code == 0 and "Signatures" in shown.out and "Steps       25" in shown.out
    assert call("summary", str(tmp_path / "nothing")).code == 2
