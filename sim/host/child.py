"""The process that an engine lives in, as the screen's side sees it."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile

from sim.errors import StepError, require_memory
from sim.host.line import Line
from sim.machine.python import python_command, python_environment
from sim.text import shown

STDERR_TAIL = 4096


class Child:
    """Starts at once; its first viewer is whoever made it.

    Args:
        background: whether nobody's terminal is near; then it gets a session of its own.

    Raises:
        StepError: the system gives no process.
        DecsimError: there is too little memory for one.
    """

    def __init__(self, *, background: bool = False) -> None:
        require_memory()
        near, far = socket.socketpair(socket.AF_UNIX)
        self.line = Line(near)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (read when the process has ended)
        try:
            self._process = subprocess.Popen(  # noqa: S603 (this program itself)
                python_command("sim.host", str(far.fileno())),
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                pass_fds=[far.fileno()],
                env=python_environment(),
                # A key or a hang-up of the terminal is the screen's to answer. The session stays
                # the same: Linux weighs processes of different sessions without their niceness.
                process_group=None if background else 0,
                start_new_session=background,
            )
        except OSError as error:
            raise StepError(f"no process for the engine: {error.strerror}") from None
        finally:
            far.close()

    def wait(self, seconds: float) -> None:
        """Wait until it has gone, but no longer than that."""
        try:
            self._process.wait(max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            return

    def exit_report(self) -> str:
        """Why it ended though nobody asked it to, in one line."""
        self.wait(1.0)
        code = self._process.returncode
        how = "hung up" if code is None else f"ended with code {code}"
        if code is not None and code < 0:
            how = f"was ended by signal {-code}"
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(self._errors.tell() - STDERR_TAIL, 0))
        lines = self._errors.read().decode("utf-8", "replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        words = f": {shown(last, 200)}" if last else ""
        return f"the engine's process {how}{words}"
