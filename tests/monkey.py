"""Random keys, clicks and resizes on the real app in a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import random
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60.0
_IDLE = 8
"""Times in a row that an app with nothing to do is found asleep."""
_WHERE, _THERE = b"\x1b[6n", b"\x1b[1;4R"
_ENTER, _LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
_WHO, _XTERM = b"\x1b[c", b"\x1b[?62;22c"
_SIZES = [(80, 24), (120, 40), (200, 60), (300, 20), (30, 80), (50, 15), (39, 9), (5, 3), (1, 1)]
# Not those that leave the app: q, d, ctrl+c, ctrl+q, ctrl+z.
_LETTERS = [c for c in map(chr, range(33, 127)) if c not in "qd"]
_SPECIAL = [
    *("\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"), *("\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F"),
    "\t", "\x1b[Z", "\x7f", " ", "\x0c", "\x06", "\x02", "\x04", "\x15", "\x10", "\x13",
]  # fmt: skip
BREAKERS = ("the app broke", "Traceback (most recent call last)", "unexpected ")


def end_engine(run: Path) -> None:
    """End an engine that was left to itself, as the palette offers."""
    subprocess.run(
        [sys.executable, "-m", "tui", "stop", str(run)],
        cwd=ROOT, env=os.environ, capture_output=True, check=False, timeout=PATIENCE,
    )  # fmt: skip


class Monkey:
    """One session of the app, on a run of its own.

    Args:
        folder: for the run, and for whatever the monkey saves.
        seed: of the keys.
        options: of a new run.
        resumed: go on with the run that is there.
    """

    def __init__(
        self, folder: Path, seed: int, options: Sequence[str] = (), *, resumed: bool = False
    ) -> None:
        self._dice = random.Random(seed)
        self.run = folder / "run"
        self._near, self._far = pty.openpty()
        self._size = (120, 40)
        self._resize(self._size)
        self._before = termios.tcgetattr(self._far)
        new = ["--run-dir", str(self.run), "--seed", "1", *options]
        words = ["resume", str(self.run)] if resumed else new
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tui", *words], cwd=folder,
            stdin=self._far, stdout=self._far, stderr=self._far, start_new_session=True,
            env=os.environ | {"TERM": "xterm-256color", "PYTHONPATH": path},
        )  # fmt: skip
        self.written = bytearray()
        self.size = 0
        """Bytes that were written in all."""
        self.done: list[str] = []
        """The last that it did."""

    @property
    def alive(self) -> bool:
        """Whether the app runs."""
        return self.process.poll() is None

    @property
    def _has_left(self) -> bool:
        """Whether the terminal is the shell's again: ctrl+s would hold what is said at the end."""
        return self.written.rfind(_LEAVE) > self.written.rfind(_ENTER)

    def wait_for_run(self) -> None:
        """Until there is a ledger, so that there is something to steer, and the app has the keys.

        A resumed run is computed again first. Until the app has them, ctrl+s is the terminal's: it
        would hold whatever is written.
        """
        end = time.monotonic() + PATIENCE
        ledger = self.run / "ledger.db"
        while not (ledger.exists() and _ENTER in self.written) and time.monotonic() < end:
            self._read(0.05)

    def play(self, deeds: int) -> int:
        """Do so many things; how many were done before the app ended."""
        for number in range(deeds):
            if not self.alive or self._has_left:
                return number
            self._deed()
            self._read(0.002)
            if number % 25 == 24:
                self._let_it_catch_up()
                self._must_draw()
        return deeds

    def leave(self) -> tuple[int, str]:
        """Close what is open and quit; the exit code and what was said."""
        end = time.monotonic() + PATIENCE
        while self.alive and time.monotonic() < end:
            self._type("\x1b")
            self._read(0.3)
            self._type("\x03")
            self._read(1.0)
        code = self.process.wait(PATIENCE)
        self._read(0.2)
        text = bytes(self.written[-4000:]).decode("utf-8", "replace")
        restored = termios.tcgetattr(self._far)
        os.close(self._far)
        os.close(self._near)
        assert restored == self._before, "the terminal's modes are not what they were"
        return code, text.rpartition("\x1b[?1049l")[2]

    def _deed(self) -> None:
        kind = self._dice.random()
        if kind < 0.02:
            self._resize(self._dice.choice(_SIZES))
        elif kind < 0.15:
            x, y = (self._dice.randint(1, most) for most in self._size)
            button = self._dice.choice([0, 0, 0, 2, 64, 65])
            self._type(f"\x1b[<{button};{x};{y}M\x1b[<{button};{x};{y}m")
        elif kind < 0.25:
            self._type("\x1b")
            self._read(0.15)  # or it would be the beginning of the next key
        elif kind < 0.33:
            self._type("\r")
        elif kind < 0.55:
            self._type(self._dice.choice(_SPECIAL))
        else:
            self._type(self._dice.choice(_LETTERS))

    def _let_it_catch_up(self) -> None:
        """Wait until the app has nothing to do; what waits when it is left is thrown away."""
        asleep, end = 0, time.monotonic() + PATIENCE
        while asleep < _IDLE and self.alive and time.monotonic() < end:
            self._read(0.005)
            with suppress(psutil.Error):
                resting = psutil.Process(self.process.pid).status() == psutil.STATUS_SLEEPING
                asleep = asleep + 1 if resting else 0
        assert asleep >= _IDLE or not self.alive, f"never idle after {self.done[-30:]!r}"

    def _must_draw(self) -> None:
        """A screen that is asked to be drawn anew is, however busy it is."""
        if self._size < (2, 2):
            self._resize((120, 40))
        before = self.size
        self._type("\x0c")
        end = time.monotonic() + PATIENCE
        while self.size == before and self.alive and time.monotonic() < end:
            self._read(0.02)
        assert self.size > before or not self.alive, f"frozen after {self.done[-30:]!r}"

    def _type(self, keys: str) -> None:
        self.done = [*self.done[-60:], keys]
        data = keys.encode()
        while data and self.alive:
            _, ready, _ = select.select([], [self._near], [], 0.05)
            if ready:
                data = data[os.write(self._near, data[:256]) :]
            self._read(0.0)

    def _read(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            left = max(end - time.monotonic(), 0.0)
            ready, _, _ = select.select([self._near], [], [], left)
            if not ready:
                return
            try:
                data = os.read(self._near, 1 << 16)
            except OSError:
                return
            self.written += data
            self.size += len(data)
            if len(self.written) > 1 << 20:
                del self.written[: 1 << 19]
            answers = _THERE * data.count(_WHERE) + _XTERM * data.count(_WHO)
            if answers:
                os.write(self._near, answers)

    def _resize(self, size: tuple[int, int]) -> None:
        self._size = size
        self.done = [*getattr(self, "done", [])[-60:], f"resize {size}"]
        packed = struct.pack("HHHH", size[1], size[0], 0, 0)
        fcntl.ioctl(self._far, termios.TIOCSWINSZ, packed)
        if process := getattr(self, "process", None):
            process.send_signal(signal.SIGWINCH)
