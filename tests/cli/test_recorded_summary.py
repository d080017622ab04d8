"""`summary` of a recorded run against what the run itself printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_harness import Result, call

OF_THE_CLOCK = {"wall_s", "steps_per_s", "timings"}
"""What the record knows in other figures: without the time of writing it."""
OF_THE_PROCESS = {*OF_THE_CLOCK, "notices", "tuning", "bottleneck", "cache"}
"""What no record knows besides."""


@pytest.fixture
def told(tmp_path: Path) -> Result:
    words = ("--agents", "12", "--set", "simulation.checkpoint_interval=10", "--json")
    return call("run", "--steps", "25", *words, "--run-dir", str(tmp_path / "run"))


@pytest.mark.parametrize("left", ["outcome", "checkpoints", "ledger"])
def test_it_is_what_the_run_said(told: Result, tmp_path: Path, left: str) -> None:
    before = json.loads(told.out)
    if left != "outcome":
        (tmp_path / "run" / "outcome").unlink()
    if left == "ledger":
        for file in (tmp_path / "run" / "checkpoints").iterdir():
            file.unlink()
    state = {f: f.stat().st_mtime_ns for f in (tmp_path / "run").iterdir() if f.is_file()}
    after = json.loads(call("summary", str(tmp_path / "run"), "--json").out)
    assert {f: f.stat().st_mtime_ns for f in state} == state
    assert set(before) == set(after)
    assert before["signatures"]["published"] > 0
    for key in set(before) - (OF_THE_CLOCK if left == "outcome" else OF_THE_PROCESS):
        assert before[key] == after[key], key
    assert set(before["timings"]) - {"record"} == set(after["timings"])
    assert after["timings"]["detect"] == pytest.approx(before["timings"]["detect"], rel=0.01)


def test_show_is_understood_as_summary(told: Result, tmp_path: Path) -> None:
    assert call("show", str(tmp_path / "run")).out == call("summary", str(tmp_path / "run")).out
    assert call("show", "-h").out.replace(" show [", " summary [") == call("summary", "-h").out
    assert "show" not in call("-h").out.replace("`show`", "").split("Set-up:")[0]


def test_for_people_and_of_nothing(told: Result, tmp_path: Path) -> None:
    shown = call("summary", str(tmp_path / "run"))
    assert shown.code == 0 and "Signatures" in shown.out and "Steps       25" in shown.out
    assert call("summary", str(tmp_path / "nothing")).code == 2


def _forged(text: str) -> str:
    return text.replace('"published": ', '"published": 9')


@pytest.mark.parametrize(
    "forge",
    [
        _forged,
        lambda text: text.partition("\n")[2],
        lambda text: f"{'0' * 64}\n{text.partition(chr(10))[2]}",
        lambda text: "",
        lambda text: "[" * 100_000,
    ],
    ids=["a figure", "no voucher", "another voucher", "empty", "nested"],
)
def test_an_outcome_that_was_changed_is_not_believed(told: Result, tmp_path: Path, forge) -> None:
    outcome = tmp_path / "run" / "outcome"
    outcome.write_text(forge(outcome.read_text()))
    after = json.loads(call("summary", str(tmp_path / "run"), "--json").out)
    assert after["signatures"] == json.loads(told.out)["signatures"]


def test_an_outcome_of_another_record_is_not_believed(told: Result, tmp_path: Path) -> None:
    run = tmp_path / "run"
    early = (run / "outcome").read_text()
    later = call("resume", str(run), "--steps", "5", "--json")
    assert later.code == 0
    (run / "outcome").write_text(early)
    after = json.loads(call("summary", str(run), "--json").out)
    assert after["steps"] == 30
    assert after["ledger"] == json.loads(later.out)["ledger"]
