"""One column of a file, gathered block by block: numbers, or texts as codes into their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.traffic.files.schema import Kind
from sim.traffic.files.text import clean, error, shown

NUMERIC_SHARE = 0.9
"""From this share of numbers on, a text in a column is taken for damage and not for a category."""

MISSING_WORDS = (
    "", "-", "(empty)", "?", "nan", "NaN", "NAN", "-nan", "null", "NULL", "Null", "None", "none",
    "NA", "N/A", "n/a", "#N/A", "<NA>",
)  # fmt: skip
"""What stands for a missing value in any format."""


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A numeric column."""

    values: NDArray[np.float64]
    """(N,), NaN where the value is missing or infinite."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """A categorical column."""

    codes: NDArray[np.int32]
    """(N,) index into `values`, -1 where missing."""

    values: tuple[str, ...]
    """Distinct values in the order of their first row."""


Cells = NDArray[np.float64] | NDArray[np.object_]
"""One block of a column: float64, or `str` with None for missing."""


class Column:
    """Gathers the cells of one column and settles what it is.

    Args:
        path: File, for messages.
        name: Column name, for messages.
        kind: What the format knows about the column.
        allowed: The only texts that may stand in it; None for any.
    """

    def __init__(
        self, path: Path, name: str, kind: Kind, allowed: tuple[str, ...] | None = None
    ) -> None:
        self.name = name
        self.kind = kind
        self._allowed = allowed
        self._path = path
        self._parts: list[NDArray[np.float64] | NDArray[np.int32]] = []
        self._codes: dict[str, int] = {}
        self._values: dict[str, int] = {}
        self._numbers = 0
        self._texts = 0
        self._offence: tuple[int, str] | None = None

    @property
    def textual(self) -> bool:
        """Whether the cells are kept as texts even where they are numbers."""
        return self.kind in (Kind.TEXT, Kind.LABEL, Kind.IDENTIFIER, Kind.HISTORY)

    def add(self, cells: Cells, lines: NDArray[np.int64]) -> None:
        """Append a block.

        Args:
            cells: (B,) float64, or objects: `str`, None for missing.
            lines: (B,) line numbers, for messages.

        Raises:
            TrafficError: A text where numbers belong, or one that is not allowed.
        """
        if cells.dtype == np.float64:
            self._parts.append(finite(np.asarray(cells, dtype=np.float64)))
            self._numbers += int(np.count_nonzero(~np.isnan(self._parts[-1])))
        elif self.textual:
            self._check_allowed(cells, lines)
            self._parts.append(self._coded(cells))
        else:
            self._add_mixed(cells, lines)

    def _check_allowed(self, cells: Cells, lines: NDArray[np.int64]) -> None:
        if self._allowed is None or set(cells.tolist()).issubset(self._allowed):
            return
        at = next(i for i, c in enumerate(cells.tolist()) if c not in self._allowed)
        self._offence = (int(lines[at]), str(cells[at] or ""))
        raise self._offending(f"expected {' or '.join(self._allowed[:2])}")

    def _add_mixed(self, cells: Cells, lines: NDArray[np.int64]) -> None:
        values, bad = as_numbers(cells)
        count = int(np.count_nonzero(bad))
        self._numbers += int(np.count_nonzero(~np.isnan(values)))
        self._texts += count
        if count and self._offence is None:
            at = int(bad.argmax())
            self._offence = (int(lines[at]), str(cells[at]))
        if count and self.kind is not Kind.AUTO:
            raise self._offending("expected a number")
        self._parts.append(self._coded(cells) if count else values)

    def finish(self) -> Numbers | Texts:
        """Return the whole column.

        Raises:
            TrafficError: Nearly all cells are numbers, but not all of them.
        """
        if not self._texts and not self.textual:
            return Numbers(_joined(self._parts, np.float64))
        if self._texts and self._numbers >= NUMERIC_SHARE * (self._numbers + self._texts):
            share = 100 * self._numbers // (self._numbers + self._texts)
            raise self._offending(f"expected a number as in {share} % of the rows")
        codes = [p if p.dtype == np.int32 else self._coded(_words(p)) for p in self._parts]
        return Texts(_joined(codes, np.int32), tuple(self._values))

    def _coded(self, cells: Cells) -> NDArray[np.int32]:
        return np.array([-1 if c is None else self._code(c) for c in cells.tolist()], np.int32)

    def _code(self, cell: str) -> int:
        """Return the code of a text; 80.0 is the same value as 80."""
        code = self._codes.get(cell)
        if code is None:
            whole = cell[:-2] if cell.endswith(".0") and cell[:-2].isdigit() else cell
            code = self._codes[cell] = self._values.setdefault(whole, len(self._values))
        return code

    def _offending(self, expected: str) -> Exception:
        assert self._offence is not None
        line, value = self._offence
        message = f"column {shown(clean(self.name))} is {shown(value)}; {expected}"
        return error(self._path, message, line)


def _joined(parts: Sequence[NDArray[Any]], dtype: type[Any]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=dtype)


def finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `values` with NaN in place of infinities."""
    return np.where(np.isfinite(values), values, np.nan)


def as_numbers(cells: Cells) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (B,) the cells as numbers, and (B,) where they are neither number nor missing."""
    values = np.full(len(cells), np.nan)
    bad = np.zeros(len(cells), dtype=np.bool_)
    for at, cell in enumerate(cells):
        if cell is None:
            continue
        try:
            values[at] = _number(cell)
        except ValueError:
            bad[at] = True
    return finite(values), bad


def _number(cell: str) -> float:
    """Read decimal notation only: Python would also take underscores and foreign digits."""
    if "_" in cell or not cell.isascii():
        raise ValueError(cell)
    return float(cell)


def _words(values: NDArray[Any]) -> NDArray[np.object_]:
    words = np.empty(len(values), dtype=np.object_)
    words[:] = [number_word(v) for v in values.tolist()]
    return words


def number_word(value: float) -> str | None:
    """Return '80' for 80.0, '0.5' for 0.5, None for NaN."""
    if value != value:
        return None
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
