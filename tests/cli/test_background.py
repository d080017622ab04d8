"""A run without a screen: started, listed, stopped; and left behind by a closed terminal."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path

import pytest
from cli_harness import call

from sim.archive.directory import RunDirectory
from sim.host.address import folder
from sim.machine.user import name_of

PATIENCE = 30.0


@pytest.mark.live
def test_a_run_in_the_background_is_listed_and_stopped() -> None:
    started = call("start", "--agents", "6", "--run-dir", "r", "--json")
    assert started.code == 0, started.err
    run = json.loads(started.out)
    assert run["run_id"] == "r"
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            engines = json.loads(call("ps", "--json").out)["engines"]
            [engine] = [e for e in engines if e["run_dir"] == run["run_dir"]]
            if engine["step"] > 2 and not engine["viewers"]:
                break
            assert time.monotonic() < deadline, engine
            time.sleep(0.05)
        assert set(engine) == {
            "run_dir", "run_id", "state", "step", "steps_per_s", "viewers", "since", "pid", "user",
        }  # fmt: skip
        assert (engine["state"], engine["user"]) == ("running", name_of(os.getuid()))
        assert call("start", "--agents", "4", "--run-dir", "rest").code == 0
        several = call("attach")  # no terminal: no list to choose from
        assert (several.code, "one of r" in several.err, "rest" in several.err) == (2, True, True)
        assert [line.split()[0] for line in call("ps").out.splitlines()] == ["rest", "r"]
    finally:
        stopped = call("stop", "r")
    assert stopped.code == 0, stopped.err
    assert not RunDirectory.open(Path("r")).locked().taken
    assert call("replay", "r").code == 0
    assert call("stop", "r").code == 2, "a run that is over is not another whose name begins so"
    assert call("stop", "re").code == 0
    assert call("attach", "nobody").code == 2
    assert "to go on with it: decsim-tui resume r\n" in call("attach", "r").err


@pytest.mark.live
def test_a_run_in_the_background_ends_at_its_goal() -> None:
    assert call("start", "--agents", "6", "--run-dir", "r", "--steps", "4").code == 0
    lock = RunDirectory.open(Path("r")).locked()
    deadline = time.monotonic() + PATIENCE
    while lock.taken:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert call("verify", "r").code == 0
    assert RunDirectory.open(Path("r")).goal == 4


def test_an_engine_that_says_nothing_keeps_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.host.attached.PATIENCE", 0.1)
    silent, dead = (folder() / name for name in ("silent.sock", "dead.sock"))
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(str(silent))
        line.listen()
        with socket.socket(socket.AF_UNIX) as gone:
            gone.bind(str(dead))
        listed = call("ps", "--json")
    assert json.loads(listed.out)["engines"] == []
    assert "silent.sock: the engine does not answer" in listed.err
    assert silent.exists() and not dead.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_the_run_of_another_user_is_refused_by_name() -> None:
    Path("theirs").mkdir()
    os.chown("theirs", 1, 1)
    result = call("attach", "theirs")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert f"belongs to {name_of(1)}, who has not shared it" in result.err
