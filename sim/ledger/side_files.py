"""The files beside a ledger: what SQLite keeps there, if it can be trusted, and what is missing."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

import apsw

from sim.errors import RunDirectoryError
from sim.machine import files
from sim.text import shown

SIDE_FILES: Final = ("-wal", "-shm", "-journal")
"""Suffixes of the files that SQLite keeps beside a database."""
_JOURNAL_MAGIC: Final = bytes.fromhex("d9d505f920a163d7")
"""What a rollback journal begins with, and ends with where it names a super-journal."""


def wal_of(path: Path) -> Path:
    """Where the write-ahead log of a ledger is, or would be."""
    return path.with_name(f"{path.name}-wal")


def journal_of(path: Path) -> Path:
    """Where the rollback journal of a ledger is, or would be."""
    return path.with_name(f"{path.name}-journal")


def check_files(path: Path, *, writing: bool = False) -> None:
    """Makes sure that SQLite finds plain files where it looks for a ledger and its side files.

    Args:
        path: The ledger; it need not exist.
        writing: It is going to be changed.

    Raises:
        RunDirectoryError: One of them is something else.
        OSError: They cannot be looked at.
    """
    for suffix in ("", *SIDE_FILES):
        files.check(path.with_name(path.name + suffix), writing=writing)
    with suppress(FileNotFoundError), files.reading(journal_of(path)) as file:
        # Rolling such a journal back deletes the other file that it names, wherever that is.
        if file.seek(0, os.SEEK_END) >= len(_JOURNAL_MAGIC):
            file.seek(-len(_JOURNAL_MAGIC), os.SEEK_END)
            if file.read() == _JOURNAL_MAGIC:
                raise RunDirectoryError(
                    f"{shown(journal_of(path))}: belongs to a transaction over several files,"
                    " expected the journal of a ledger"
                )


def in_wal_mode(path: Path) -> bool:
    """Whether the head of the file says that its latest rows may be in a write-ahead log.

    Raises:
        OSError: It cannot be read.
    """
    with files.reading(path) as file:
        return file.read(20)[18:20] == b"\2\2"


def lacks_wal(path: Path) -> bool:
    """Whether a ledger was in use when it was copied, or its run killed, and its log is not here.

    Raises:
        OSError: It cannot be read.
    """
    return in_wal_mode(path) and not wal_of(path).exists()


def without_tables(path: Path) -> str:
    """Why a SQLite file that may be a ledger has no tables, in words."""
    if lacks_wal(path):
        return (
            f"{shown(path)}: was copied without its {path.name}-wal, which holds all of it; copy"
            " both, or stop the run first"
        )
    if in_wal_mode(path):
        return f"{shown(path)}: nothing is recorded in it yet: its run ended before it began"
    return f"{shown(path)}: a SQLite file, but not a ledger"


class CopiedConnection(apsw.Connection):
    """A connection to a private copy, for a place where SQLite cannot make the files it needs."""

    def __init__(self, path: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="decsim-")
        copy = Path(self._folder.name) / path.name
        for suffix in ("", "-wal", "-journal"):
            side = path.with_name(path.name + suffix)
            target = copy.with_name(copy.name + suffix)
            with suppress(FileNotFoundError), files.reading(side) as file, target.open("wb") as to:
                shutil.copyfileobj(file, to, 1 << 20)
        super().__init__(str(copy), flags=apsw.SQLITE_OPEN_READWRITE)

    def close(self, force: bool = False) -> None:
        """Closes it, and drops the copy."""
        super().close(force)
        self._folder.cleanup()
