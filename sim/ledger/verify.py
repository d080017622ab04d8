"""Verifies a ledger: file, schema, chain, references, votes, checksums, tip."""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import apsw

from sim.errors import RunDirectoryError
from sim.ledger import schema
from sim.ledger.audit import Audit
from sim.ledger.chain import ORIGIN, Value, checksum, link
from sim.ledger.connection import check_file, connect_reader
from sim.ledger.findings import Findings, Problem, Verification
from sim.ledger.rows import VERSIONS
from sim.ledger.scan import ScannedRow, scan_chain, scan_plain
from sim.ledger.side_files import lacks_wal, without_tables
from sim.ledger.sqlite_errors import BUSY, described, translate
from sim.ledger.wal import passed_over
from sim.text import cut, one_line, printable, shown

__all__ = ["Problem", "Verification", "verify"]

_INTEGRITY_LINES: Final = 50
WITHOUT_WAL: Final = (
    "the file was in use when it was copied, and its -wal is not beside it: the last steps may be"
    " missing"
)


def verify(path: Path) -> Verification:
    """Checks everything that a ledger promises.

    A finding is a result, not an error: damage of any kind ends up in `Verification.problems`.

    Args:
        path: The ledger's file; it is only read.

    Raises:
        RunDirectoryError: There is no file, or it is a database of another program.
        LedgerBusyError: The file stayed locked.
        LedgerError: It cannot be opened now.
    """
    check_file(path)
    findings = Findings()
    try:
        lost = passed_over(path)
    except OSError as error:
        lost = f"the write-ahead log cannot be read: {error.strerror}"
    if lost:
        findings.report("file", None, lost)
    try:
        connection = connect_reader(path)
        try:
            found = _Verifier(connection, path, findings).run()
        finally:
            connection.close(True)
        return replace(found, notes=(WITHOUT_WAL,)) if lacks_wal(path) else found
    except BUSY as error:
        raise translate(error, path) from error
    except apsw.CantOpenError as error:
        raise RunDirectoryError(
            f"{shown(path)}: cannot be read where it lies ({described(error)})"
        ) from error
    except apsw.NotADBError:
        findings.report("file", None, "does not begin as a SQLite file does")
        return findings.result(0, b"")
    except (apsw.CorruptError, apsw.SQLError, apsw.IOError) as error:
        findings.report("file", None, described(error))
        return findings.result(0, b"")
    except apsw.Error as error:
        raise translate(error, path) from error


def inspect(connection: apsw.Connection, path: Path) -> Verification:
    """The same by a connection that is open; `path` is for messages.

    Raises:
        RunDirectoryError: It is a database of another program.
        apsw.Error: It is locked, or cannot be read at all.
    """
    findings = Findings()
    try:
        return _Verifier(connection, path, findings).run()
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.pragma("writable_schema", False)


