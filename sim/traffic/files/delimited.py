"""Rows of delimited text: fields counted line by line, then parsed by pandas in blocks."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.text import quantity
from sim.traffic.files.column import MISSING_WORDS, Cells, Column
from sim.traffic.files.layout import Layout, split
from sim.traffic.files.names import key
from sim.traffic.files.plan import Plan
from sim.traffic.files.schema import Kind
from sim.traffic.files.text import error, listed
from sim.traffic.files.whole_rows import GONE

_QUOTE_MINIMAL, _QUOTE_NONE = 0, 3
_TRAILER = re.compile(
    rb"Summary|Summary: total flows: .*|\(\d+ rows?\)|\d+ rows? (selected\.?|in set( \(.*\))?)|\x1a"
)
"""What nfdump, database clients and DOS write behind the last row; nothing vaguer."""
_TOTAL = re.compile(rb"\W*(grand )?(totals?|sum|summe)\W.*", re.IGNORECASE)
"""How the row of totals of a spreadsheet begins; some of its cells are empty."""
_AROUND = b"\xef\xbb\xbf\"'# "
"""What may stand around the first name where a header comes again."""


class Rows:
    """Feeds the rows of a delimited file into columns.

    Args:
        path: File, for messages.
        layout: Delimiter, names and schema.
        plan: Which columns are wanted.
        columns: What files before this one brought; empty for the first.
        rows: How many rows those have.

    Raises:
        TrafficError: A column that the caller named is absent, or the columns are not those of
            the files before.
    """

    def __init__(
        self, path: Path, layout: Layout, plan: Plan, columns: dict[str, Column], rows: int
    ) -> None:
        self.rows = rows
        self.blank = self._repeated = self._behind = self._comments = 0
        self._path = path
        self._layout = layout
        self._sparse = bool(layout.schema.sensor)
        self._names = _named(layout)
        self._columns = {
            at: self._opened(name, plan, columns)
            for at, name in self._names.items()
            if plan.wants(name)
        }
        self._check_same(columns)
        columns.update({column.name: column for column in self._columns.values()})
        self.columns = columns
        self._delimiter = layout.delimiter.encode()
        self._width = len(layout.columns)
        self._as_text = plan.knobs.decimal == "comma"
        self._ended = False
        self._header = _folded(layout.fields, self._delimiter)

    def _opened(self, name: str, plan: Plan, columns: dict[str, Column]) -> Column:
        """Return the column of this name, of the files before if there are any."""
        if not columns:
            return plan.column(self._path, name, self._layout.delimiter)
        before = {key(n): c for n, c in columns.items()}.get(key(name))
        if before is None and self._sparse:
            column = plan.column(self._path, name, self._layout.delimiter)
            column.add(*_nothing(self.rows))
            return column
        if before is None:
            raise self._other_columns(f"has the column {listed([name])}, which those before lack")
        before.path = self._path
        return before

    def _check_same(self, columns: dict[str, Column]) -> None:
        here = {c.name for c in self._columns.values()}
        absent = [name for name in columns if name not in here]
        self._absent = [columns[name] for name in absent]
        if absent and not self._sparse:
            raise self._other_columns(f"lacks {listed(absent)}")

    def _other_columns(self, what: str) -> Exception:
        return error(
            self._path,
            f"{what}: files of one source have the same columns (traffic.member chooses files)",
        )

    @property
    def names(self) -> list[str]:
        """Names of all columns, wanted or not, in file order."""
        return list(self._names.values())

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out."""
        said = []
        if self._repeated:
            said.append(f"{quantity(self._repeated, 'repeated header line')} left out")
        if self._behind:
            said.append(f"{quantity(self._behind, 'line')} after the table left out")
        if self._comments:
            said.append(f"{quantity(self._comments, 'comment line')} left out within the table")
        return tuple(said)

    def add(self, lines: list[bytes], first: int, room: int) -> None:
        """Append lines of which the first has number `first`, at most `room` rows of them.

        Raises:
            TrafficError: A row has too few or too many fields, or a cell is not what it should be.
        """
        kept, numbers = self._checked(lines, first, room)
        if kept:
            frame = self._parsed(kept, numbers)
            for at, column in self._columns.items():
                column.add(frame[at], numbers)
            for column in self._absent:
                column.add(*_nothing(len(kept)))
            self.rows += len(kept)

    def _checked(
        self, lines: list[bytes], first: int, room: int
    ) -> tuple[list[bytes], NDArray[np.int64]]:
        kept: list[bytes] = []
        numbers: list[int] = []
        layout = self._layout
        delimiter, gaps, void = self._delimiter, self._width - 1, self._delimiter + b" "
        plain = not (layout.comment or layout.ends or layout.padded or delimiter == b" ")
        quote = layout.quote.encode()
        for number, line in enumerate(lines, start=first):
            if len(kept) == room:
                break
            if line == GONE:
                continue
            if self._ended:
                self._behind += bool(line.strip())
                continue
            if self._is_header(line):
                self._repeated += 1
                continue
            row = line if plain else self._plain(line, number)
            if row.count(delimiter) != gaps or (quote and quote in row):
                if not row.strip():
                    self.blank += line == row
                    continue
                if _TRAILER.fullmatch(row.strip()):
                    self._ended, self._behind = True, self._behind + 1
                    continue
                if row.startswith(b"#"):
                    self._comments += 1
                    continue
                self._check_fields(row, number)
            elif (
                _TOTAL.fullmatch(row) and delimiter * 2 in row.replace(void, delimiter) + delimiter
            ):
                self._behind += 1
                continue
            if not row.strip(void):
                self.blank += 1
                continue
            kept.append(row)
            numbers.append(number)
        return kept, np.array(numbers, dtype=np.int64)

    def _is_header(self, line: bytes) -> bool:
        """Tell whether the header comes again, perhaps with other quotes, blanks or case."""
        if not self._header or not line.strip(_AROUND).lower().startswith(self._header[0]):
            return False
        found = _folded(line, self._delimiter)
        return found[: len(self._header)] == self._header and not any(found[len(self._header) :])

    def _plain(self, line: bytes, number: int) -> bytes:
        """Return a line as other files write it; empty for one that is no row."""
        layout = self._layout
        if layout.comment and line.startswith(layout.comment):
            if layout.comment == b"#" and line.startswith(b"#fields"):
                self._check_zeek_fields(line, number)
            return b""
        if layout.padded:
            line = line.replace(b"   ", self._delimiter)
        if layout.ends and line.strip():
            stripped = line.rstrip(b" ")
            if not stripped.endswith(self._delimiter):
                self._check_fields(line + self._delimiter, number)
            line = stripped.removesuffix(self._delimiter)
        return b" ".join(line.split()) if layout.delimiter == " " else line

    def _check_zeek_fields(self, line: bytes, number: int) -> None:
        """Refuse a log that was appended and has other fields; `#fields` alike is no error."""

        def spread(text: bytes) -> list[bytes]:
            return text.replace(b"   ", self._delimiter).lower().split(self._delimiter)

        if self._layout.fields and spread(line) != spread(self._layout.fields):
            raise error(self._path, "other #fields than at the top of the file", number)

    def _check_fields(self, line: bytes, number: int) -> None:
        text = line.decode("utf-8", "replace")
        layout = self._layout
        fields = split(self._path, text, layout.delimiter, number, layout.quote)
        if len(fields) != self._width:
            found = quantity(len(fields), "field")
            raise error(
                self._path, f"{found}; expected {self._width} (is the file cut or damaged?)", number
            )

    def _parsed(self, lines: list[bytes], numbers: NDArray[np.int64]) -> dict[int, Cells]:
        import pandas as pd  # type: ignore[import-untyped]  # no stubs in the environment

        words = list(dict.fromkeys((*MISSING_WORDS, *self._layout.schema.missing)))
        labels = {at for at, c in self._columns.items() if c.kind is Kind.LABEL}
        quote = self._layout.quote
        try:
            frame = pd.read_csv(
                io.BytesIO(b"\n".join(lines) + b"\n"),
                sep=self._layout.delimiter,
                header=None,
                names=list(range(self._width)),
                usecols=list(self._columns),
                dtype={at: str for at, c in self._columns.items() if c.textual or self._as_text},
                na_values={at: words for at in self._columns if at not in labels},
                keep_default_na=False,
                index_col=False,
                skipinitialspace=True,
                skip_blank_lines=False,
                quoting=_QUOTE_MINIMAL if quote else _QUOTE_NONE,
                quotechar=quote or '"',
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


def _folded(line: bytes, delimiter: bytes) -> list[bytes]:
    """Return the names of a header as they are compared; none of a header of `#` lines."""
    if not line or line.startswith(b"#fields"):
        return []
    names = line.split(None if delimiter == b" " else delimiter)
    found = [name.strip(_AROUND).lower() for name in names]
    return found if found[0] or any(found) else []


def _named(layout: Layout) -> dict[int, str]:
    """Return position and name of the columns; nameless ones are numbered, second ones skipped."""
    named: dict[int, str] = {}
    for at, name in enumerate(layout.columns):
        if name not in named.values():
            named[at] = name or f"column {at + 1}"
    return named


def _nothing(rows: int) -> tuple[Cells, NDArray[np.int64]]:
    """Return so many missing cells, and their lines."""
    return np.full(rows, None, dtype=np.object_), np.zeros(rows, dtype=np.int64)


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
