"""Rows as one JSON object a line, as sensors write them: keys may differ from line to line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.traffic.files.column import MISSING_WORDS, Cells, Column, number_word
from sim.traffic.files.format import Format
from sim.traffic.files.layout import MAX_COLUMNS, Head, Layout, Scalar
from sim.traffic.files.plan import Plan
from sim.traffic.files.schema import PLAIN, Kind
from sim.traffic.files.text import error, shown

_DEPTH = 3
"""How many levels of objects within objects become columns."""
_WRAPPED = (("suricata", "eve"), ("zeek",), ("event_data",), ("_source",))
"""Where log shippers put what a sensor wrote."""
_MESSAGES = ("message", "log", "MESSAGE")
"""Where they put it as text."""


class Objects:
    """Feeds JSON objects into columns; a column begins when its key is first seen.

    Args:
        path: File, for messages.
        layout: Which objects are rows.
        plan: Which keys are wanted, and what is known about them.
        columns: What files before this one brought.
        rows: How many rows those have.
    """

    def __init__(
        self, path: Path, layout: Layout, plan: Plan, columns: dict[str, Column], rows: int
    ) -> None:
        self.columns = columns
        self.rows = rows
        self.blank = self.others = 0
        self._names: dict[str, None] = {}
        self._path = path
        self._plan = plan
        self._select = layout.select

    @property
    def names(self) -> list[str]:
        """All keys, wanted or not, in the order in which they were first seen."""
        return list(self._names)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out."""
        return (f"{self.others:,} other events left out",) if self.others else ()

    def add(self, lines: list[bytes], first: int, room: int) -> None:
        """Append lines of which the first has number `first`, at most `room` rows of them.

        Raises:
            TrafficError: A line is not a JSON object, lacks a field that its source always writes,
                or has a text where a number belongs.
        """
        rows: list[dict[str, Scalar]] = []
        numbers: list[int] = []
        for number, line in enumerate(lines, start=first):
            if len(rows) == room:
                break
            if not line.strip():
                self.blank += 1
                continue
            found = self._read(line, number)
            if self._select is not None and not self._select(found, number):
                self.others += 1
                continue
            rows.append(found)
            numbers.append(number)
        self._append(rows, np.array(numbers, dtype=np.int64), first)

    def _append(self, rows: list[dict[str, Scalar]], at: np.ndarray, first: int) -> None:
        self._open_columns(rows, first)
        for name, column in self.columns.items():
            column.add(_cells(column, [row.get(name) for row in rows]), at)
        self.rows += len(rows)

    def _read(self, line: bytes, number: int) -> dict[str, Scalar]:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as e:
            whole = line.strip() in (b"{", b"[")
            why = "(jq -c . FILE writes one object a line)" if whole else "(is the line cut?)"
            raise error(self._path, f"not a JSON object {why}", number) from e
        if not isinstance(found, dict):
            raise error(self._path, f"{shown(found)}; expected a JSON object", number)
        return flat(found)

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


def flat(found: dict[str, object], depth: int = 0) -> dict[str, Scalar]:
    """Write {'id': {'orig_h': …}} as {'id.orig_h': …}; lists, and what lies deep, become texts."""
    whole: dict[str, Scalar] = {}
    for name, value in found.items():
        if isinstance(value, dict) and value and depth < _DEPTH:
            inner = flat(value, depth + 1)
            whole.update({f"{name}.{key}": scalar for key, scalar in inner.items()})
        else:
            whole[name] = _scalar(value)
    return whole


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


def _check_wrapped(head: Head) -> None:
    """Refuse one object that holds all rows in a list, and JSON within texts."""
    found = head.objects()
    way = _list_within(found[0]) if len(found) == 1 else ""
    if way:
        what = f"one JSON object, with a list in {way[1:]}; expected one object a line"
        raise error(head.path, f"{what} (jq -c '{way}[]' FILE)", head.line)
    for name in _MESSAGES:
        wrapped = (str(o.get(name, "")).startswith("{") and not _measured(o) for o in found)
        if found and all(wrapped):
            what = f"flows as text within {name}, as a log shipper wraps them; unwrap them first"
            raise error(head.path, f"{what} (jq -c '.{name} | fromjson' FILE)", head.line)


def _measured(found: dict[str, object]) -> bool:
    """Tell whether an object has numbers enough to be a flow by itself."""
    return sum(isinstance(value, float) for value in flat(found).values()) > 2


def _list_within(found: dict[str, object], depth: int = 0) -> str:
    """Return where in an object a list of objects is, as `.hits.hits`; empty for nowhere."""
    for name, value in found.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return f".{name}" if name.isidentifier() else f'."{name}"'
        if isinstance(value, dict) and depth < _DEPTH and (inner := _list_within(value, depth + 1)):
            return f".{name}{inner}"
    return ""


_SCHEMA = replace(PLAIN, format="json")


def _looks_like(head: Head) -> bool:
    return head.first.startswith((b"{", b"["))


def _within(found: object, keys: tuple[str, ...]) -> bool:
    for name in keys:
        found = found.get(name) if isinstance(found, dict) else None
    return isinstance(found, dict)


def _layout(head: Head) -> Layout:
    if head.first.startswith(b"["):
        raise error(
            head.path, "a JSON array; expected one JSON object a line (jq -c '.[]' FILE)", head.line
        )
    if not head.first.startswith(b"{"):
        raise error(head.path, "expected one JSON object a line", head.line)
    for keys in _WRAPPED:
        if any(_within(found, keys) for found in head.objects()):
            way = ".".join(("", *keys))
            what = f"flows within {way[1:]}, as a log shipper wraps them; unwrap them first"
            raise error(head.path, f"{what} (jq -c '{way}' FILE)", head.line)
    _check_wrapped(head)
    return Layout(_SCHEMA, skip=head.at)


JSON = Format(
    "json",
    "any flows as one JSON object a line",
    _SCHEMA,
    general=True,
    recognise=_looks_like,
    layout=_layout,
)
