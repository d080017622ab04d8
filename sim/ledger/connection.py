"""Opening SQLite connections: the writing one, and reading ones that leave no trace."""

from __future__ import annotations

import os
import urllib.parse
from contextlib import suppress
from pathlib import Path
from typing import Final

import apsw

from sim.errors import LedgerCorruptError, RunDirectoryError
from sim.ledger.disk import Disk
from sim.ledger.filesystem import JournalMode
from sim.ledger.rows import VERSIONS
from sim.ledger.schema import APPLICATION_ID, expected_objects, objects
from sim.ledger.side_files import (
    CopiedConnection,
    check_files,
    journal_of,
    lacks_wal,
    wal_of,
    without_tables,
)
from sim.ledger.sqlite_errors import described, translated
from sim.machine import files
from sim.text import shown

READER_BUSY_MS: Final = 5000
"""How long a reader waits for a writer; matters only under a rollback journal."""

_MAGIC: Final = b"SQLite format 3\0"
_APPLICATION_AT: Final = 68
"""Where the application id stands in a file."""


def connect_writer(
    path: Path, journal: JournalMode, disk: Disk | None = None
) -> tuple[apsw.Connection, JournalMode]:
    """Opens the connection that writes and checkpoints. The file must exist.

    Args:
        path: The ledger.
        journal: How a transaction is to be protected.
        disk: Reach the file through this one.

    Returns:
        The connection and the journal in use: WAL may be refused by the file system after all.

    Raises:
        apsw.Error: The file cannot be opened for writing.
        RunDirectoryError: It, or a file beside it, is no plain file of its own.
    """
    check_files(path, writing=True)
    connection = apsw.Connection(
        str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=disk.name if disk else None
    )
    try:
        return connection, _prepare_writer(connection, journal)
    except BaseException:
        connection.close()
        raise


def _prepare_writer(connection: apsw.Connection, journal: JournalMode) -> JournalMode:
    # No busy timeout: the ledger waits by itself, counts it, and says so. No mmap_size: a damaged
    # or truncated mapped file ends the process with SIGBUS instead of an error.
    got = str(connection.pragma("journal_mode", journal.mode))
    if got != journal.mode:
        journal = JournalMode(
            str(connection.pragma("journal_mode", "delete")), f"SQLite chose {got}"
        )
    # Under WAL, NORMAL cannot damage the file: a power cut (not a crash of this process) may take
    # back the newest steps as a whole, and they can be computed again. FULL would wait for the
    # disk in every step. A rollback journal is safe with FULL only.
    connection.pragma("synchronous", "NORMAL" if journal.mode == "wal" else "FULL")
    connection.pragma("foreign_keys", True)
    connection.pragma("recursive_triggers", True)  # INSERT OR REPLACE then fires no_delete, too
    return journal


def _reader_uri(path: Path, live: bool) -> str:
    """URI that opens the file for reading without creating files next to it."""
    uri = "file:" + urllib.parse.quote(str(path.absolute())) + "?mode=ro"
    if live or wal_of(path).exists():
        return uri
    # Nobody writes to a WAL-mode file that has no WAL: it is as good as immutable, and opening
    # it otherwise would create -wal and -shm. Not so in a live run, where the writer may be about
    # to open it again.
    return uri + "&immutable=1" if lacks_wal(path) else uri


def _finish_rollback(path: Path) -> None:
    """Takes back a transaction that a crash cut off under a rollback journal.

    Nobody can read such a file before, and a connection that only reads cannot do it. SQLite sees
    by its locks whether a writer is at work; then nothing happens.
    """
    journal = journal_of(path)
    if not journal.exists() or journal.stat().st_size == 0 or wal_of(path).exists():
        return
    with files.reading(path) as file:
        header = file.read(_APPLICATION_AT + 4)
    if header[_APPLICATION_AT:] != APPLICATION_ID.to_bytes(4, "big"):
        return  # somebody else's
    check_files(path, writing=True)
    with suppress(apsw.Error):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        finally:
            connection.close(True)


