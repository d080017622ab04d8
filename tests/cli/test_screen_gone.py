"""A run outlives its screen, however that goes; `attach` and `stop` find it."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import psutil
import pytest
from cli_harness import call
from terminal_app import app_on_a_terminal, wait_for_its_end, watch_until_it_steps
from thinned import first

from sim.archive.directory import RunDirectory
from sim.commands import Pause, SetParameter
from sim.host.attached import AttachedEngine
from sim.machine.user import user_name
from sim.snapshot import RunState
from tui.command_line.engines import meant

PATIENCE = 30.0


def alive() -> list[dict[str, object]]:
    return json.loads(call("ps", "--json").out)["engines"]


@pytest.mark.live
@pytest.mark.parametrize(
    "ending", first(3, ["d", "SIGKILL", "hang-up", "untold hang-up", "SIGHUP"])
)
def test_the_run_goes_on_without_its_screen(ending: str) -> None:
    arguments = ["--agents", "6", "--set", "detection.trees=8", "--run-dir", "r"]
    app, terminal = app_on_a_terminal(arguments, told=ending != "untold hang-up")
    closed = ending.endswith("hang-up")
    try:
        watch_until_it_steps(terminal)
        if ending == "d":
            os.write(terminal, b"d")
        elif closed:
            os.close(terminal)
        else:
            app.send_signal(getattr(signal, ending))
        code, last = wait_for_its_end(app, None if closed else terminal)
    except BaseException:
        app.kill()
        raise
    assert code == {"d": 0, "SIGKILL": -signal.SIGKILL}.get(ending, 130), last
    if ending in ("d", "SIGHUP"):
        assert "decsim-tui attach" in last
    try:
        deadline = time.monotonic() + PATIENCE
        while [engine["viewers"] for engine in alive()] != [0]:
            assert time.monotonic() < deadline
        [before] = alive()
        viewer = AttachedEngine(meant("r")[0])
        viewer.start()
        while viewer.snapshot.step <= before["step"]:
            assert time.monotonic() < deadline, viewer.snapshot.cause
        ticket = viewer.submit(SetParameter("detection.threshold", 0.7))
        while not any(entry.ticket == ticket for entry in viewer.snapshot.journal):
            assert time.monotonic() < deadline
        viewer.submit(Pause())
        while viewer.snapshot.state is not RunState.PAUSED:
            assert time.monotonic() < deadline
        viewer.detach()
    finally:
        assert call("stop", "r").code == 0
    assert not RunDirectory.open(Path("r")).locked().taken
    assert alive() == []
    journal = json.loads(call("export", "r", "--what", "journal", "--format", "json").out)
    assert journal[-1]["giver"] == f"{user_name()}@2"
    assert call("replay", "r").code == 0


@pytest.mark.live
def test_nobody_waits_for_an_engine_that_is_stopped() -> None:
    arguments = ["--agents", "6", "--set", "detection.trees=8", "--run-dir", "r"]
    app, terminal = app_on_a_terminal(arguments)
    try:
        watch_until_it_steps(terminal)
        deadline = time.monotonic() + PATIENCE
        while not (engines := alive()):
            assert time.monotonic() < deadline
        [engine] = engines
        os.kill(engine["pid"], signal.SIGSTOP)
        # Its other threads go on until the one that takes the signal has had its turn.
        while psutil.Process(engine["pid"]).status() != psutil.STATUS_STOPPED:
            assert time.monotonic() < deadline
        os.write(terminal, b"q")
        code, last = wait_for_its_end(app, terminal)
    except BaseException:
        app.kill()
        raise
    assert "ending the run once its step is done" in last
    assert (code, "the engine has not ended yet" in last) == (1, True), last
    os.kill(engine["pid"], signal.SIGCONT)
    deadline = time.monotonic() + PATIENCE
    while alive():
        assert time.monotonic() < deadline
    assert call("replay", "r").code == 0
