"""What a process uses of its machine, as far as the machine tells."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from sim.machine.capacity import open_files, resident_bytes, threads


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
