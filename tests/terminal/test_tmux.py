"""A real terminal: what tmux shows of either driver is the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from emulator import Terminal, differences

HERE = Path(__file__).parent
SIZE = (60, 12)
pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Pane:
    """The small app in a pane of a tmux server of its own."""

    def __init__(self, socket: Path, driver: str, variables: str) -> None:
        self._tmux = ["tmux", "-u", "-S", str(socket), "-f", os.devnull]
        command = f"{sys.executable} {HERE / 'small_app.py'} {driver}"
        size = ["-x", str(SIZE[0]), "-y", str(SIZE[1])]
        path = os.pathsep.join([str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
        known = (
            f"env -u COLUMNS -u LINES -u NO_COLOR PYTHONPATH={path} COLORTERM=truecolor {variables}"
        )
        self._run("new-session", "-d", *size, f"{known} {command}")

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments], capture_output=True, text=True, check=True, timeout=20
        )
        return done.stdout

    def press(self, key: str) -> None:
        self._run("send-keys", key)

    def settled(self) -> Terminal:
        """The pane, once it has stayed the same for a while."""
        last, since, end = "", time.monotonic(), time.monotonic() + 20
        while time.monotonic() < end:
            seen = self._run("capture-pane", "-p", "-e", "-N")
            if seen != last or "plain" not in seen:
                last, since = seen, time.monotonic()
            elif time.monotonic() - since > 0.4:
                terminal = Terminal(*SIZE)
                terminal.feed("\x1b[?7l" + seen.rstrip("\n").replace("\n", "\r\n"))
                return terminal
            time.sleep(0.05)
        raise TimeoutError(f"never settles:\n{last}")

    def end(self) -> None:
        self._run("kill-server")


@pytest.fixture(params=["", "TERM=xterm-256color"])
def panes(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Pane, Pane]]:
    """Under tmux's own name, and under that of a terminal which can do more than tmux."""
    made = [Pane(tmp_path / driver, driver, request.param) for driver in ("delta", "stock")]
    yield made[0], made[1]
    for pane in made:
        pane.end()


def test_tmux_shows_the_same_of_both_drivers(panes: tuple[Pane, Pane]) -> None:
    for key in ("n", "d", "Escape", "NPage"):
        for pane in panes:
            pane.settled()
            pane.press(key)
        delta, stock = (pane.settled() for pane in panes)
        # What was erased with a colour, tmux shows in it, and leaves out of a capture.
        seen = [d for d in differences(delta, stock) if (d[2][0], d[3][0]) != (" ", " ")]
        assert not seen, key
