"""The ledger: the one connection of a run that writes and checkpoints."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import apsw

from sim.errors import LedgerCorruptError, LedgerError, RunDirectoryError
from sim.ledger import filesystem
from sim.ledger.codec import TABLES
from sim.ledger.connection import connect_checked
from sim.ledger.draft import StepDraft
from sim.ledger.file import LedgerFile, create_file, identity, leave
from sim.ledger.filesystem import JournalMode
from sim.ledger.retry import Backoff
from sim.ledger.rows import Genesis
from sim.ledger.side_files import SIDE_FILES
from sim.ledger.sqlite_errors import taken_away, translate, translated
from sim.ledger.tip import Tip
from sim.ledger.writing import insert, write_first
from sim.text import shown

RECENT: Final = 64
"""Steps kept in memory."""


class Ledger(LedgerFile):
    """Writes the ledger of one run. Made by `Ledger.create` or `Ledger.open`.

    `commit` is atomic in the file and in memory. A step may be held back and written with those
    that follow it, in one transaction: then it counts here, and in the file only after `flush`.
    All methods may be called from any thread.
    """

    def __init__(self, path: Path, journal: JournalMode, backoff: Backoff) -> None:
        super().__init__(path, journal, backoff)
        self._identity = identity(path)
        self.before_write: Callable[[], None] = lambda: None
        """Called before each attempt to write a step."""
        self.recent: deque[StepDraft] = deque(maxlen=RECENT)
        """The steps committed last, oldest first: what a damaged file may lack."""
        self._tip = Tip.EMPTY
        self._stored = Tip.EMPTY
        """The tip in the file: that of the last step written."""
        self._held: list[StepDraft] = []
        self._counts: dict[str, int] = {}

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
        create_file(path)
        ledger = cls(path, filesystem.journal_for(path), Backoff(retry_attempts, retry_base_s))
        version = genesis.schema_version
        failures: list[apsw.Error] = []

        def write(connection: apsw.Connection) -> None:
            try:
                write_first(connection, draft, meta, version)
            except apsw.Error as error:
                failures.append(error)
                raise

        try:
            ledger._retried(write)
        except BaseException as error:
            ledger._disconnect()
            for suffix in ("", *SIDE_FILES):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            if isinstance(error, RunDirectoryError) and failures:
                # The next try found what the first one had left behind.
                raise translate(failures[0], path) from failures[0]
            raise
        ledger._stored = Tip.after(draft, Tip.EMPTY, len(meta))
        ledger._accept(draft, ledger._stored)
        ledger._count([draft])
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
    def written(self) -> int:
        """Number of chained rows in the file: `length` without what is held back."""
        return self._stored.seq + 1

    @property
    def held(self) -> int:
        """Steps that are held back."""
        return len(self._held)

    @property
    def head(self) -> bytes:
        """Hash of the last chained row, 32 bytes."""
        return self._tip.head

    @property
    def head_hex(self) -> str:
        """`head` in hexadecimal."""
        return self._tip.head.hex()

    def counts(self) -> dict[str, int]:
        """Number of rows in the file by table, `metrics` included."""
        with self._lock:
            return dict(self._counts)

    def rows(self, table: str) -> int:
        """Number of rows of one table in the file."""
        return self._counts.get(table, 0)

    def begin(self, step: int) -> StepDraft:
        """Starts to record a step, after the last row committed."""
        with self._lock:
            return StepDraft(step, self.length, self.head)

    def commit(self, draft: StepDraft, *, hold: bool = False) -> bytes:
        """Writes all that a draft holds, with what is held back, in one transaction.

        If it raises, neither the file nor this object has changed, and the same draft may be
        committed again.

        Args:
            draft: What a step records.
            hold: Hold it back instead. Until it is written a crash takes it, so nobody may be
                told of it.

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
                if hold:
                    self._held.append(draft)
                else:
                    self._write_all([*self._held, draft], tip)
                self._accept(draft, tip)
            return self.head

    def flush(self) -> None:
        """Writes what is held back. If it raises, all of it still is.

        Raises:
            LedgerError: See `commit`.
        """
        with self._lock:
            if self._held:
                self._write_all(self._held, self._tip)

    def _write_all(self, drafts: Sequence[StepDraft], tip: Tip) -> None:
        self._retried(lambda connection: self._write(connection, drafts, tip))
        self._stored, self._held = tip, []
        self._count(drafts)

    def check_end(self) -> None:
        """Make sure that the file ends where this object says, and is whole if that is in doubt.

        Raises:
            LedgerCorruptError: The file is damaged, or lacks what was committed.
            LedgerError: It cannot be read now.
        """
        with self._lock:
            stored = self._retried(Tip.read)
            if stored != self._stored:
                raise LedgerCorruptError(f"{shown(self.path)}: does not end with what was written")

    def close(self) -> None:
        """Writes what is held back and closes, so that `ledger.db` alone remains.

        May be called again. Readers should be closed before: the WAL stays as long as one is open.

        Raises:
            LedgerError: What was held back could not be written, or the last checkpoint failed.
                The ledger is closed, its WAL is kept.
        """
        with self._lock:
            if self._closed:
                return
            try:
                self.flush()
            finally:
                self._closed = True
                self._finish()

    def _finish(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with translated(self.path):
                leave(connection)

    def go_on_with(self, path: Path) -> None:
        """Takes a file that was put in the place of its own, if it ends where this one ends.

        Raises:
            LedgerError: It ends elsewhere, or cannot be read.
        """
        with self._lock:
            self.let_go(suspect=False)
            self._identity = identity(path)
            with closing(Ledger.open(path)) as found:
                if (found.length, found.head) != (self.length, self.head):
                    raise LedgerError(
                        f"{shown(path)}: ends with row {found.length - 1}, the run with row"
                        f" {self.length - 1}"
                    )
                self._counts, self._tip = found.counts(), found._tip
                self._stored, self._held = found._tip, []

    def _accept(self, draft: StepDraft, tip: Tip) -> None:
        self._tip = tip
        self.recent.append(draft)

    def _count(self, drafts: Sequence[StepDraft]) -> None:
        for draft in drafts:
            for name, count in draft.counts().items():
                self._counts[name] = self._counts.get(name, 0) + count

    def _write(self, connection: apsw.Connection, drafts: Sequence[StepDraft], tip: Tip) -> None:
        if identity(self.path) != self._identity:
            raise LedgerError(f"{shown(self.path)}: {taken_away(self.path)}")
        self.before_write()
        connection.execute("BEGIN IMMEDIATE")
        try:
            stored = Tip.read(connection)
            # A commit may have reached the disk and failed only afterwards.
            if stored != tip:
                if stored is None:
                    raise LedgerCorruptError(f"{shown(self.path)}: tip: missing or altered")
                if stored.seq < self._stored.seq:
                    raise LedgerCorruptError(
                        f"{shown(self.path)}: ends with row {stored.seq}, the last written is row"
                        f" {self._stored.seq}"
                    )
                for draft in self._missing(drafts, stored):
                    insert(connection, draft)
                tip.update(connection)
            connection.execute("COMMIT")
        except BaseException:
            self._roll_back(connection)
            raise

    def _missing(self, drafts: Sequence[StepDraft], stored: Tip) -> Sequence[StepDraft]:
        """Those that are not in the file: a write that failed may have reached it all the same.

        Raises:
            LedgerError: The file ends with what is none of ours.
        """
        if stored == self._stored:
            return drafts
        for count, draft in enumerate(drafts, 1):
            if (stored.seq, stored.head) == (draft.length - 1, draft.head):
                return drafts[count:]
        raise LedgerError(f"{shown(self.path)}: someone else wrote to the ledger")

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
        self._tip = self._stored = tip
