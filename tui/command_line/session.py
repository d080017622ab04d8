"""What one invocation of the command line knows about itself."""

from __future__ import annotations

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
        from sim.machine.run_log import append_error

        return self.log_file if append_error(self.log_file, error) else None


pass_session = click.make_pass_decorator(Session, ensure=True)
"""Gives a command the session as its first argument."""
