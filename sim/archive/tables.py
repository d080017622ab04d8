"""Tables as CSV, JSON and Parquet."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable
from importlib import import_module
from typing import IO, Any, TextIO

from sim.archive.records import Record
from sim.text import spreadsheet_cell


def write_csv(stream: TextIO, columns: tuple[str, ...], rows: Iterable[Record]) -> int:
    """Write CSV with a header, one line per row; absent values are empty.

    Names come from traffic files, and a table may end up on a terminal or in a spreadsheet: texts
    are cells that are safe in both.

    Returns:
        Rows without the header.
    """
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([_cell(name) for name in columns])
    count = 0
    for row in rows:
        writer.writerow([_cell(value) for value in row])
        count += 1
    return count


def _cell(value: Any) -> str | int | float | None:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = " ".join(value)
    elif isinstance(value, (list, dict)):
        value = json.dumps(value)
    elif isinstance(value, bool):
        value = "true" if value else "false"
    return spreadsheet_cell(value) if isinstance(value, str) else value


def write_json(stream: TextIO, columns: tuple[str, ...], rows: Iterable[Record]) -> int:
    """Write a JSON list with one object per row, a row per line; infinity and NaN are null.

    Returns:
        Rows.
    """
    count = 0
    stream.write("[")
    for row in rows:
        content = {name: _finite(value) for name, value in zip(columns, row, strict=True)}
        stream.write(("," if count else "") + "\n" + json.dumps(content))
        count += 1
    stream.write("\n]\n")
    return count


def write_lines(stream: TextIO, columns: tuple[str, ...], rows: Iterable[Record]) -> int:
    """Write texts of one column as they are.

    Returns:
        Rows.
    """
    count = 0
    for (text,) in rows:
        stream.write(str(text))
        count += 1
    return count


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return value


def write_parquet(stream: IO[bytes], columns: tuple[str, ...], rows: Iterable[Record]) -> int:
    """Write Parquet; pyarrow must be there. Nested data is JSON text.

    Returns:
        Rows.
    """
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    table = [[_flat(value) for value in row] for row in rows]
    content = {name: [row[i] for row in table] for i, name in enumerate(columns)}
    parquet.write_table(arrow.table(content), stream)
    return len(table)


def _flat(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (list, dict)) else value
