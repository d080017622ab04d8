"""An engine that crashes, wherever it lives: the screen says so, and leaves the terminal as it was.

And a run in a thread of the app ends and is kept as one in a process of its own.
"""

from __future__ import annotations

import os
import signal
import termios
import time
from pathlib import Path

import pytest
from cli_harness import call
from emulator import Terminal
from example_plugins import write_distribution
from terminal_app import app_on_a_terminal, output, wait_for_its_end, watch_until_it_steps

from sim.archive.directory import RunDirectory
from sim.ledger.verify import verify

pytestmark = pytest.mark.live
SMALL = ["--agents", "6", "--set", "detection.trees=8", "--run-dir", "r"]
SOURCE = """
from sim import AnomalyAgent


class Doomed(AnomalyAgent):
    def observe(self):
        if self.model.now > 4:
            raise ValueError("nobody gets any further")
        super().observe()
"""


@pytest.fixture
def doomed(own_world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plug-in with agents that all fail in step 5, so that the run cannot go on."""
    (own_world / "doomed.py").write_text(SOURCE)
    write_distribution(own_world, "doomed", "1.0", {"decsim.agents": {"doomed": "doomed:Doomed"}})
    paths = [str(own_world), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))


@pytest.mark.usefixtures("doomed")
@pytest.mark.parametrize("host", ["thread", pytest.param("process", marks=pytest.mark.long)])
def test_the_terminal_is_restored(host: str) -> None:
    chosen = ["--host", host, "--set", "simulation.agent_class=doomed"]
    app, terminal = app_on_a_terminal([*SMALL, *chosen])
    try:
        before = termios.tcgetattr(terminal)
        shown = watch_until(terminal, "The run has failed")
        assert "no agent is left" in " ".join(shown.split())
        assert termios.tcgetattr(terminal) != before
        os.write(terminal, b"\x1b")
        time.sleep(0.5)  # else it may be taken for the beginning of a key
        os.write(terminal, b"q")
        code, last = wait_for_its_end(app, terminal)
    except BaseException:
        app.kill()
        raise
    assert code == 1, last
    assert "\x1b[?1049l" in last and "Failed at step 4" in last
    assert termios.tcgetattr(terminal) == before
    assert "ValueError: nobody gets any further" in Path("r/run.log").read_text()
    assert verify(Path("r/ledger.db")).ok


def watch_until(terminal: int, text: str) -> str:
    """What is on the screen once it shows this text."""
    screen, deadline = Terminal(80, 24), time.monotonic() + 60
    for data in output(terminal):
        screen.feed_bytes(data)
        if text in screen.text():
            return screen.text()
        assert time.monotonic() < deadline, screen.text()
    pytest.fail(f"the app has ended:\n{screen.text()}")


@pytest.mark.long
def test_a_run_in_a_thread_of_the_app_ends_and_is_kept() -> None:
    app, terminal = app_on_a_terminal([*SMALL, "--host", "thread"])
    try:
        watch_until_it_steps(terminal)
        app.send_signal(signal.SIGTERM)
        code, last = wait_for_its_end(app, terminal)
    except BaseException:
        app.kill()
        raise
    assert code == 130 and "\x1b[?1049l" in last and "decsim-tui resume" in last
    assert not RunDirectory.open(Path("r")).locked().taken
    assert call("replay", "r").code == 0
