"""What one invocation of the command line knows about itself."""

from __future__ import annotations

import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click


@dataclass(slots=True)
class Session:
    """The run that an invocation is about, so that a crash can be written down beside it."""

    log_file: Path | None = None
    """`run.log` of the run directory, once there is one."""

    def record(self, error: BaseException) -> Path | None:
        """Append the traceback of an unexpected error to the run's log.

        Returns:
            The log, or None where there is none or it cannot be written.
        """
        if self.log_file is None:
            return None
        from sim.errors import RunDirectoryError
        from sim.machine import files

        text = "".join(traceback.format_exception(error))
        when = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        with suppress(OSError, RunDirectoryError):
            files.append_text(self.log_file, f"{when} unexpected error\n{text}")
            return self.log_file
        return None


pass_session = click.make_pass_decorator(Session, ensure=True)
"""Gives a command the session as its first argument."""
