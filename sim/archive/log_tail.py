"""The end of the log of a run, for whoever looks at its errors."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from sim.archive.directory import RunDirectory
from sim.errors import RunDirectoryError
from sim.machine import files
from sim.machine.run_log import LARGEST
from sim.text import printable

BYTES: Final = 1 << 16
"""Bytes of the end that are read where everything is wanted."""


def log_tail(run_dir: Path, lines: int = 400) -> tuple[str, ...]:
    """The last lines of `run.log`, fit for a terminal; one line that says so where there are none.

    Args:
        run_dir: the run directory.
        lines: at most so many.
    """
    try:
        found = _end(run_dir, BYTES)
    except (OSError, RunDirectoryError) as error:
        return (printable(f"run.log cannot be read: {error}"),)
    return tuple(found[-lines:]) or ("nothing is logged yet",)


def log_about(run_dir: Path, kind: str, entries: int = 50) -> tuple[str, ...]:
    """The lines of `run.log` about one kind of error, with their tracebacks; oldest first.

    Args:
        run_dir: the run directory.
        kind: e.g. `agent.crash`.
        entries: at most so many, the latest.
    """
    try:
        lines = _end(run_dir, LARGEST)
    except (OSError, RunDirectoryError):
        return ()
    about = re.compile(rf" {re.escape(kind)}[: ]|\"kind\": \"{re.escape(kind)}\"")
    found = deque((e for e in entries_of(lines) if about.search(e[0])), maxlen=entries)
    return tuple(line for entry in found for line in entry)


def entries_of(lines: Iterable[str]) -> Iterator[list[str]]:
    """Lines that begin at the left, each with the indented ones after it."""
    entry: list[str] = []
    for line in lines:
        if entry and not line.startswith(" "):
            yield entry
            entry = []
        entry.append(line)
    if entry:
        yield entry


def _end(run_dir: Path, most: int) -> list[str]:
    """The whole lines in the last bytes, fit for a terminal.

    Raises:
        OSError: they cannot be read.
        RunDirectoryError: it is no plain file of the run.
    """
    with files.reading(RunDirectory(run_dir).log_file) as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - most))
        text = stream.read(most).decode("utf-8", "replace")
    lines = [printable(line) for line in text.split("\n")]
    return lines[1 if size > most else 0 : -1]  # of the first one, the beginning is not there
