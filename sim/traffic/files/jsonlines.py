"""Rows as one JSON object a line, as Zeek writes them: keys may differ from line to line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from sim.traffic.files.column import MISSING_WORDS, Cells, Column, number_word
from sim.traffic.files.detect import MAX_COLUMNS
from sim.traffic.files.plan import Plan
from sim.traffic.files.schema import Kind
from sim.traffic.files.text import error, shown
from sim.traffic.files.zeek import ALWAYS

Scalar = str | float | bool | None


class Objects:
    """Feeds JSON objects into columns; a column begins when its key is first seen.

    Args:
        path: File, for messages.
        plan: Which keys are wanted, and what is known about them.
    """

    def __init__(self, path: Path, plan: Plan) -> None:
        self.columns: dict[str, Column] = {}
        self._names: dict[str, None] = {}
        self.rows = 0
        self.blank = 0
        self._path = path
        self._plan = plan

    @property
    def names(self) -> list[str]:
        """All keys, wanted or not, in the order in which they were first seen."""
        return list(self._names)

    def add(self, lines: list[bytes], first: int, room: int) -> None:
        """Append lines of which the first has number `first`, at most `room` rows of them.

        Raises:
            TrafficError: A line is not a JSON object, lacks a field that Zeek always writes, or
                has a text where a number belongs.
        """
        rows: list[dict[str, Scalar]] = []
        numbers: list[int] = []
        for number, line in enumerate(lines, start=first):
            if len(rows) == room:
                break
            if line.strip():
                rows.append(self._read(line, number))
                numbers.append(number)
            else:
                self.blank += 1
        self._open_columns(rows, first)
        at = np.array(numbers, dtype=np.int64)
        for name, column in self.columns.items():
            column.add(_cells(column, [row.get(name) for row in rows]), at)
        self.rows += len(rows)

    def _read(self, line: bytes, number: int) -> dict[str, Scalar]:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as e:
            raise error(self._path, "not a JSON object (is the line cut?)", number) from e
        if not isinstance(found, dict):
            raise error(self._path, f"{shown(found)}; expected a JSON object", number)
        flat = _flat(found)
        for name in ALWAYS:
            if name not in flat:
                raise error(self._path, f"without the field {name!r} of a Zeek conn.log", number)
        return flat

    def _open_columns(self, rows: list[dict[str, Scalar]], first: int) -> None:
        missing = np.full(self.rows, None, dtype=np.object_)
        for name in dict.fromkeys(name for row in rows for name in row):
            self._names.setdefault(name, None)
            if name in self.columns or not self._plan.wants(name):
                continue
            if len(self._names) > MAX_COLUMNS:
                raise error(self._path, f"more than {MAX_COLUMNS:,} different keys", first)
            self.columns[name] = self._plan.column(self._path, name)
            self.columns[name].add(missing, np.zeros(self.rows, dtype=np.int64))


def _flat(found: dict[str, object]) -> dict[str, Scalar]:
    """Write {'id': {'orig_h': …}} as {'id.orig_h': …}; lists become texts."""
    flat: dict[str, Scalar] = {}
    for name, value in found.items():
        if isinstance(value, dict):
            flat.update({f"{name}.{inner}": _scalar(x) for inner, x in value.items()})
        else:
            flat[name] = _scalar(value)
    return flat


def _scalar(value: object) -> Scalar:
    if value is None or isinstance(value, str | float | bool):
        return value
    if isinstance(value, int):
        return float(value) if abs(value) < 10**300 else float("inf")
    return json.dumps(value)


def _cells(column: Column, values: list[Scalar]) -> Cells:
    if not column.textual and all(v is None or isinstance(v, float) for v in values):
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    cells = np.empty(len(values), dtype=np.object_)
    keep = column.kind is Kind.LABEL
    cells[:] = [_word(v, keep) for v in values]
    return cells


def _word(value: Scalar, keep: bool) -> str | None:
    """Return a value as text; `keep` tells to leave the words for missing values alone."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, float):
        return number_word(value) if abs(value) < float("inf") else None
    text = value.strip()
    return None if text in MISSING_WORDS and not keep else text
