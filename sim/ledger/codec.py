"""Between row dataclasses and the values of a table, in the order of its columns."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, SupportsFloat, SupportsIndex, TypeAlias

from sim.errors import LedgerConstraintError, LedgerCorruptError
from sim.ledger.rows import (
    CommandRow,
    Confusion,
    Genesis,
    Row,
    SignatureRow,
    StepRow,
    TallyRow,
    TruthRow,
    VerdictRow,
)
from sim.text import parse_json, quoted

_CELLS: Final = ("tp", "fp", "fn", "tn")
_INT64: Final = 2**63


def _integer(value: object) -> int:
    if type(value) is not int:
        if not isinstance(value, SupportsIndex):
            raise TypeError("expected an integer")
        value = operator.index(value)
    if not -_INT64 <= value < _INT64:
        raise ValueError("does not fit into 64 bits")
    return value


def _real(value: object) -> float:
    if type(value) is not float:
        if not isinstance(value, SupportsFloat):
            raise TypeError("expected a number")
        value = float(value)
    if value != value:
        raise ValueError("is not a number")
    return value + 0.0  # SQLite keeps no negative zero; the hash must not depend on it


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("expected text")
    if not value.isascii():
        value.encode()  # a lone surrogate has no UTF-8
    return str(value)


def _blob(value: object) -> bytes:
    if not isinstance(value, bytes | bytearray | memoryview):
        raise TypeError("expected bytes")
    return bytes(value)


def _names(value: object) -> str:
    if not isinstance(value, tuple | list):
        raise TypeError("expected a tuple of names")
    return json.dumps([_text(name) for name in value], ensure_ascii=False)


Converter: TypeAlias = Callable[[object], int | float | str | bytes]

_CONVERTERS: Final[dict[str, Converter]] = {
    "int": _integer,
    "float": _real,
    "str": _text,
    "bytes": _blob,
    "CommandStatus": _text,
    "Verdict": _text,
    "Truth": _text,
    "tuple[str, ...]": _names,
}


_STORED: Final[dict[Converter, type]] = {
    _integer: int,
    _real: float,
    _text: str,
    _blob: bytes,
    _names: str,
}


@dataclass(frozen=True, slots=True)
class Table:
    """How the rows of one class lie in their table."""

    name: str
    row: type[Row]
    columns: tuple[str, ...]
    """Columns between `seq` and `hash`."""
    converters: tuple[Converter, ...]
    types: tuple[type, ...]
    """Python types of the stored columns."""
    take: Callable[[Any], tuple[Any, ...]]
    """Values of a row, unconverted."""

    @property
    def insert_sql(self) -> str:
        """Statement that appends a row: seq, columns, hash."""
        marks = ", ".join("?" * (len(self.columns) + 2))
        return f"INSERT INTO {self.name} (seq, {', '.join(self.columns)}, hash) VALUES ({marks})"  # noqa: S608 - names are ours

    @property
    def select_sql(self) -> str:
        """Statement that reads rows: seq, columns; to be followed by a condition."""
        return f"SELECT seq, {', '.join(self.columns)} FROM {self.name}"  # noqa: S608 - names are ours


def _step_values(row: StepRow) -> tuple[Any, ...]:
    if len(row.solo) != 4 or len(row.collective) != 4:
        raise LedgerConstraintError("steps: solo and collective need four counts: tp fp fn tn")
    plain = (row.step, row.active, row.flows, row.anomalies)
    return (*plain, *row.solo, *row.collective, row.digest)


def _table(name: str, row: type[Row]) -> Table:
    columns: list[str] = []
    converters: list[Converter] = []
    for field in fields(row):
        if field.type == "Confusion":
            columns += [f"{field.name}_{cell}" for cell in _CELLS]
            converters += [_integer] * 4
        else:
            columns.append(field.name)
            converters.append(_CONVERTERS[str(field.type)])
    take = _step_values if row is StepRow else operator.attrgetter(*columns)
    types = tuple(_STORED[convert] for convert in converters)
    return Table(name, row, tuple(columns), tuple(converters), types, take)


TABLES: Final[dict[str, Table]] = {
    name: _table(name, row)
    for name, row in (
        ("genesis", Genesis),
        ("commands", CommandRow),
        ("signatures", SignatureRow),
        ("tallies", TallyRow),
        ("verdicts", VerdictRow),
        ("truths", TruthRow),
        ("steps", StepRow),
    )
}
"""Chained tables by name, in the order of insertion."""

TABLE_OF: Final[dict[type[Any], Table]] = {table.row: table for table in TABLES.values()}


def values_of(row: Row) -> tuple[int | float | str | bytes, ...]:
    """The values of a row in the order of its table's columns.

    NumPy scalars become plain numbers.

    Raises:
        LedgerConstraintError: A value has the wrong type or does not fit; names table and column.
    """
    table = TABLE_OF[type(row)]
    raw = table.take(row)
    try:
        return tuple([convert(value) for convert, value in zip(table.converters, raw, strict=True)])
    except (TypeError, ValueError, OverflowError):
        raise LedgerConstraintError(_complaint(table, raw)) from None


def _complaint(table: Table, raw: Sequence[Any]) -> str:
    for column, convert, value in zip(table.columns, table.converters, raw, strict=True):
        try:
            convert(value)
        except (TypeError, ValueError, OverflowError) as error:
            return f"{table.name}: {column} = {quoted(value)}: {error}"
    raise AssertionError("every value converts")  # pragma: no cover


def row_of(table: Table, values: Sequence[Any]) -> Row:
    """Builds the row of a table from its values, the inverse of `values_of`.

    Raises:
        LedgerCorruptError: The values do not make a row.
    """
    if table.row is Genesis:
        return _genesis(values)
    if table.row is StepRow:
        return _step(values)
    return table.row(*values)


def _genesis(values: Sequence[Any]) -> Genesis:
    seed, agents, features, version = values
    try:
        names = parse_json(features)
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise LedgerCorruptError("genesis: features is not a JSON list of names")
    return Genesis(seed, agents, tuple(names), version)


def _step(values: Sequence[Any]) -> StepRow:
    step, active, flows, anomalies, *cells, digest = values
    solo: Confusion = tuple(cells[:4])
    collective: Confusion = tuple(cells[4:])
    return StepRow(step, active, flows, anomalies, solo, collective, digest)
