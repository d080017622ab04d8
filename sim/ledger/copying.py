"""Copies what verifies of a damaged ledger into a new one, as far as the hash chain goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import apsw

from sim.ledger import schema
from sim.ledger.chain import ORIGIN, checksum, link
from sim.ledger.codec import TABLES, Table
from sim.ledger.findings import Findings
from sim.ledger.givers import seq_of
from sim.ledger.pages import PageFile, RawRow
from sim.ledger.scan import ScannedRow, scan_chain, scan_plain
from sim.ledger.tip import Tip

HASH_BYTES: Final = 32


class _Candidate(NamedTuple):
    """A row as a page has it; its hash says whether it is one."""

    table: Table
    values: tuple[Any, ...]
    hash: bytes


class Copy:
    """A ledger in the making; rows are taken in the order of the chain, steps as a whole.

    Args:
        target: An empty ledger, inside a transaction.
        until: The last step that is taken, 0 for the genesis alone; None takes all.
    """

    def __init__(self, target: apsw.Connection, until: int | None = None) -> None:
        self.tip = Tip.EMPTY
        """Where the copy ends; the counts follow in `finish`."""
        self.last_step = -1
        self.known = 0
        """Length that the damaged ledger must have had at least."""
        self._target = target
        self._until = until
        self._step: list[ScannedRow] = []
        self._head = ORIGIN
        self._due = 0
        self._noted: Tip | None = None
        self._plain: dict[str, dict[tuple[Any, ...], tuple[Any, ...]]] = {
            "metrics": {},
            "meta": {},
        }

    @property
    def complete(self) -> bool:
        """Whether everything is there that the damaged ledger says it had."""
        noted = self._noted
        return noted is not None and (noted.seq, noted.head, noted.metrics, noted.meta) == (
            self.tip.seq,
            self.tip.head,
            len(self._plain["metrics"]),
            len(self._plain["meta"]),
        )

    def from_sqlite(self, source: apsw.Connection) -> None:
        """Take what SQLite finds."""
        found, _ = schema.objects(source)
        expected = schema.expected_objects()
        # What only has the name of a table may be a view, and a view is a program to run.
        readable = {name for name in schema.TABLES_SQL if found.get(name) == expected[name]}
        self._noted = _noted(source) if "tip" in readable else None
        if self._noted is not None:
            self.known = self._noted.seq + 1
        findings = Findings()  # what is wrong has been told before
        tables = [name for name in schema.CHAINED if name in readable]
        rows = scan_chain(source, tables, findings)
        for row in rows:
            self.known = max(self.known, row.seq + 1)
            if not self._take(row) or self._reached:
                break
        if not self._reached:
            self.known = max([self.known, *(row.seq + 1 for row in rows)])
        for name in schema.PLAIN:
            if name in readable:
                columns, keys = schema.PLAIN[name]
                for cells in scan_plain(source, name, columns, keys, findings):
                    self._take_plain(name, cells)

    def from_pages(self, pages: PageFile) -> None:
        """Take what the pages hold behind what was taken before."""
        candidates: dict[int, list[_Candidate]] = {}
        for row in pages.rows():
            if row.rowid is None:
                self._take_unchained(row)
            elif row.rowid >= self._due:
                for candidate in _candidates(row):
                    found = candidates.setdefault(row.rowid, [])
                    if candidate not in found:
                        found.append(candidate)
        while True:
            due = self._due
            for table, values, stored in candidates.get(due, ()):
                if self._take(ScannedRow(due, table, values, stored)):
                    break
            else:
                return

    def finish(self, texts: Callable[[Mapping[str, str]], Mapping[str, str]] | None = None) -> None:
        """Write what stands outside the chain, and the tip.

        Args:
            texts: gives the texts about the run in the place of those that it had.
        """
        counts = {}
        if texts is not None:
            self._replace_texts(texts)
        for name, rows in self._plain.items():
            columns, _ = schema.PLAIN[name]
            kept = [
                cells
                for _, cells in sorted(rows.items())
                if self._concerns_what_is_kept(name, cells)
            ]
            marks = ", ".join("?" * len(columns.split(",")))
            self._target.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", kept)  # noqa: S608 - names are ours
            counts[name] = len(kept)
        self.tip = Tip(self.tip.seq, self.tip.head, counts["metrics"], counts["meta"])
        self.tip.insert(self._target)

    @property
    def _reached(self) -> bool:
        """Whether the last step that was asked for is taken."""
        return (
            self._until is not None and self.tip.seq >= 0 and self._until <= max(self.last_step, 0)
        )

    def _replace_texts(self, texts: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
        rows = self._plain["meta"]
        before = {key: rows.pop((key,))[1] for (key,) in list(rows) if seq_of(key) is None}
        for key, text in texts(before).items():
            rows[key,] = (key, text, checksum("meta", (key, text)))

    def _concerns_what_is_kept(self, table: str, cells: tuple[Any, ...]) -> bool:
        """Whether a row beside the chain is not about a step or a command that is lost."""
        if table == "metrics":
            return bool(cells[0] <= self.last_step)
        seq = seq_of(cells[0])
        return seq is None or seq <= self.tip.seq

    def _take(self, row: ScannedRow) -> bool:
        """Take the next row of the chain; False if this is not it."""
        if row.seq != self._due or not row.is_well_typed():
            return False
        head = link(self._head, row.table.name, row.seq, row.values)
        if row.hash != head:
            return False
        self._head, self._due = head, row.seq + 1
        self.known = max(self.known, self._due)
        self._step.append(row)
        if row.table.name in ("genesis", "steps"):
            try:
                with self._target:
                    _insert(self._target, self._step)
            except apsw.ConstraintError:  # right by its hash, and yet no row of ours
                self._due = -1
                return False
            self.tip = Tip(row.seq, head, 0, 0)
            self.last_step = row.value("step") if row.table.name == "steps" else -1
            self._step = []
        return True

    def _take_plain(self, table: str, cells: tuple[Any, ...]) -> None:
        """Take a row of a table outside the chain if its checksum is right."""
        _, keys = schema.PLAIN[table]
        if _well_typed(table, cells) and checksum(table, cells[:-1]) == cells[-1]:
            self._plain[table].setdefault(cells[:keys], cells)

    def _take_unchained(self, row: RawRow) -> None:
        cells: tuple[Any, ...] = row.record
        if len(cells) == 4:
            if isinstance(cells[2], int):  # SQLite keeps a whole number in less room
                cells = (*cells[:2], float(cells[2]), cells[3])
            self._take_plain("metrics", cells)
        elif len(cells) == 3:
            self._take_plain("meta", cells)


def _candidates(row: RawRow) -> Iterator[_Candidate]:
    """What a record may be, by the number and the types of its cells."""
    record: tuple[Any, ...] = row.record
    if len(record) < 3 or record[0] is not None:
        return
    values, stored = record[1:-1], record[-1]
    if not isinstance(stored, bytes) or len(stored) != HASH_BYTES:
        return
    for table in TABLES.values():
        if len(table.types) == len(values):
            fitted = tuple(
                float(v) if kind is float and isinstance(v, int) else v
                for v, kind in zip(values, table.types, strict=True)
            )
            if tuple(map(type, fitted)) == table.types:
                yield _Candidate(table, fitted, stored)


def _well_typed(table: str, cells: tuple[Any, ...]) -> bool:
    if table == "meta":
        return tuple(map(type, cells)) == (str, str, bytes)
    step, name, value, stored = cells
    return (
        type(step) is int
        and type(name) is str
        and type(stored) is bytes
        and (value is None or type(value) is float)
    )


def _insert(target: apsw.Connection, rows: list[ScannedRow]) -> None:
    for name, table in TABLES.items():
        found = [(row.seq, *row.values, row.hash) for row in rows if row.table.name == name]
        if found:
            target.executemany(table.insert_sql, found)


def _noted(source: apsw.Connection) -> Tip | None:
    try:
        return Tip.read(source)
    except (apsw.Error, UnicodeDecodeError):
        return None
