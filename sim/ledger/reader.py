"""Typed reads of a ledger, through the pool and the cache."""

from __future__ import annotations

import heapq
import logging
import math
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from sim.errors import DecsimError, LedgerCorruptError
from sim.ledger.cache import QueryCache
from sim.ledger.codec import TABLE_OF, TABLES, Table, row_of
from sim.ledger.connection import connect_checked
from sim.ledger.givers import END, PREFIX, seq_of
from sim.ledger.pool import ReaderPool
from sim.ledger.retry import Backoff
from sim.ledger.rows import (
    CommandRow,
    Confusion,
    Genesis,
    Row,
    SignatureRow,
    TallyRow,
    TruthRow,
    VerdictRow,
)
from sim.ledger.sqlite_errors import is_lost
from sim.ledger.withdrawals import END as WITHDRAWN_END
from sim.ledger.withdrawals import PREFIX as WITHDRAWN
from sim.ledger.withdrawals import Withdrawal, signature_of
from sim.text import shown

_LOG = logging.getLogger(__name__)
R = TypeVar("R", bound=Row)
T = TypeVar("T")

PAGE_ROWS: Final = 1000
"""Rows read at once by the iterators, so that no connection is held while the caller works."""

AGAIN: Final = Backoff(attempts=3)
"""New tries of a query whose connection is lost."""

_SEARCHED: Final[dict[str, tuple[str, ...]]] = {
    "commands": ("kind", "payload", "old", "new", "source", "status", "reason"),
    "signatures": ("features",),
    "verdicts": ("verdict", "rule"),
    "truths": ("truth", "attack"),
}


class Entry(NamedTuple):
    """Any chained row, as a list of mixed rows needs it."""

    seq: int
    kind: str
    """Name of the row's table."""
    step: int
    """0 for the genesis."""
    row: Row


class Totals(NamedTuple):
    """What a whole ledger adds up to."""

    steps: int
    published: int
    """Signatures."""
    accepted: int
    """Signatures."""
    collective: Confusion
    """Flows, over all steps."""
    traffic_ended: bool
    """Whether the last step was the last for which there is traffic."""


TRAFFIC_ENDED: Final = "traffic.ended"
"""Metric of the step after which there is no more traffic."""
_TOTALS: Final = (
    "SELECT (SELECT coalesce(max(step), 0) FROM steps), (SELECT count(*) FROM signatures),"
    " (SELECT count(*) FROM verdicts WHERE verdict = 'ACCEPTED'),"
    " EXISTS (SELECT 1 FROM metrics WHERE name = ? AND step = (SELECT max(step) FROM steps)),"
    " coalesce(sum(collective_tp), 0), coalesce(sum(collective_fp), 0),"
    " coalesce(sum(collective_fn), 0), coalesce(sum(collective_tn), 0) FROM steps"
)


