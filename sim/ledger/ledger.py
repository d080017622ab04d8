"""The ledger: the one connection of a run that writes and checkpoints."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, TypeVar

import apsw

from sim.errors import LedgerCorruptError, LedgerError, RunDirectoryError
from sim.ledger import filesystem, schema
from sim.ledger.chain import checksum
from sim.ledger.codec import TABLES
from sim.ledger.connection import connect_checked, connect_writer
from sim.ledger.disk import Disk
from sim.ledger.draft import StepDraft
from sim.ledger.filesystem import JournalMode
from sim.ledger.retry import Backoff
from sim.ledger.rows import Genesis
from sim.ledger.sqlite_errors import BUSY, LOST, translate, translated
from sim.ledger.tip import Tip
from sim.ledger.verify import inspect
from sim.text import shown

_LOG = logging.getLogger(__name__)
T = TypeVar("T")
RECENT: Final = 64
"""Steps kept in memory."""
_INSERT_META: Final = "INSERT INTO meta (key, value, checksum) VALUES (?, ?, ?)"


class Ledger:
    """Writes the ledger of one run. Made by `Ledger.create` or `Ledger.open`.

    `commit` is atomic in the file and in memory. All methods may be called from any thread.
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
        self._identity = _identity(path)
        self._disk: Disk | None = None
        self._suspect = False
        """Whether the file must be looked through before it is trusted again."""
        self.before_write: Callable[[], None] = lambda: None
        """Called before each attempt to write a step."""
        self.recent: deque[StepDraft] = deque(maxlen=RECENT)
        """The steps committed last, oldest first: what a damaged file may lack."""
        self._tip = Tip.EMPTY
        self._counts: dict[str, int] = {}
        self._closed = False

    @classmethod
    def create(
        cls,
        path: Path,
        genesis: Genesis,
        meta: Mapping[str, str],
        *,
        retry_attempts: int = 5,
        retry_base_s: float = 0.02,
    ) -> Ledger:
        """Begins the ledger of a new run, readable by its owner only.

        Args:
            path: File to create.
            genesis: The first row.
            meta: Texts about the run that stand outside the chain.
            retry_attempts: Repetitions when the file is locked.
            retry_base_s: First pause before a repetition, in seconds; doubles each time.

        Raises:
            RunDirectoryError: The file exists already or cannot be created.
            LedgerConstraintError: The genesis has an unusable value.
            LedgerError: SQLite failed; no file is left behind.
        """
        draft = StepDraft.genesis(genesis)
        _create_file(path)
        ledger = cls(path, filesystem.journal_for(path), Backoff(retry_attempts, retry_base_s))
        version = genesis.schema_version
        try:
            ledger._retried(
                lambda connection: ledger._write_first(connection, draft, meta, version)
            )
        except BaseException:
            ledger._disconnect()
            for suffix in ("", "-wal", "-shm", "-journal"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            raise
        ledger._accept(draft, Tip.after(draft, Tip.EMPTY, len(meta)))
        return ledger

    @classmethod
    def open(cls, path: Path, *, retry_attempts: int = 5, retry_base_s: float = 0.02) -> Ledger:
        """Goes on with the ledger of an existing run.

        Args:
            path: The file.
            retry_attempts: Repetitions when the file is locked.
            retry_base_s: First pause before a repetition, in seconds; doubles each time.

        Raises:
            RunDirectoryError: There is no ledger of this version.
            LedgerCorruptError: The file is damaged, or its end is not what it should be.
            LedgerError: SQLite cannot open it.
        """
        # Look first: a file of someone else's must not be changed, not even its journal mode.
        connect_checked(path).close()
        ledger = cls(path, filesystem.journal_for(path), Backoff(retry_attempts, retry_base_s))
        try:
            ledger._retried(ledger._load)
        except BaseException:
            ledger._disconnect()
            raise
        return ledger

    @property
    def rehearsing(self) -> bool:
        """Whether steps that are recorded already are computed again."""
        return False

    @property
    def length(self) -> int:
        """Number of chained rows, the genesis included."""
        return self._tip.seq + 1

    @property
    def head(self) -> bytes:
        """Hash of the last chained row, 32 bytes."""
        return self._tip.head

    @property
    def head_hex(self) -> str:
        """`head` in hexadecimal."""
        return self._tip.head.hex()

    @property
    def journal_mode(self) -> str:
        """`wal` or `delete`."""
        return self._journal.mode

    def counts(self) -> dict[str, int]:
        """Number of rows by table, `metrics` included."""
        with self._lock:
            return dict(self._counts)

    def begin(self, step: int) -> StepDraft:
        """Starts to record a step, after the last row committed."""
        with self._lock:
            return StepDraft(step, self.length, self.head)

    def commit(self, draft: StepDraft) -> bytes:
        """Writes all that a draft holds in one transaction.

        If it raises, neither the file nor this object has changed, and the same draft may be
        committed again.

        Returns:
            The new head, 32 bytes.

        Raises:
            LedgerBusyError: The file stayed locked through all repetitions.
            LedgerConstraintError: A row breaks the schema.
            LedgerFullError: No room, or not writable.
            LedgerCorruptError: The file is damaged.
            LedgerError: The draft does not follow the last row; or any other failure.
        """
        with self._lock:
            if (draft.start, draft.previous) != (self.length, self.head):
                raise LedgerError(
                    f"the draft of step {draft.step} follows row {draft.start - 1},"
                    f" the ledger ends with row {self.length - 1}"
                )
            tip = Tip.after(draft, self._tip, 0)
            if tip != self._tip:
                self._retried(lambda connection: self._write(connection, draft, tip))
                self._accept(draft, tip)
            return self.head

    def checkpoint(self) -> None:
        """Makes everything committed safe against a power cut, and moves the WAL into the file.

        Raises:
            LedgerError: SQLite failed. What readers still need stays in the WAL, without error.
        """
        with self._lock:
            self._retried(
                lambda connection: connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_FULL)
            )

    def check_end(self) -> None:
        """Make sure that the file ends where this object says, and is whole if that is in doubt.

        Raises:
            LedgerCorruptError: The file is damaged, or lacks what was committed.
            LedgerError: It cannot be read now.
        """
        with self._lock:
            stored = self._retried(Tip.read)
            if stored != self._tip:
                raise LedgerCorruptError(f"{shown(self.path)}: does not end with what was written")

    def close(self) -> None:
        """Checkpoints and closes, so that `ledger.db` alone remains. May be called again.

        Readers should be closed before: the WAL stays as long as one is open.

        Raises:
            LedgerError: The last checkpoint failed. The ledger is closed, its WAL is kept.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            connection, self._connection = self._connection, None
            if connection is not None:
                with translated(self.path):
                    _leave(connection)

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

    def go_on_with(self, path: Path) -> None:
        """Takes a file that was put in the place of its own, if it ends where this one ends.

        Raises:
            LedgerError: It ends elsewhere, or cannot be read.
        """
        with self._lock:
            self.let_go(suspect=False)
            self._identity = _identity(path)
            with closing(Ledger.open(path)) as found:
                if (found.length, found.head) != (self.length, self.head):
                    raise LedgerError(
                        f"{shown(path)}: ends with row {found.length - 1}, the run with row"
                        f" {self.length - 1}"
                    )
                self._counts, self._tip = found.counts(), found._tip

    def _accept(self, draft: StepDraft, tip: Tip) -> None:
        self._tip = tip
        self.recent.append(draft)
        for name, count in draft.counts().items():
            self._counts[name] = self._counts.get(name, 0) + count

    def _write_first(
        self, connection: apsw.Connection, draft: StepDraft, meta: Mapping[str, str], version: int
    ) -> None:
        with connection:
            schema.create(connection, version)
            _insert(connection, draft)
            connection.executemany(
                _INSERT_META,
                [(key, text, checksum("meta", (key, text))) for key, text in meta.items()],
            )
            Tip.after(draft, Tip.EMPTY, len(meta)).insert(connection)

    def _write(self, connection: apsw.Connection, draft: StepDraft, tip: Tip) -> None:
        if _identity(self.path) != self._identity:
            raise LedgerError(f"{shown(self.path)}: the ledger was moved or replaced while in use")
        self.before_write()
        connection.execute("BEGIN IMMEDIATE")
        try:
            stored = Tip.read(connection)
            # A commit may have reached the disk and failed only afterwards.
            if stored != tip:
                if stored is None:
                    raise LedgerCorruptError(f"{shown(self.path)}: tip: missing or altered")
                if stored.seq < self._tip.seq:
                    raise LedgerCorruptError(
                        f"{shown(self.path)}: ends with row {stored.seq}, the last written is row"
                        f" {self._tip.seq}"
                    )
                if stored != self._tip:
                    raise LedgerError(f"{shown(self.path)}: someone else wrote to the ledger")
                _insert(connection, draft)
                tip.update(connection)
            connection.execute("COMMIT")
        except BaseException:
            self._roll_back(connection)
            raise

    def _roll_back(self, connection: apsw.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except apsw.Error:
            self._disconnect()  # closing rolls back as well

    def _load(self, connection: apsw.Connection) -> None:
        tip = Tip.read(connection)
        last = -1
        for name in TABLES:
            count, seq, head = connection.execute(
                f"SELECT count(*), max(seq), hash FROM {name}"  # noqa: S608 - names are ours
            ).get
            self._counts[name] = count
            if count and seq > last:
                last, last_head = seq, head
        if tip is None or last < 0 or (last, last_head) != (tip.seq, tip.head):
            raise LedgerCorruptError(f"{shown(self.path)}: the last row is not the recorded one")
        self._counts["metrics"] = connection.execute("SELECT count(*) FROM metrics").get
        self._tip = tip

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


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _create_file(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        raise RunDirectoryError(f"{shown(path)}: there is a ledger already") from None
    except OSError as error:
        raise RunDirectoryError(
            f"{shown(path)}: cannot create a ledger: {error.strerror}"
        ) from error


def _insert(connection: apsw.Connection, draft: StepDraft) -> None:
    for name, table in TABLES.items():
        rows = draft.rows(name)
        if rows:
            connection.executemany(table.insert_sql, rows)
    connection.executemany(
        "INSERT INTO metrics (step, name, value, checksum) VALUES (?, ?, ?, ?)", draft.metrics()
    )
    connection.executemany(_INSERT_META, draft.texts())


def _leave(connection: apsw.Connection) -> None:
    """Closes with the file in rollback mode: then anyone can read it without creating files."""
    try:
        if connection.pragma("journal_mode", "delete") != "delete":
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    except BUSY:
        with suppress(*BUSY):  # a reader is still open: it keeps the WAL, nothing is lost
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    finally:
        connection.close(True)
