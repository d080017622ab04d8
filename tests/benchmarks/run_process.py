"""The program as a process of its own: with a pseudo-terminal for its screen, or without one."""

from __future__ import annotations

import fcntl
import os
import pty
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from pathlib import Path
from types import TracebackType

from emulator import Terminal
from timing import ROOT, environment

COLUMNS, ROWS = 120, 40
PATIENCE = 180.0
"""Longest wait for anything, s."""


class RunProcess:
    """A run of the scenario quickstart at full speed in a temporary run directory.

    Args:
        agents: how many.
        screen: whether to show it, in a pseudo-terminal that a thread reads all the time.
        variables: more of the environment.
    """

    def __init__(self, agents: int, *, screen: bool, **variables: str) -> None:
        self._folder = tempfile.mkdtemp(prefix="decsim-bench-")
        self._output = bytearray()
        self._screen, self._fed = Terminal(COLUMNS, ROWS), 0
        self._arrived: list[tuple[int, float]] = []
        """(bytes so far, when)."""
        self.started = time.perf_counter()
        run = Path(self._folder) / "run"
        self.ledger = run / "ledger.db"
        what = [] if screen else ["run", "--steps", "1000000", "--quiet"]
        settings = ["--set", "simulation.steps_per_second=0", "--agents", str(agents)]
        command = [sys.executable, "-m", "tui", *what, *settings, "--run-dir", str(run)]
        self._terminal, child_end = pty.openpty()
        size = struct.pack("HHHH", ROWS, COLUMNS, 0, 0)
        fcntl.ioctl(child_end, termios.TIOCSWINSZ, size)
        self._process = subprocess.Popen(
            command,
            stdin=child_end,
            stdout=child_end if screen else subprocess.DEVNULL,
            stderr=child_end if screen else subprocess.DEVNULL,
            env=environment(TERM="xterm-256color", XDG_CONFIG_HOME=self._folder, **variables),
            cwd=ROOT,
            start_new_session=True,
        )
        os.close(child_end)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> RunProcess:
        """This process."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it, and remove what it wrote."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(5)
        os.close(self._terminal)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._terminal, 65536)
            except OSError:
                return
            if not data:
                return
            if b"\x1b[c" in data:  # who are you? Every terminal answers that.
                os.write(self._terminal, b"\x1b[?62;22c")
            self._output += data
            self._arrived.append((len(self._output), time.perf_counter()))

    def press(self, key: str) -> tuple[int, float]:
        """Send a key; returns the length of the output before, and the moment."""
        before = len(self._output)
        moment = time.perf_counter()
        os.write(self._terminal, key.encode())
        return before, moment

    def wait_for(self, text: str, after: int = 0) -> float:
        """When the screen showed this text, looking at it from byte `after` of the output on."""
        end = time.perf_counter() + PATIENCE
        self._feed(after)
        while time.perf_counter() < end:
            length, when = next(
                (each for each in list(self._arrived) if each[0] > self._fed), (self._fed, 0.0)
            )
            if length > self._fed:
                self._feed(length)
                if text in self._screen.text():
                    return when
                continue
            self._check()
            time.sleep(0.001)
        raise TimeoutError(f"{text!r} never came")

    def _feed(self, length: int) -> None:
        """Draw the output up to this byte."""
        self._screen.feed_bytes(bytes(self._output[self._fed : length]))
        self._fed = max(self._fed, length)

    def wait_for_step(self, step: int) -> float:
        """When the ledger holds this step."""
        end = time.perf_counter() + PATIENCE
        while time.perf_counter() < end:
            if self.step() >= step:
                return time.perf_counter()
            self._check()
            time.sleep(0.01)
        raise TimeoutError(f"step {step} never came")

    def step(self) -> int:
        """The last step in the ledger."""
        if not self.ledger.exists():
            return 0
        try:
            connection = sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True, timeout=5)
            try:
                return int(connection.execute("SELECT max(step) FROM steps").fetchone()[0] or 0)
            finally:
                connection.close()
        except sqlite3.OperationalError:
            return 0

    def pace(self, seconds: float) -> float:
        """Steps per second over some seconds."""
        first, start = self.step(), time.perf_counter()
        time.sleep(seconds)
        return (self.step() - first) / (time.perf_counter() - start)

    def hold(self, held: bool) -> None:
        """Stop the process of the screen, or let it go on; the engine's own goes on anyway."""
        self._process.send_signal(signal.SIGSTOP if held else signal.SIGCONT)
        time.sleep(0.3)

    def _check(self) -> None:
        if self._process.poll() is not None:
            text = bytes(self._output[-2000:]).decode(errors="replace")
            raise RuntimeError(f"ended with code {self._process.returncode}: {text}")
