"""The small app in a pseudo-terminal, whose other end is an emulator."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

from emulator import Terminal

HERE = Path(__file__).parent
_MODES = ("\x1b[?2026$p", "\x1b[?2026;2$y")
PATIENCE = 20.0


class PtyApp:
    """Runs it, answers what a terminal answers, and keeps what it wrote.

    Args:
        driver: `delta` or `stock`.
        size: columns and rows.
        answers: whether the terminal says where its cursor is.
        most: bytes per second for the driver.
        signal_at_start: a name; it comes while the app takes the terminal.
    """

    def __init__(
        self,
        driver: str,
        size: tuple[int, int] = (60, 12),
        *,
        answers: bool = True,
        most: int = 0,
        signal_at_start: str = "",
    ) -> None:
        self._near, far = pty.openpty()
        self._answers = answers
        self._resize(far, size)
        self.terminal = Terminal(*size)
        self.written = ""
        command = [sys.executable, str(HERE / "small_app.py"), driver, str(most)]
        command += [signal_at_start] if signal_at_start else []
        path = os.pathsep.join([str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
        known = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": path}
        foreign = ("NO_COLOR", "COLUMNS", "LINES")
        environment = {k: v for k, v in os.environ.items() if k not in foreign} | known
        self.process = subprocess.Popen(
            command, stdin=far, stdout=far, stderr=far, env=environment, start_new_session=True
        )
        os.close(far)

    def __enter__(self) -> PtyApp:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._near)

    def hang_up(self) -> None:
        """The terminal is gone."""
        os.close(self._near)
        self._near = os.open(os.devnull, os.O_RDWR)

    def press(self, keys: str) -> None:
        os.write(self._near, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        self._resize(self._near, (columns, rows))
        self.terminal.screen.resize(rows, columns)
        self.process.send_signal(signal.SIGWINCH)

    def read(self, quiet: float = 0.4) -> str:
        """What is written until nothing comes for so many seconds."""
        began, got = time.monotonic(), ""
        while data := self.some(quiet):
            got += data
            if time.monotonic() - began > PATIENCE:
                raise TimeoutError("it never stops writing")
        return got

    def wait_for(self, text: str) -> str:
        """What is written until the screen shows this text."""
        began, got = time.monotonic(), ""
        while text not in self.terminal.text():
            got += self.some(0.1)
            if time.monotonic() - began > PATIENCE:
                raise TimeoutError(f"{text!r} never came:\n{self.terminal.text()}")
        return got + self.read()

    def some(self, seconds: float) -> str:
        """What there is now, or the first that comes within so many seconds."""
        ready, _, _ = select.select([self._near], [], [], seconds)
        try:
            data = os.read(self._near, 65536) if ready else b""
        except OSError:
            return ""
        text = data.decode(errors="surrogateescape")
        while text.endswith(tuple(map(chr, range(0xDC80, 0xDD00)))):  # half a character
            data += os.read(self._near, 1)
            text = data.decode(errors="surrogateescape")
        self._feed(text)
        return text

    def _feed(self, text: str) -> None:
        self.written += text
        self.terminal.feed(text)
        if _MODES[0] in text:
            self.press(_MODES[1])
        while self.terminal.screen.answers:
            answer = self.terminal.screen.answers.pop(0)
            if self._answers:
                self.press(answer)

    @staticmethod
    def _resize(fileno: int, size: tuple[int, int]) -> None:
        fcntl.ioctl(fileno, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