class LedgerReader:
    """Reads rows as values. Safe to share between threads.

    Args:
        pool: Where the connections come from.
        cache: Keeps results; those that may grow are kept under how far they have.
        backoff: How often a query is repeated, each time with a new connection, when its own is
            lost or cannot be opened.
    """

    def __init__(self, pool: ReaderPool, cache: QueryCache, backoff: Backoff = AGAIN) -> None:
        self.pool = pool
        self.cache = cache
        self.backoff = backoff
        self.reconnects = 0
        """How often a query was repeated with a new connection."""

    def close(self) -> None:
        """Closes the pool."""
        self.pool.close()

    def length(self) -> int:
        """Number of chained rows, never from the cache."""
        rows = self._query("SELECT seq FROM tip", ())
        if not rows:
            raise LedgerCorruptError(f"{shown(self.pool.path)}: tip: missing")
        return int(rows[0][0]) + 1

    def head(self) -> bytes:
        """Hash of the last chained row, 32 bytes, never from the cache."""
        rows = self._query("SELECT head FROM tip", ())
        if not rows:
            raise LedgerCorruptError(f"{shown(self.pool.path)}: tip: missing")
        return bytes(rows[0][0])

    def meta(self) -> dict[str, str]:
        """The texts about the run that were written when it was created."""
        found = self._texts("SELECT key, value FROM meta ORDER BY key", ())
        return {key: text for key, text in found if seq_of(key) is None}

    def givers(self) -> dict[int, str]:
        """Who gave the commands, by seq, as far as that is known."""
        sql = "SELECT key, value FROM meta WHERE key >= ? AND key < ?"
        found = ((seq_of(key), giver) for key, giver in self._texts(sql, (PREFIX, END)))
        return {seq: giver for seq, giver in found if seq is not None}

    def _texts(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Rows of two texts; a file that somebody made may have anything there."""
        found = self._query(sql, values)
        if not all(isinstance(cell, str) for row in found for cell in row):
            raise LedgerCorruptError(f"{shown(self.pool.path)}: meta: a value that is no text")
        return found

    def genesis(self) -> Genesis:
        """The first row."""
        found = self._fixed(Genesis, "seq = ?", (0,))
        if found is None:
            raise LedgerCorruptError(f"{shown(self.pool.path)}: genesis: missing")
        return found

    def signature(self, seq: int) -> SignatureRow | None:
        """The signature with this seq, or None."""
        return self._fixed(SignatureRow, "seq = ?", (seq,))

    def signatures_after(self, seq: int) -> tuple[tuple[int, SignatureRow], ...]:
        """Signatures with a greater seq, in order."""
        return self._fresh(SignatureRow, "seq > ?", (seq,))

    def tallies(self, signature: int) -> tuple[tuple[int, TallyRow], ...]:
        """The tallies of one signature, in order."""
        return self._fresh(TallyRow, "signature = ?", (signature,))

    def verdict(self, signature: int) -> VerdictRow | None:
        """The verdict on one signature, or None while it is pending."""
        return self._fixed(VerdictRow, "signature = ?", (signature,))

    def truth(self, signature: int) -> TruthRow | None:
        """What one signature really was, or None if that is not recorded."""
        return self._fixed(TruthRow, "signature = ?", (signature,))

    def commands(self) -> tuple[tuple[int, CommandRow], ...]:
        """The journal: all commands, in order."""
        return self._fresh(CommandRow, "seq > ?", (-1,))

    def rows(self, kind: type[R], after: int = -1) -> Iterator[tuple[int, R]]:
        """All rows of one kind in order, page by page, past the cache; for exports.

        Args:
            kind: Class of the rows, such as `TallyRow`.
            after: Start behind this seq.
        """
        table = TABLE_OF[kind]
        while page := self._typed(table, "seq > ?", (after,), f"LIMIT {PAGE_ROWS}"):
            yield from page
            after = page[-1][0]

    def heads(self, after_step: int = -1) -> Iterator[tuple[int, bytes]]:
        """Step and chain head of every step behind `after_step`, in order."""
        sql = f"SELECT step, hash FROM steps WHERE step > ? ORDER BY step LIMIT {PAGE_ROWS}"  # noqa: S608 - a number of ours
        while page := self._query(sql, (after_step,)):
            yield from page
            after_step = page[-1][0]

    def totals(self) -> Totals:
        """What the ledger adds up to now, in one query."""
        [found] = self._query(_TOTALS, (TRAFFIC_ENDED,))
        steps, published, accepted, ended, *collective = found
        return Totals(steps, published, accepted, tuple(collective), bool(ended))

    def origin(self) -> bytes:
        """The chain head before the first step: the hash of the genesis."""
        [(head,)] = self._query("SELECT hash FROM genesis", ())
        return bytes(head)

    def seq_after(self, step: int) -> int:
        """The seq behind the last row of a recorded step; of step 0, that behind the genesis."""
        found = self._query("SELECT seq FROM steps WHERE step = ?", (step,))
        return found[0][0] + 1 if found else 1

    def metrics(self, name: str) -> tuple[tuple[int, float], ...]:
        """Step and value of one metric, in order; NaN where it was not a number."""
        sql = "SELECT step, value FROM metrics WHERE name = ? ORDER BY step"

        def read() -> tuple[tuple[int, float], ...]:
            rows = self._query(sql, (name,))
            return tuple((step, math.nan if value is None else value) for step, value in rows)

        # A commit of metrics alone does not lengthen the ledger; the newest step tells.
        newest = self._query("SELECT metrics FROM tip", ())
        return self.cache.get(sql, (name, newest[0][0] if newest else 0), read, self.length())

    def withdrawals(self) -> dict[int, Withdrawal]:
        """What was accepted and taken back, by signature."""
        sql = "SELECT name, step, value FROM metrics WHERE name >= ? AND name < ?"
        found = (
            (signature_of(name), step, value)
            for name, step, value in self._query(sql, (WITHDRAWN, WITHDRAWN_END))
        )
        return {
            signature: Withdrawal(step, math.nan if value is None else value)
            for signature, step, value in found
            if signature is not None
        }

    def metric_names(self) -> tuple[str, ...]:
        """Names of all metrics, sorted."""
        rows = self._query("SELECT DISTINCT name FROM metrics ORDER BY name", ())
        return tuple(name for (name,) in rows)

    def tail(
        self, limit: int, *, after: int = -1, without: tuple[type[Row], ...] = ()
    ) -> tuple[Entry, ...]:
        """The last rows of all kinds but those `without`, oldest first; past the cache.

        Args:
            limit: Most rows.
            after: Only rows with a greater seq.
            without: Kinds that are left out.
        """
        tables = [table for kind, table in TABLE_OF.items() if kind not in without]
        newest = f"DESC LIMIT {int(limit)}"
        found = [e for t in tables for e in self._entries(t, "seq > ?", (after,), newest)]
        return tuple(heapq.nlargest(limit, found, key=lambda entry: entry.seq)[::-1])

    def between(self, first: int, last: int) -> tuple[Entry, ...]:
        """All rows with a seq from `first` to `last`, in order; past the cache.

        None is left out, though the writer may append while one table is read after the other: what
        came after the length was asked for is not among them.
        """
        known = min(last, self.length() - 1)
        found = [
            entry
            for table in TABLE_OF.values()
            for entry in self._entries(table, "seq BETWEEN ? AND ?", (first, known))
        ]
        return tuple(sorted(found, key=lambda entry: entry.seq))

    def search(self, text: str, limit: int) -> tuple[Entry, ...]:
        """The newest rows with a text in one of their columns, newest first.

        Args:
            text: Looked for as it is, letter case of ASCII aside.
            limit: Most rows.
        """
        found: list[Entry] = []
        for name, columns in _SEARCHED.items():
            where = " OR ".join(f"instr(lower({column}), lower(?))" for column in columns)
            parameters = (text,) * len(columns)
            found += self._entries(TABLES[name], where, parameters, f"DESC LIMIT {int(limit)}")
        return tuple(heapq.nlargest(limit, found, key=lambda entry: entry.seq))

    def _entries(
        self, table: Table, where: str, parameters: tuple[Any, ...], order: str = ""
    ) -> list[Entry]:
        return [
            Entry(seq, table.name, getattr(row, "step", 0), row)
            for seq, row in self._typed(table, where, parameters, order)
        ]

    def _fixed(self, kind: type[R], where: str, parameters: tuple[int]) -> R | None:
        """One row that can never change once it is there."""
        table = TABLE_OF[kind]

        def read() -> R | None:
            found = self._typed(table, where, parameters)
            return found[0][1] if found else None

        return self.cache.get(f"{table.name} {where}", parameters, read)

    def _fresh(
        self, kind: type[R], where: str, parameters: tuple[int]
    ) -> tuple[tuple[int, R], ...]:
        table = TABLE_OF[kind]
        return self.cache.get(
            f"{table.name} {where}",
            parameters,
            lambda: self._typed(table, where, parameters),
            self._grown(table.name),
        )

    def _grown(self, table: str) -> Hashable:
        """How far a table has grown, or something that grows with it; asks the file itself."""
        return self.length()

    def _typed(
        self, table: Table, where: str, parameters: tuple[Any, ...], order: str = ""
    ) -> tuple[tuple[int, Any], ...]:
        rows = self._query(f"{table.select_sql} WHERE {where} ORDER BY seq {order}", parameters)
        return tuple((values[0], row_of(table, values[1:])) for values in rows)

    def _query(self, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        pauses = self.backoff.pauses()
        while True:
            try:
                return self._query_once(sql, parameters)
            except DecsimError as error:
                pause = next(pauses, None) if is_lost(error) else None
                if pause is None:
                    raise
                self.reconnects += 1
                _LOG.warning("a reader of the ledger: %s; read again by a new connection", error)
                self.backoff.sleep(pause)

    def _query_once(self, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with self.pool.reader() as connection:
            try:
                return connection.execute(sql, parameters).fetchall()
            except UnicodeDecodeError as error:
                raise LedgerCorruptError(f"{shown(self.pool.path)}: text is not UTF-8") from error


def open_read_only(path: Path, *, size: int = 4, timeout_s: float = 5.0) -> LedgerReader:
    """Opens the ledger of any run for reading, without leaving files next to it.

    Args:
        path: The file.
        size: Most connections.
        timeout_s: Longest wait for one.

    Raises:
        RunDirectoryError: There is no ledger, or it cannot be read where it lies.
        LedgerCorruptError: The file is damaged.
    """
    connect_checked(path).close()
    return LedgerReader(ReaderPool(path, size, timeout_s, live=False), QueryCache())


def open_live(path: Path, *, size: int = 2, timeout_s: float = 5.0) -> LedgerReader:
    """Opens the ledger of a run that is being written now, by whatever process.

    Args:
        path: The file.
        size: Most connections.
        timeout_s: Longest wait for one.

    Raises:
        RunDirectoryError: There is no ledger.
        LedgerError: It cannot be read now.
    """
    reader = LedgerReader(ReaderPool(path, size, timeout_s, live=True), QueryCache())
    reader.length()
    return reader
