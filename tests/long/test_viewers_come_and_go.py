"""Viewers come, are killed, hung up, stalled or leave at any moment: the run is the same."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from cli_harness import call
from terminal_app import app_on_a_terminal

from sim.archive.directory import RunDirectory
from sim.commands import Inspect, Pause, Resume, SetPace
from sim.host.address import address_of, folder
from sim.host.attached import AttachedEngine

TIMES = int(os.environ.get("SOAK_TIMES", "200"))
PATIENCE = 60.0
OPTIONS = ("--agents", "12", "--set", "detection.trees=8")
VIEWER = """
import sys, time
from pathlib import Path
from sim.host.attached import AttachedEngine
viewer = AttachedEngine(Path(sys.argv[1]))
viewer.start()
time.sleep(600)
"""


@pytest.fixture
def engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_world: None
) -> Iterator[psutil.Process]:
    """The process of a run that nobody watches."""
    monkeypatch.chdir(tmp_path)
    started = call("start", *OPTIONS, "--run-dir", "watched", "--json")
    assert started.code == 0, started.err
    [found] = json.loads(call("ps", "--json").out)["engines"]
    yield psutil.Process(found["pid"])
    call("stop", "watched")


def in_a_process(address: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", VIEWER, str(address)], start_new_session=True)


def killed(address: Path, dice: random.Random) -> None:
    """A viewer's process, at any moment from its birth on."""
    viewer = in_a_process(address)
    time.sleep(dice.uniform(0.0, 1.2))
    viewer.send_signal(dice.choice([signal.SIGKILL, signal.SIGHUP, signal.SIGTERM]))
    viewer.wait(PATIENCE)


def hung_up(address: Path, dice: random.Random) -> None:
    """A viewer whose line breaks without a word."""
    viewer = AttachedEngine(address)
    viewer.start()
    _look_around(viewer, dice)
    viewer._left = True
    viewer._line.hang_up()


def left(address: Path, dice: random.Random) -> None:
    """A viewer that detaches."""
    viewer = AttachedEngine(address)
    viewer.start()
    _look_around(viewer, dice)
    viewer.detach()


def broken_app(address: Path, dice: random.Random) -> None:
    """The whole app on a terminal, which is closed, or which is killed."""
    app, terminal = app_on_a_terminal(["attach", "watched"])
    until = time.monotonic() + dice.uniform(0.5, 6.0)
    while time.monotonic() < until and app.poll() is None:
        with suppress(OSError):
            os.read(terminal, 65536) if dice.random() < 0.9 else time.sleep(0.05)
    if dice.random() < 0.5:
        app.kill()
    os.close(terminal)
    app.wait(PATIENCE)


def _look_around(viewer: AttachedEngine, dice: random.Random) -> None:
    """Give commands of which nothing is recorded."""
    for _ in range(dice.randrange(4)):
        command = dice.choice(
            [Inspect(agent=dice.randrange(12)), Inspect(), Pause(), Resume(), SetPace(30.0)]
        )
        viewer.submit(command)
        time.sleep(dice.uniform(0.0, 0.05))
    viewer.submit(Resume())


ENDINGS: list[Callable[[Path, random.Random], None]] = [killed, hung_up, left, broken_app]


@pytest.mark.long
@pytest.mark.live
def test_nothing_of_a_viewer_is_in_the_run_or_left_behind(engine: psutil.Process) -> None:
    dice = random.Random(20)
    address = address_of(Path("watched"))
    stalled = in_a_process(address)
    time.sleep(2.0)
    stalled.send_signal(signal.SIGSTOP)
    before, first = engine.num_fds(), _state()["step"]
    for number in range(TIMES):
        ending = dice.choices(ENDINGS, weights=[20, 40, 37, 3])[0]
        step = _state()["step"]
        ending(address, dice)
        _soon(lambda step=step: _state()["step"] > step, (number, ending.__name__))
    _soon(lambda: _state()["viewers"] == 1, "the stalled one alone")
    assert engine.num_fds() <= before + 2
    stalled.kill()
    stalled.wait(PATIENCE)
    _soon(lambda: _state()["viewers"] == 0, "nobody")
    assert _state()["step"] > first
    assert call("stop", "watched").code == 0
    engine.wait(PATIENCE)
    assert list(folder().iterdir()) == []
    assert not RunDirectory.open(Path("watched")).locked().taken
    assert [p for p in psutil.Process().children(recursive=True) if p.is_running()] == []
    watched = json.loads(call("summary", "watched", "--json").out)
    steps = str(watched["steps"])
    alone = json.loads(
        call("run", *OPTIONS, "--steps", steps, "--run-dir", "alone", "--json", "--quiet").out
    )
    assert watched["ledger"]["head"] == alone["ledger"]["head"]


def _state() -> dict[str, int]:
    from sim.host.attached import ask

    welcome = ask(address_of(Path("watched")))
    return {"step": welcome.step, "viewers": welcome.viewers}


def _soon(condition: Callable[[], object], what: object) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.05)
