"""Rows of delimited text: fields counted line by line, then parsed by pandas in blocks."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.traffic.files.column import MISSING_WORDS, Cells
from sim.traffic.files.detect import Layout, split
from sim.traffic.files.plan import Plan
from sim.traffic.files.schema import Kind
from sim.traffic.files.text import error, quantity

_QUOTE_MINIMAL, _QUOTE_NONE = 0, 3


class Rows:
    """Feeds the rows of a delimited file into columns.

    Args:
        path: File, for messages.
        layout: Delimiter, names and schema.
        plan: Which columns are wanted.

    Raises:
        TrafficError: A column that the caller named is absent.
    """

    def __init__(self, path: Path, layout: Layout, plan: Plan) -> None:
        self.rows = 0
        self.blank = 0
        self._path = path
        self._layout = layout
        self._names = _named(layout)
        plan.check(path, self.names)
        self._columns = {
            at: plan.column(path, name) for at, name in self._names.items() if plan.wants(name)
        }
        self.columns = {column.name: column for column in self._columns.values()}
        self._delimiter = layout.delimiter.encode()
        self._width = len(layout.columns)

    @property
    def names(self) -> list[str]:
        """Names of all columns, wanted or not, in file order."""
        return list(self._names.values())

    def add(self, lines: list[bytes], first: int, room: int) -> None:
        """Append lines of which the first has number `first`, at most `room` rows of them.

        Raises:
            TrafficError: A row has too few or too many fields, or a cell is not what it should be.
        """
        kept, numbers = self._checked(lines, first, room)
        if not kept:
            return
        frame = self._parsed(kept, numbers)
        for at, column in self._columns.items():
            column.add(frame[at], numbers)
        self.rows += len(kept)

    def _checked(
        self, lines: list[bytes], first: int, room: int
    ) -> tuple[list[bytes], NDArray[np.int64]]:
        kept: list[bytes] = []
        numbers: list[int] = []
        delimiter, gaps, void = self._delimiter, self._width - 1, self._delimiter + b" "
        for number, line in enumerate(lines, start=first):
            if len(kept) == room:
                break
            if line.count(delimiter) != gaps or (b'"' in line and self._layout.quoted):
                if not line.strip():
                    self.blank += 1
                    continue
                self._check_fields(line, number)
            if not line.strip(void):
                self.blank += 1
                continue
            kept.append(line)
            numbers.append(number)
        return kept, np.array(numbers, dtype=np.int64)

    def _check_fields(self, line: bytes, number: int) -> None:
        text = line.decode("utf-8", "replace")
        delimiter = self._layout.delimiter
        quoted = self._layout.quoted
        fields = split(self._path, text, delimiter, number) if quoted else text.split(delimiter)
        if len(fields) != self._width:
            found = quantity(len(fields), "field")
            raise error(
                self._path, f"{found}; expected {self._width} (is the file cut or damaged?)", number
            )

    def _parsed(self, lines: list[bytes], numbers: NDArray[np.int64]) -> dict[int, Cells]:
        import pandas as pd  # type: ignore[import-untyped]  # no stubs in the environment

        words = list(dict.fromkeys((*MISSING_WORDS, *self._layout.schema.missing)))
        labels = {at for at, c in self._columns.items() if c.kind is Kind.LABEL}
        try:
            frame = pd.read_csv(
                io.BytesIO(b"\n".join(lines) + b"\n"),
                sep=self._layout.delimiter,
                header=None,
                names=list(range(self._width)),
                usecols=list(self._columns),
                dtype={at: str for at, c in self._columns.items() if c.textual},
                na_values={at: words for at in self._columns if at not in labels},
                keep_default_na=False,
                index_col=False,
                skipinitialspace=True,
                skip_blank_lines=False,
                quoting=_QUOTE_MINIMAL if self._layout.quoted else _QUOTE_NONE,
                low_memory=False,
                engine="c",
            )
        except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, OverflowError) as e:
            raise self._unparsed(numbers) from e
        if len(frame) != len(lines):
            raise self._unparsed(numbers)
        return {at: _cells(frame[at]) for at in self._columns}

    def _unparsed(self, numbers: NDArray[np.int64]) -> Exception:
        span = f"lines {numbers[0]} to {numbers[-1]} cannot be parsed as delimited text"
        return error(self._path, span)


def _named(layout: Layout) -> dict[int, str]:
    """Return position and name of the columns; nameless ones are numbered, second ones skipped."""
    named: dict[int, str] = {}
    for at, name in enumerate(layout.columns):
        if name not in named.values():
            named[at] = name or f"column {at + 1}"
    return named


def _cells(series: object) -> Cells:
    """Return a pandas column as float64, or as `str` objects with None for missing."""
    kind = series.dtype.kind  # type: ignore[attr-defined]
    if kind in "iuf":
        return np.asarray(series, dtype=np.float64)
    cells = np.empty(len(series), dtype=np.object_)  # type: ignore[arg-type]
    cells[:] = [
        x.strip() if isinstance(x, str) else None if x != x else str(x)
        for x in series.tolist()  # type: ignore[attr-defined]
    ]
    return cells