def connect_reader(path: Path, *, live: bool = False, disk: Disk | None = None) -> apsw.Connection:
    """Opens a connection that can only read, never checkpoints, and creates no files.

    Args:
        path: The ledger.
        live: This process is writing it, too.
        disk: Reach the file through this one.

    (If a WAL exists, the ledger is being written or was interrupted, and SQLite needs the `-shm`
    file next to it to read it rightly.)

    Raises:
        RunDirectoryError: There is no readable file.
        apsw.Error: SQLite cannot read it.
    """
    check_file(path)
    if not live:
        _finish_rollback(path)
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    vfs = disk.name if disk else None
    connection = apsw.Connection(_reader_uri(path, live), flags=flags, vfs=vfs)
    if not live and not _is_readable_here(connection, path):
        connection.close()
        connection = CopiedConnection(path)
    try:
        connection.set_busy_timeout(READER_BUSY_MS)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        connection.wal_autocheckpoint(0)
        connection.pragma("query_only", True)
    except BaseException:
        connection.close()
        raise
    return connection


def _is_readable_here(connection: apsw.Connection, path: Path) -> bool:
    """Whether SQLite finds, or can make, what it needs beside the file.

    (To read a WAL it needs the `-shm` file; on a read-only medium there may be none.)
    """
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except (apsw.ProtocolError, apsw.CantOpenError, apsw.ReadOnlyError):
        return os.access(path.parent, os.W_OK)
    except apsw.Error:
        pass  # whoever reads will be told the same
    return True


def check_file(path: Path) -> None:
    """Makes sure that there is a file to read.

    Raises:
        RunDirectoryError: No file, no plain file, empty or unreadable.
    """
    try:
        check_files(path)
        if not path.exists():
            raise RunDirectoryError(f"{shown(path)}: no ledger here, expected a SQLite file")
        if path.stat().st_size == 0:
            raise RunDirectoryError(f"{shown(path)}: empty file, expected a ledger")
        if not os.access(path, os.R_OK):
            raise RunDirectoryError(f"{shown(path)}: not readable, expected a ledger")
    except OSError as error:
        raise RunDirectoryError(f"{shown(path)}: {error.strerror}, expected a ledger") from error


def has_magic(path: Path) -> bool:
    """Whether a file begins as every SQLite file does."""
    with files.reading(path) as file:
        return file.read(len(_MAGIC)) == _MAGIC


def check_is_ledger(connection: apsw.Connection, path: Path) -> None:
    """Makes sure that a database is a ledger of the version that this program reads.

    Raises:
        RunDirectoryError: It is another kind of file, or another version.
        LedgerCorruptError: Something in it is none of ours.
        apsw.Error: It is damaged, or cannot be read now.
    """
    application = connection.pragma("application_id")
    version = connection.pragma("user_version")
    if not connection.execute("SELECT count(*) FROM sqlite_schema").get:
        raise RunDirectoryError(without_tables(path))
    if application != APPLICATION_ID:
        raise RunDirectoryError(f"{shown(path)}: a SQLite file, but not a ledger")
    if version not in VERSIONS:
        wanted = " or ".join(map(str, VERSIONS))
        raise RunDirectoryError(
            f"{shown(path)}: ledger schema version {version}, expected {wanted}"
        )
    # A view, trigger or generated column in the place of a table would be a program to run.
    found, _ = objects(connection)
    if found.items() - expected_objects().items():
        raise LedgerCorruptError(f"{shown(path)}: the schema is not as this version makes it")


def connect_checked(path: Path, *, live: bool = False, disk: Disk | None = None) -> apsw.Connection:
    """Opens a reading connection to what is surely a ledger.

    Raises:
        RunDirectoryError: There is no ledger, or it cannot be read where it lies.
        LedgerCorruptError: The file is damaged.
        LedgerError: It cannot be read now.
    """
    check_file(path)
    # Never of a file that this process has open: closing it would give back SQLite's own locks
    # (https://sqlite.org/howtocorrupt.html, 2.2), and another program could take the WAL away.
    if not live and not wal_of(path).exists() and not has_magic(path):
        raise RunDirectoryError(f"{shown(path)}: not a SQLite file, expected a ledger")
    with translated(path):
        connection = connect_reader(path, live=live, disk=disk)
        try:
            check_is_ledger(connection, path)
        except (apsw.CantOpenError, apsw.ReadOnlyError) as error:
            connection.close()
            raise RunDirectoryError(
                f"{shown(path)}: its run was interrupted and this place is not writable"
                f" ({described(error)}); resume the run first, or copy the directory"
            ) from error
        except BaseException:
            connection.close()
            raise
    return connection
