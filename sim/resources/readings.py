"""What a process uses of its machine, as far as the machine tells."""

from __future__ import annotations

import resource
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

from sim.machine.capacity import resident_bytes

_TASKS = Path("/proc/self/task")
_FILES = (Path("/proc/self/fd"), Path("/dev/fd"))
"""Folders with one entry for each open file of this process: Linux, then macOS and the BSDs."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Figures of one moment; None where this machine does not tell."""

    memory: int | None
    """Resident set of the process, bytes."""
    disk: int | None
    """Bytes that may still be written where the run is kept."""
    files: int | None
    """File descriptors in use."""
    connections: int | None
    """Connections to the ledger: the one that writes and those that read."""
    threads: int | None
    """Threads of the process, those of libraries included."""


def take(folder: Path, connections: int | None = None) -> Readings:
    """The present figures of this process.

    Args:
        folder: where the run is kept.
        connections: passed on; only the ledger knows them.
    """
    return Readings(resident_bytes(), free_bytes(folder), open_files(), connections, threads())


def free_bytes(folder: Path) -> int | None:
    """Bytes that an ordinary user may still write below `folder`, or below its nearest parent."""
    for place in (folder, *folder.parents):
        try:
            return shutil.disk_usage(place).free
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None


def open_files() -> int | None:
    """File descriptors in use."""
    for folder in _FILES:
        try:
            # Looking needs one itself, which is closed again by now.
            return sum(1 for _ in folder.iterdir()) - 1
        except OSError:
            continue
    return None


def file_limit() -> int:
    """File descriptors that this process may have; 0 where there is no limit."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 0 if soft == resource.RLIM_INFINITY else soft


def threads() -> int:
    """Threads of the process; where the machine does not tell, those that Python made."""
    try:
        return sum(1 for _ in _TASKS.iterdir())
    except OSError:
        return threading.active_count()
