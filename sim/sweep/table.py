"""The results of a sweep: one row a run, in the order of the plan, as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeGuard, TypeVar

from sim.archive.unpack import LARGE
from sim.config.parameters import Value
from sim.errors import InputError, RunDirectoryError
from sim.machine import files
from sim.sweep.plan import Point
from sim.text import parse_json, shown, spreadsheet_cell

CSV: Final = "sweep.csv"
JSON: Final = "sweep.json"

T = TypeVar("T")
Measure = int | float | str | None
Row = dict[str, Measure | Value]


def row_of(point: Point, measures: Mapping[str, Measure] | None, error: str) -> Row:
    """The row of a run: its name, what was varied, its seed, its measures, its error."""
    return {
        "run": point.name,
        **point.varied,
        "seed": point.seed,
        **(measures or {}),
        "error": error,
    }


def columns_of(rows: Iterable[Row], keys: Sequence[str]) -> list[str]:
    """All columns: a run that failed has no measures, and any other has them all."""
    columns = dict.fromkeys(["run", *keys, "seed"])
    for row in rows:
        columns |= dict.fromkeys(row)
    columns.pop("error", None)
    return [*columns, "error"]


def csv_text(rows: Sequence[Row], keys: Sequence[str]) -> str:
    """The table as CSV; what is undefined is empty."""
    columns = columns_of(rows, keys)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    return "" if value is None else spreadsheet_cell(str(value))


def json_text(rows: Sequence[Row], keys: Sequence[str]) -> str:
    """The table as JSON."""
    return json.dumps({"keys": list(keys), "rows": list(rows)}, indent=1) + "\n"


def write_table(folder: Path, rows: Sequence[Row], keys: Sequence[str]) -> None:
    """Write both, each whole or not at all.

    Raises:
        InputError: they cannot be written.
    """
    try:
        files.write_whole(folder / JSON, json_text(rows, keys))
        files.write_whole(folder / CSV, csv_text(rows, keys))
    except OSError as error:
        raise InputError(f"--out: {shown(folder)}: cannot be written ({error.strerror})") from None


def read_rows(folder: Path) -> tuple[list[str], list[Row]]:
    """The keys that were varied and the rows, as far as there are any.

    Raises:
        RunDirectoryError: the table is there and is none.
    """
    file = folder / JSON
    try:
        with files.reading(file, largest=LARGE) as stream:
            data = stream.read()
    except FileNotFoundError:
        return [], []
    except OSError as error:
        raise RunDirectoryError(f"{shown(file)}: cannot be read ({error.strerror})") from None
    try:
        content = parse_json(data.decode("utf-8"), longest=LARGE)
    except ValueError as error:
        raise RunDirectoryError(f"{shown(file)}: is not JSON ({shown(error)})") from None
    table: dict[str, Any] = content if isinstance(content, dict) else {}
    keys, rows = table.get("keys"), table.get("rows")
    if not (_are(keys, str) and _are(rows, dict)):
        raise RunDirectoryError(f"{shown(file)}: is not the table of a sweep")
    plain = (str, int, float, bool, type(None))
    if not all(isinstance(value, plain) for row in rows for value in row.values()):
        raise RunDirectoryError(f"{shown(file)}: is not the table of a sweep")
    return list(keys), list(rows)


def _are(values: Any, kind: type[T]) -> TypeGuard[list[T]]:
    return isinstance(values, list) and all(isinstance(value, kind) for value in values)