class _Verifier:
    """One pass over one ledger."""

    def __init__(self, connection: apsw.Connection, path: Path, findings: Findings) -> None:
        self._connection = connection
        self._path = path
        self._findings = findings
        self._rows = 0
        self._ours = False
        """Whether the schema is the one that this version makes."""
        self._last: ScannedRow | None = None

    def run(self) -> Verification:
        # SQLite then skips what it cannot read of the schema, instead of giving up at once.
        self._connection.pragma("writable_schema", True)
        # One read transaction: a run that goes on meanwhile is seen at one moment.
        self._connection.execute("BEGIN")
        usable = self._check_schema()
        if self._ours:
            self._check_integrity()
        self._check_chain([name for name in schema.CHAINED if name in usable])
        counts = {name: self._check_plain(name) for name in schema.PLAIN if name in usable}
        if "tip" in usable:
            self._check_tip(counts)
        last = self._last
        head = last.hash if last is not None and isinstance(last.hash, bytes) else b""
        return self._findings.result(self._rows, head)

    def _check_schema(self) -> set[str]:
        """Compares the schema with ours; returns the names of the tables that can be read."""
        report = self._findings.report
        expected = schema.expected_objects()
        found, failure = schema.objects(self._connection)
        if failure:
            report("file", None, f"the schema cannot be read to its end: {one_line(failure)}")
        elif not found:
            raise RunDirectoryError(without_tables(self._path))
        elif not found.keys() & schema.TABLES_SQL.keys():
            raise RunDirectoryError(f"{shown(self._path)}: a SQLite file, but not a ledger")
        for pragma, values in (
            ("application_id", (schema.APPLICATION_ID,)),
            ("user_version", VERSIONS),
        ):
            stored = self._connection.pragma(pragma)
            if stored not in values:
                wanted = " or ".join(map(str, values))
                report("file", None, f"{pragma} is {stored}, expected {wanted}")
        # Checks and expressions of a foreign schema would be evaluated by an integrity check.
        self._ours = found == expected
        for name, (kind, table, _) in expected.items():
            if name not in found:
                report(table, None, f"{kind} {name} is missing")
            elif found[name] != expected[name]:
                report(table, None, f"{kind} {name} is not as this version makes it")
        for name, (kind, table, _) in found.items():
            if name not in expected:
                report(one_line(table), None, one_line(f"{kind} {name} does not belong here"))
        return {name for name in schema.TABLES_SQL if found.get(name) == expected[name]}

    def _check_integrity(self) -> None:
        try:
            rows = self._connection.execute(f"PRAGMA integrity_check({_INTEGRITY_LINES})")
            for (line,) in rows:
                if line != "ok":
                    self._findings.report(self._table_in(line), None, one_line(line))
        except BUSY:
            raise
        except (apsw.Error, UnicodeDecodeError) as error:
            self._findings.report("file", None, f"integrity check: {described(error)}")

    def _table_in(self, line: str) -> str:
        """The table that a line of SQLite's integrity check is about."""
        owners = {name: table for name, (_, table, _) in schema.expected_objects().items()}
        tree = re.search(r"[Tt]ree (\d+)", line)
        if tree:
            sql = "SELECT name FROM sqlite_schema WHERE rootpage = ? AND type IN ('table', 'index')"
            for (name,) in self._connection.execute(sql, (int(tree[1]),)):
                return owners.get(str(name), "file")
        words = re.findall(r"\w+", line)
        return next((owners[word] for word in words if word in owners), "file")

    def _check_chain(self, tables: list[str]) -> None:
        audit = Audit(self._findings)
        for row in self._linked(scan_chain(self._connection, tables, self._findings)):
            audit.see(row)

    def _linked(self, rows: Iterator[ScannedRow]) -> Iterator[ScannedRow]:
        """Checks seq and hash of every row and passes on one for every seq."""
        due = 0
        followed: tuple[bytes, ...] = (ORIGIN,)
        for seq, group in itertools.groupby(rows, key=operator.attrgetter("seq")):
            claims = list(group)
            self._rows += len(claims)
            if len(claims) > 1 or seq < 0:
                for claim in claims:
                    self._findings.report(claim.table.name, seq, "has a seq that is not its own")
            if seq < 0:
                continue
            if seq > due:
                self._missing(due, seq - 1)
                followed = ()
            followed = self._link(claims[0], followed)
            due = seq + 1
            self._last = claims[0]
            yield claims[0]

    def _link(self, row: ScannedRow, followed: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Checks one hash; returns the hashes that the next row may follow.

        After a bad row there are two: the stored hash, if the values were changed, and the right
        one, if the hash was. After a gap there is none, and the row is taken at its word.
        """
        name = row.table.name
        links = tuple(link(before, name, row.seq, row.values) for before in followed)
        stored = (row.hash,) if isinstance(row.hash, bytes) else ()
        if not followed or row.hash in links:
            return stored
        self._findings.report(name, row.seq, "the hash does not fit the row and the one before")
        return stored + links

    def _missing(self, first: int, last: int) -> None:
        which = f"row {first} is" if first == last else f"rows {first} to {last} are"
        self._findings.report("ledger", first, f"{which} missing")

    def _check_plain(self, table: str) -> int:
        columns, keys = schema.PLAIN[table]
        count = 0
        for row in scan_plain(self._connection, table, columns, keys, self._findings):
            count += 1
            if checksum(table, row[:-1]) != row[-1]:
                key = printable(cut(" ".join(map(str, row[:keys])), 200))
                self._findings.report(table, key, "the checksum does not fit the row")
        return count

    def _check_tip(self, counts: dict[str, int]) -> None:
        report = self._findings.report
        columns = "id, seq, head, metrics, meta, checksum"
        tips = list(scan_plain(self._connection, "tip", columns, 1, self._findings))
        if len(tips) != 1:
            report("tip", None, f"{len(tips)} rows, expected one")
            return
        key, seq, head, metrics, meta, stored = tips[0]
        if key != 0 or checksum("tip", (seq, head, metrics, meta)) != stored:
            report("tip", str(key), "the checksum does not fit the row")
            return
        self._compare_end(seq, head)
        for name, noted in (("metrics", metrics), ("meta", meta)):
            if name in counts and counts[name] != noted:
                report(name, None, f"{counts[name]} rows, but {noted} were written")

    def _compare_end(self, seq: int, head: Value) -> None:
        last_seq = -1 if self._last is None else self._last.seq
        if seq > last_seq:
            self._missing(last_seq + 1, seq)
        elif self._last is not None and seq < last_seq:
            what = f"was appended from outside: the ledger ended with row {seq}"
            self._findings.report(self._last.table.name, last_seq, what)
        elif self._last is not None and head != self._last.hash:
            what = "its hash is not the head that was written"
            self._findings.report(self._last.table.name, last_seq, what)
