"""Lists on a terminal: wrapped to its width, coloured unless nobody wants colours."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from pathlib import Path

import pytest

from tui.command_line.columns import columns

ROOT = Path(__file__).parents[2]
_SGR = re.compile(r"\x1b\[[\d;]*m")


def on_a_terminal(width: int, *arguments: str, **variables: str) -> list[str]:
    near, far = pty.openpty()
    ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 30, width, 0, 0))
    environ = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LINES")}
    child = subprocess.Popen(
        [sys.executable, "-m", "tui", *arguments], cwd=ROOT, stdin=far, stdout=far, stderr=far,
        env=environ | {"TERM": "xterm-256color", **variables},
    )  # fmt: skip
    os.close(far)
    written = b""
    while True:
        try:
            more = os.read(near, 65536)
        except OSError:
            break
        if not more:
            break
        written += more
    os.close(near)
    assert child.wait(30) == 0
    return written.decode().replace("\r\n", "\n").splitlines()


@pytest.mark.parametrize("command", ["scenarios", "doctor"])
def test_lists_are_coloured_and_never_wider_than_the_terminal(command) -> None:
    lines = on_a_terminal(70, command)
    assert any("\x1b[" in line for line in lines)
    assert max(len(_SGR.sub("", line)) for line in lines) <= 70 or command == "doctor"


def test_no_color_is_respected() -> None:
    assert not any("\x1b" in line for line in on_a_terminal(70, "scenarios", NO_COLOR="1"))


def test_the_last_column_is_wrapped_under_itself() -> None:
    rows = [("one", "a few words and some more of them"), ("three", "short")]
    lines = columns(rows, (False, False), 30, head=False, colour=False)
    assert lines == ["one    a few words and some", "       more of them", "three  short"]


def test_headings_states_and_names_differ() -> None:
    rows = [("RUN", "STATE"), ("a", "failed"), ("b", "finished")]
    head, failed, finished = columns(rows, (False, False), 80, head=True, colour=True)
    assert head.startswith("\x1b[2m")
    assert "\x1b[31mfailed" in failed
    assert finished.startswith("\x1b[1mb\x1b[0m") and "\x1b[3" not in finished


def test_numbers_are_never_wrapped() -> None:
    rows = [("name", "1234567890" * 4)]
    assert columns(rows, (False, True), 30, head=False, colour=False) == [
        "name  " + "1234567890" * 4
    ]
