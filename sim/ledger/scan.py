"""Reads the rows of a ledger that may be damaged, and goes on as far as it can."""

from __future__ import annotations

import heapq
import operator
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import apsw

from sim.ledger.chain import Value
from sim.ledger.codec import TABLES, Table
from sim.ledger.findings import Findings
from sim.ledger.sqlite_errors import BUSY, described


class ScannedRow(NamedTuple):
    """A chained row as it is stored."""

    seq: int
    table: Table
    values: tuple[Any, ...]
    """Columns between `seq` and `hash`."""
    hash: Value

    def value(self, column: str) -> int:
        """The value of one integer column of a row that is well typed."""
        return int(self.values[self.table.columns.index(column)])

    def is_well_typed(self) -> bool:
        """Whether every column holds what the schema says; damage can put NULL anywhere."""
        return tuple(map(type, self.values)) == self.table.types


def scan_chain(
    connection: apsw.Connection, tables: Iterable[str], findings: Findings
) -> Iterator[ScannedRow]:
    """All chained rows by seq, over all tables that can be read."""
    scans = [_scan(connection, TABLES[name], findings) for name in tables]
    return heapq.merge(*scans, key=operator.itemgetter(0))


def _scan(connection: apsw.Connection, table: Table, findings: Findings) -> Iterator[ScannedRow]:
    columns = f"seq, {', '.join(table.columns)}, hash"
    first: int | None = None
    while True:
        condition = "" if first is None else f"WHERE seq >= {first}"
        try:
            for row in connection.execute(
                f"SELECT {columns} FROM {table.name} {condition} ORDER BY seq"  # noqa: S608 - names are ours
            ):
                first = row[0] + 1
                yield ScannedRow(row[0], table, row[1:-1], row[-1])
            return
        except UnicodeDecodeError:
            condition = "" if first is None else f"WHERE seq >= {first}"
            bad = connection.execute(f"SELECT min(seq) FROM {table.name} {condition}").get  # noqa: S608 - names are ours
            findings.report(table.name, bad, "holds text that is not UTF-8")
            first = bad + 1
        except apsw.Error as error:
            _report_unreadable(error, table.name, None if first is None else first - 1, findings)
            return


def scan_plain(
    connection: apsw.Connection, table: str, columns: str, keys: int, findings: Findings
) -> Iterator[tuple[Any, ...]]:
    """The rows of a table outside the chain.

    Args:
        connection: Where to read.
        table: Name of the table.
        columns: Its columns, the key first.
        keys: How many columns make the key.
        findings: Where damage is reported.
    """
    last: object = None
    try:
        for row in connection.execute(f"SELECT {columns} FROM {table}"):  # noqa: S608 - names are ours
            last = " ".join(map(str, row[:keys]))
            yield row
    except UnicodeDecodeError:
        findings.report(table, None, f"text that is not UTF-8 after row {last!a}")
    except apsw.Error as error:
        _report_unreadable(error, table, last, findings)


def _report_unreadable(error: apsw.Error, table: str, last: object, findings: Findings) -> None:
    if isinstance(error, BUSY):
        raise error  # nothing is wrong with the ledger
    after = "from its start" if last is None else f"after row {last!a}"
    findings.report(table, None, f"cannot be read {after}: {described(error)}")
