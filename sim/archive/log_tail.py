"""The end of the log of a run, for whoever looks at its errors."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from sim.archive.directory import RunDirectory
from sim.errors import RunDirectoryError
from sim.machine import files
from sim.text import printable

BYTES: Final = 1 << 16
"""Bytes of the end that are read."""


def log_tail(run_dir: Path, lines: int = 400) -> tuple[str, ...]:
    """The last lines of `run.log`, fit for a terminal; one line that says so where there are none.

    Args:
        run_dir: the run directory.
        lines: at most so many.
    """
    file = RunDirectory(run_dir).log_file
    try:
        with files.reading(file) as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - BYTES))
            text = stream.read(BYTES).decode("utf-8", "replace")
    except (OSError, RunDirectoryError) as error:
        return (printable(f"{file.name} cannot be read: {error}"),)
    found = [printable(line) for line in text.split("\n")]
    if size > BYTES:
        del found[0]  # its beginning is not there
    return tuple(found[-lines - 1 : -1]) or ("nothing is logged yet",)
