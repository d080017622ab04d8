"""The names of the columns of a delimited table: in the first line, given, or in another file."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from sim.text import quantity
from sim.traffic.files.layout import Head, Layout, looks_like_data, split
from sim.traffic.files.names import key, spelled
from sim.traffic.files.places import beside
from sim.traffic.files.text import error, shown

_MAX_NAMES = 1 << 20
_CLASS = "class"
_NAME_COLUMNS = ("name", "feature", "feature name", "column", "field", "attribute")


def names_of(head: Head) -> tuple[list[str], int]:
    """Return the column names, and how many lines they take.

    Raises:
        TrafficError: The first line is a row, or the names that were given do not fit.
    """
    knob = head.knobs.header
    first = _fields(head, 0)
    if knob.casefold() == "auto":
        if looks_like_data(first):
            raise error(
                head.path,
                f"rows without a header: expected column names, found {shown(_telling(first))}; set"
                " traffic.header to none, to the names, or to a file of names",
                head.line,
            )
        return first, 1
    if knob.casefold() == "first":
        return first, 1
    if knob.casefold() == "none":
        return [f"column {i}" for i in range(1, len(first) + 1)], 0
    names = spelled_out(head.path, knob)
    if len(names) + 1 == len(first) and _leaves_out_class(head.path, knob):
        names = [*names, _CLASS]
    if len(names) != len(first):
        raise error(
            head.path,
            f"{quantity(len(first), 'field')}, but traffic.header names"
            f" {quantity(len(names), 'column')}",
            head.line,
        )
    return names, int([key(f) for f in first] == [key(n) for n in names])


def _telling(fields: list[str]) -> str:
    return next((f for f in fields if f), "")


def _fields(head: Head, after: int) -> list[str]:
    text = head.block.lines[head.at + after].decode("utf-8", "replace")
    return [f.strip() for f in split(head.path, text, head.delimiter(), head.line, head.quote)]


def spelled_out(path: Path, knob: str) -> list[str]:
    """Return the names that `traffic.header` gives.

    Raises:
        TrafficError: It names a file that is none, or holds no names.
    """
    file = names_file(path, knob)
    return list(spelled(knob)) if file is None else _read_names(path, file)


def names_file(path: Path, knob: str) -> Path | None:
    """Return the file of names, beside the traffic or where the run is started; None for none."""
    if knob.casefold() in ("auto", "first", "none") or "," in knob:
        return None
    file = beside(path, knob)
    if file is not None:
        return file
    raise error(
        path,
        f"traffic.header {shown(knob)} is no file; expected auto, first, none, names separated by"
        " commas, or a file of names",
    )


def _read_names(path: Path, file: Path) -> list[str]:
    """Read one name a line, one line of names, or a table with a column of names."""
    with file.open("rb") as stream:
        data = stream.read(_MAX_NAMES + 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    rows = [[f.strip() for f in row] for row in csv.reader(text.splitlines()) if any(row)]
    if not rows or len(data) > _MAX_NAMES:
        raise error(path, f"traffic.header: {shown(str(file))} holds no column names")
    if len(rows) == 1:
        return rows[0]
    titles = [key(f) for f in rows[0]]
    at = next((titles.index(n) for n in _NAME_COLUMNS if n in titles), None)
    if at is not None:
        return [row[at] for row in rows[1:] if len(row) > at]
    # `kddcup.names`: the first line lists the classes, the others are `duration: continuous.`
    named = [row[0].partition(":")[0].strip() for row in rows if ":" in row[0]]
    return named if len(named) >= len(rows) - 1 else [row[0] for row in rows]


def _leaves_out_class(path: Path, knob: str) -> bool:
    """Tell whether names come from a file as C4.5 reads them: it has none for the class."""
    file = names_file(path, knob)
    if file is None:
        return False
    with file.open("rb") as stream:
        lines = [line.strip() for line in stream.read(_MAX_NAMES).splitlines() if line.strip()]
    return bool(lines) and b":" not in lines[0] and all(b":" in line for line in lines[1:])


def with_ends(head: Head, layout: Layout) -> Layout:
    """Settle what an additional field in every row is: nothing behind the last, or a row's name."""
    if layout.delimiter == " ":
        return layout
    after = layout.skip - head.at
    rows = [
        split(head.path, r, layout.delimiter, head.line, layout.quote) for r in _sound(head, after)
    ]
    if rows and not layout.columns[-1] and all(len(row) == len(layout.columns) - 1 for row in rows):
        return replace(layout, columns=layout.columns[:-1])
    if not rows or any(len(row) != len(layout.columns) + 1 for row in rows):
        return layout
    if all(not row[-1].strip() for row in rows):
        return replace(layout, ends=True)
    if all(not row[0].strip() for row in rows) and layout.fields:
        return replace(layout, columns=("", *layout.columns))
    if len({row[0] for row in rows}) == len(rows) and len(rows) > 1 and layout.fields:
        return replace(layout, columns=("", *layout.columns))
    return layout


def _sound(head: Head, after: int) -> list[str]:
    """Return the rows of the first block that can be split at all."""
    return [row for row in head.rows(50, after=after) if row.count('"') % 2 == 0]
