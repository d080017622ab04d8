"""Where runs part."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_harness import assert_one_error_line, call

from sim.archive.directory import RunDirectory
from sim.ledger.reader import open_read_only

SMALL = ["--agents", "4", "--set", "traffic.batch_size=8", "--set", "detection.trees=8"]
STEERED = """\
name: {name}
timeline:
  - at: 8
    set_parameter: {{key: consensus.quorum, value: {quorum}}}
"""


def record(name: str, steps: int, *options: str) -> Path:
    result = call("run", "--steps", str(steps), *SMALL, *options, "--run-dir", name, "--quiet")
    assert result.code == 0, result.err
    return Path(name)


def compared(*names: str) -> dict[str, object]:
    result = call("compare", *names, "--json")
    assert (result.code, result.err) == (0, "")
    return json.loads(result.out)


def heads(run: Path) -> dict[int, str]:
    reader = open_read_only(RunDirectory.open(run).ledger_file)
    try:
        return {step: head.hex() for step, head in reader.heads()}
    finally:
        reader.close()


def test_equal_runs_have_no_difference() -> None:
    record("a", 5)
    record("b", 5, "--executor", "threads")
    found = compared("a", "b")
    assert found["common"] == {"step": 5, "head": heads(Path("a"))[5]}
    assert (found["first_difference"], found["identical"]) == (None, True)


def test_a_longer_run_shares_all_of_a_shorter_one() -> None:
    record("a", 5)
    record("b", 9)
    found = compared("b", "a")
    assert found["common"] == {"step": 5, "head": heads(Path("b"))[5]}
    assert (found["first_difference"], found["identical"]) == (None, False)
    assert [run["steps"] for run in found["runs"]] == [9, 5]


def test_steered_runs_part_at_the_command() -> None:
    for name, quorum in (("a", 0.7), ("b", 0.8)):
        Path(f"{name}.yaml").write_text(STEERED.format(name=name, quorum=quorum))
        record(name, 12, "--scenario", f"{name}.yaml")
    found = compared("a", "b")
    assert found["common"] == {"step": 7, "head": heads(Path("a"))[7]}
    difference = found["first_difference"]
    assert (difference["step"], difference["table"]) == (8, "commands")
    reader = open_read_only(RunDirectory.open(Path("a")).ledger_file)
    [(seq, row)] = reader.commands()
    reader.close()
    assert (difference["seq"], "0.7" in difference["rows"][0]) == (seq, True)
    assert row.step == 8
    text = call("compare", "a", "b").out
    assert f"step 8, commands #{seq}" in text


def test_other_seeds_have_nothing_in_common() -> None:
    record("a", 2)
    record("b", 2, "--seed", "2")
    found = compared("a", "b")
    assert found["common"] is None
    assert (found["first_difference"]["table"], found["first_difference"]["seq"]) == ("genesis", 0)


@pytest.mark.parametrize("names", [["a"], ["a", "nowhere"], []])
def test_what_cannot_be_compared(names: list[str]) -> None:
    record("a", 1)
    assert_one_error_line(call("compare", *names))
