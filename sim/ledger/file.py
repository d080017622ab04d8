"""The file of a ledger, through the one connection that writes it."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import apsw

from sim.errors import LedgerCorruptError, LedgerError, RunDirectoryError
from sim.ledger.connection import connect_writer
from sim.ledger.disk import Disk
from sim.ledger.filesystem import JournalMode
from sim.ledger.retry import Backoff
from sim.ledger.sqlite_errors import BUSY, LOST, translate
from sim.ledger.verify import inspect
from sim.text import shown

_LOG = logging.getLogger(__name__)
T = TypeVar("T")


class LedgerFile:
    """Opens the file when it is needed, waits for locks, and replaces a connection that is lost.

    Args:
        path: The file, which must exist.
        journal: How a transaction is to be protected.
        backoff: How long to wait for a lock.
    """

    def __init__(self, path: Path, journal: JournalMode, backoff: Backoff) -> None:
        self.path = path
        self.backoff = backoff
        """How long to wait for a lock; may be replaced at any time."""
        self.retries = 0
        """How often a busy file was tried again."""
        self.reconnects = 0
        """How often a lost connection was replaced."""
        self._lock = threading.RLock()
        self._journal = journal
        self._connection: apsw.Connection | None = None
        self._disk: Disk | None = None
        self._suspect = False
        """Whether the file must be looked through before it is trusted again."""
        self._closed = False

    @property
    def journal_mode(self) -> str:
        """`wal` or `delete`."""
        return self._journal.mode

    def checkpoint(self) -> None:
        """Makes everything committed safe against a power cut, and moves the WAL into the file.

        Raises:
            LedgerError: SQLite failed. What readers still need stays in the WAL, without error.
        """
        with self._lock:
            self._retried(
                lambda connection: connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_FULL)
            )

    def use(self, disk: Disk | None) -> None:
        """Reach the file through another disk from now on; None is the real one."""
        with self._lock:
            self._disk = disk
            self._disconnect()

    def let_go(self, *, suspect: bool = True, keep_wal: bool = True) -> None:
        """Closes the connection; the next use opens it again.

        Args:
            suspect: Whether the file is then looked through before it is trusted.
            keep_wal: Leave the file as it is, its WAL included.
        """
        with self._lock:
            if self._connection is not None and keep_wal:
                self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            self._disconnect()
            self._suspect = suspect

    def _roll_back(self, connection: apsw.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except apsw.Error:
            self._disconnect()  # closing rolls back as well

    def _connected(self) -> apsw.Connection:
        if self._closed:
            raise LedgerError(f"{shown(self.path)}: the ledger is closed")
        if self._connection is None:
            connection, self._journal = connect_writer(self.path, self._journal, self._disk)
            self._connection = connection
        if self._suspect:
            self._look_through(self._connection)
        return self._connection

    def _look_through(self, connection: apsw.Connection) -> None:
        """Whether the file is still whole: more may have been lost than a connection."""
        try:
            found = inspect(connection, self.path)
        except BaseException:
            self._disconnect()
            raise
        if not found.ok:
            self._disconnect()
            raise LedgerCorruptError(f"{shown(self.path)}: {found.first_bad}")
        self._suspect = False

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(apsw.Error):
                connection.close(True)

    def _retried(self, action: Callable[[apsw.Connection], T]) -> T:
        pauses = self.backoff.pauses()
        while True:
            try:
                return action(self._connected())
            except (*BUSY, *LOST) as error:
                pause = next(pauses, None)
                if pause is None:
                    raise translate(error, self.path) from error
                if isinstance(error, BUSY):
                    self.retries += 1
                else:
                    self._disconnect()
                    self._suspect = True
                    self.reconnects += 1
                _LOG.warning("the ledger: %s; tried again in %.2f s", error, pause)
                self.backoff.sleep(pause)
            except apsw.Error as error:
                raise translate(error, self.path) from error


def identity(path: Path) -> tuple[int, int] | None:
    """Which file it is, whatever it is called; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def create_file(path: Path) -> None:
    """Make an empty file, readable by its owner only.

    Raises:
        RunDirectoryError: There is one already, or it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        raise RunDirectoryError(f"{shown(path)}: there is a ledger already") from None
    except OSError as error:
        raise RunDirectoryError(
            f"{shown(path)}: cannot create a ledger: {error.strerror}"
        ) from error


def leave(connection: apsw.Connection) -> None:
    """Closes with the file in rollback mode: then anyone can read it without creating files."""
    try:
        if connection.pragma("journal_mode", "delete") != "delete":
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    except BUSY:
        with suppress(*BUSY):  # a reader is still open: it keeps the WAL, nothing is lost
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    finally:
        connection.close(True)
