"""The real app on a terminal of its own, as a login shell would start it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ATTACHED = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "tui", *sys.argv[1:]])
"""
"""The app in a session whose terminal is its standard input, so that a hang-up reaches it."""


SHELL = """
import fcntl, os, signal, subprocess, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
app = subprocess.Popen([sys.executable, "-m", "tui", *sys.argv[1:]], process_group=0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
os.tcsetpgrp(0, app.pid)
os.waitpid(app.pid, os.WUNTRACED)
os.tcsetpgrp(0, os.getpgrp())
print("stopped", app.pid, flush=True)
signal.pause()
"""
"""A shell with job control: the app is a group of its own in the shell's session."""


def app_on_a_terminal(
    arguments: list[str], *, told: bool = True, shell: bool = False
) -> tuple[subprocess.Popen[bytes], int]:
    """The app as a login shell would start it, and our end of its terminal.

    Where it is not `told`, a hang-up sends it no signal, as that of a shell that has not got to it.
    With a `shell`, that is the process.

    Without `pty.fork`: this process has threads, whose locks a forked child would never get.
    """
    near, far = pty.openpty()
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    program = SHELL if shell else ATTACHED
    app = subprocess.Popen(
        [sys.executable, *(["-c", program] if told else ["-m", "tui"]), *arguments],
        stdin=far,
        stdout=far,
        stderr=far,
        env=os.environ | {"TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(far)
    return app, near


def watch_until_it_steps(terminal: int) -> str:
    seen = b""
    deadline = time.monotonic() + 60
    for data in output(terminal):
        seen += data
        if Path("r/ledger.db").exists() and len(seen) > 4000:
            break
        assert time.monotonic() < deadline
    time.sleep(1)
    return seen.decode("utf-8", "replace")


def output(terminal: int) -> Iterator[bytes]:
    while True:
        ready, _, _ = select.select([terminal], [], [], 0.1)
        try:
            yield os.read(terminal, 65536) if ready else b""
        except OSError:
            return


def wait_for_its_end(app: subprocess.Popen[bytes], terminal: int | None) -> tuple[int, str]:
    """Exit code and what was written until then."""
    seen = b""
    deadline = time.monotonic() + 30
    for data in output(terminal) if terminal is not None else ():
        seen += data
        if time.monotonic() > deadline:
            pytest.fail(f"the app does not end: {seen[-3000:]!r}")
    while time.monotonic() < deadline:
        code = app.poll()
        if code is not None:
            return code, seen[-3000:].decode("utf-8", "replace")
        time.sleep(0.01)
    pytest.fail(f"the process does not end: {seen[-3000:]!r}")
