"""The real thing, small: run, interrupt, resume, verify, replay, export."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_harness import call, tree
from thinned import first

SMALL = ["--agents", "6", "--set", "traffic.batch_size=8", "--set", "detection.trees=8"]


def test_a_run_is_verified_replayed_and_exported() -> None:
    summary = json.loads(call("run", "--steps", "12", *SMALL, "--run-dir", "r", "--json").out)
    assert (summary["steps"], summary["agents"]) == (12, 6)
    verified = json.loads(call("verify", "r", "--json").out)
    assert verified["head"] == summary["ledger"]["head"]
    replayed = call("replay", "r", "--executor", "threads", "--json")
    assert (replayed.code, json.loads(replayed.out)["head"]) == (0, summary["ledger"]["head"])
    metrics = json.loads(call("export", "r", "--what", "metrics", "--format", "json").out)
    assert [row["step"] for row in metrics] == list(range(1, 13))


@pytest.mark.parametrize("number", first(1, [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]))
def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(number: int) -> None:
    options = ["--steps", "60", *SMALL, "--set", "traffic.batch_size=64"]
    command = [sys.executable, "-m", "tui", "run", *options, "--run-dir", "r", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _wait_for(Path("r/ledger.db"))
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert json.loads(out)["steps"] < 60
    assert err.count("\n") == 1
    assert str(Path("r").resolve()) in err
    assert "r/ledger.db-wal" not in tree(Path())
    resumed = json.loads(call("resume", "r", "--headless", "--json").out)
    whole = json.loads(call("run", *options, "--json").out)
    assert resumed["steps"] == whole["steps"] == 60
    assert resumed["ledger"] == whole["ledger"]


def test_two_processes_cannot_have_one_run() -> None:
    from sim.archive.directory import RunDirectory

    call("run", "--steps", "1", *SMALL, "--run-dir", "r", "--quiet")
    with RunDirectory.open(Path("r")).locked():
        result = call("resume", "r", "--steps", "1", "--json")
    assert (result.code, result.out) == (2, "")
    assert "in use by process" in result.err


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n", b"\x00\xff\xfe\x00", b"a,b\n1,2,3\n\x1b[31m"], ids=ascii
)
def test_bad_traffic_leaves_no_run(tmp_path, content: bytes) -> None:
    Path("flows.csv").write_bytes(content)
    before = tree(tmp_path)
    result = call("run", "--steps", "2", "--traffic", "flows.csv", "--run-dir", "r")
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1), result
    assert "flows.csv" in result.err
    assert tree(tmp_path) == before


def test_a_tampered_run_is_not_replayed_as_true() -> None:
    call("run", "--steps", "4", *SMALL, "--run-dir", "r", "--quiet")
    config = Path("r/config.yaml")
    config.write_text(config.read_text().replace("seed: 1", "seed: 2"))
    result = call("replay", "r", "--json")
    assert result.code == 3
    assert json.loads(result.out)["ok"] is False


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"no {path}"
        time.sleep(0.02)
