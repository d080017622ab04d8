"""A program on a pseudo-terminal, perhaps at the end of a slow line: what it sends is counted."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psutil
from emulator import Terminal
from timing import ROOT, environment

FRAME = b"\x1b[?2026h"
_MODES, _ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_WHERE, _THERE = b"\x1b[6n", b"\x1b[1;4R"
_WHO, _XTERM = b"\x1b[c", b"\x1b[?62;22c"
STOCK = "tui.terminal.driver:PatientDriver"
PATIENCE = 60.0


@dataclass(frozen=True)
class Line:
    """A slow line.

    Its buffer holds some seconds, as those of a real one do; then the program has to wait.
    """

    bytes_per_second: float
    delay: float
    """Seconds in either direction."""
    buffer: int = 1 << 16


@dataclass(frozen=True)
class Count:
    """What was sent in some time."""

    seconds: float
    size: int
    frames: int
    processor: float
    """Seconds of the processor that the screen's own process took."""

    @property
    def rate(self) -> float:
        """KB/s."""
        return self.size / self.seconds / 1000

    @property
    def per_frame(self) -> float:
        """Bytes in a frame."""
        return self.size / max(self.frames, 1)


class ScreenSession:
    """Runs a program, answers as a terminal does, and counts.

    Args:
        command: what to run.
        size: columns and rows.
        line: what is between the program and the terminal; none is a terminal beside it.
        root: the checkout that a program of Python is taken from.
        variables: more of the environment.
    """

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int] = (120, 40),
        line: Line | None = None,
        root: Path = ROOT,
        **variables: str,
    ) -> None:
        self._line = line
        self.terminal = Terminal(*size)
        self._near, far = pty.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        known = {"TERM": "xterm-256color", "COLORTERM": "truecolor", **variables}
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            command, stdin=far, stdout=far, stderr=far, env=environment(root, **known), cwd=root,
            start_new_session=True,
        )  # fmt: skip
        os.close(far)
        self._sent = self._frames = 0
        self._due_down: deque[tuple[float, bytes]] = deque()
        self._due_up: deque[tuple[float, bytes]] = deque()
        self._free = 0.0
        """When the line has carried all that it was given."""
        self.backlog = 0
        """Bytes that wait at this end of the line."""
        self._ended, self._news = threading.Event(), threading.Event()
        self._shown = self.began
        """When what the terminal shows arrived; to draw it takes a terminal in Python long."""
        self._thread = threading.Thread(target=self._relay, daemon=True)
        self._thread.start()

    def __enter__(self) -> ScreenSession:
        """This session."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._ended.set()
        self._thread.join(5)
        os.close(self._near)

    def press(self, keys: str) -> float:
        """Type; returns when."""
        now = time.monotonic()
        self._up(keys.encode(), now)
        return now

    def count(self, seconds: float) -> Count:
        """Count for some time."""
        sent, frames, used = self._sent, self._frames, self._used()
        start = time.monotonic()
        self._ended.wait(seconds)
        now = time.monotonic()
        return Count(now - start, self._sent - sent, self._frames - frames, self._used() - used)

    def wait_for(self, *texts: str, gone: bool = False) -> float:
        """When the screen shows one of these texts, or none of them any more."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self._news.clear()
            shown, screen = self._shown, self.terminal.text()
            if any(text in screen for text in texts) is not gone:
                return shown
            self._news.wait(0.5)
        raise TimeoutError(f"{texts} {'stayed' if gone else 'never came'}:\n{screen}")

    def _used(self) -> float:
        try:
            times = psutil.Process(self._process.pid).cpu_times()
        except psutil.Error:
            return 0.0
        return times.user + times.system

    def _relay(self) -> None:
        watched = self._line is not None
        while not self._ended.is_set():
            now = time.monotonic()
            while self._due_up and self._due_up[0][0] <= now:
                os.write(self._near, self._due_up.popleft()[1])
            while self._due_down and self._due_down[0][0] <= now:
                data = self._due_down.popleft()[1]
                self.backlog -= len(data)
                self._arrive(data, watched)
            room = self._line is None or self.backlog < self._line.buffer
            ready, _, _ = select.select([self._near] if room else [], [], [], 0.004)
            if ready and not self._take(time.monotonic()):
                return

    def _take(self, now: float) -> bool:
        try:
            data = os.read(self._near, 1024 if self._line else 1 << 16)
        except OSError:
            return False
        self._sent += len(data)
        self._frames += data.count(FRAME)
        if self._line is None:
            self._arrive(data, watched=False)
        else:
            self._free = max(now, self._free) + len(data) / self._line.bytes_per_second
            self.backlog += len(data)
            self._due_down.append((self._free + self._line.delay, data))
        return bool(data)

    def _arrive(self, data: bytes, watched: bool) -> None:
        now = time.monotonic()
        if watched:
            self.terminal.feed_bytes(data)
            self._shown = now
            self._news.set()
        if _MODES in data:
            self._up(_ANSWER, now)
        if _WHO in data:
            self._up(_XTERM, now)
        for _ in range(data.count(_WHERE)):
            self._up(_THERE, now)

    def _up(self, data: bytes, now: float) -> None:
        self._due_up.append((now + (self._line.delay if self._line else 0.0), data))


class AppSession(ScreenSession):
    """The app on a new run.

    Args:
        agents: how many.
        stock: draw with Textual's own driver.
        full_speed: not at the scenario's own pace.
        size: columns and rows.
        line: between app and terminal.
        options: more options of the command line.
        root: another checkout, perhaps an earlier one; its app runs as it comes.
    """

    def __init__(
        self,
        agents: int = 0,
        *,
        stock: bool = False,
        full_speed: bool = True,
        size: tuple[int, int] = (120, 40),
        line: Line | None = None,
        options: Sequence[str] = (),
        root: Path = ROOT,
    ) -> None:
        self._folder = tempfile.mkdtemp(prefix="decsim-bench-")
        self.run = Path(self._folder) / "run"
        command = [sys.executable, "-m", "tui", "--run-dir", str(self.run), *options]
        if root == ROOT:
            command += ["--set", "ui.on_hangup=end"]  # nothing lives longer than its session
        command += ["--agents", str(agents)] if agents else []
        command += ["--set", "simulation.steps_per_second=0"] if full_speed else []
        variables = {"TEXTUAL_DRIVER": STOCK} if stock else {}
        super().__init__(command, size, line, root, XDG_CONFIG_HOME=self._folder, **variables)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it, and remove what it wrote."""
        super().__exit__(kind, error, trace)
        shutil.rmtree(self._folder, ignore_errors=True)

    def settle(self, seconds: float) -> None:
        """Wait until the run has begun, and some seconds more."""
        end = time.monotonic() + PATIENCE
        while not (self.run / "ledger.db").exists() and time.monotonic() < end:
            time.sleep(0.05)
        self.count(seconds)
