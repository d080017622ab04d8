"""One column of a file, gathered block by block: numbers, or texts as codes into their values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.traffic.files import names, notation
from sim.traffic.files.addresses import is_address, is_hardware
from sim.traffic.files.notation import Notation
from sim.traffic.files.plain_numbers import as_numbers, finite
from sim.traffic.files.schema import Kind
from sim.traffic.files.text import clean, error, shown

NUMERIC_SHARE = 0.9
"""From this share of numbers on, a text in a column is taken for damage and not for a category."""

MAX_CODES = 12
"""Half a column of numbers is taken for numbers when it has more different ones than this."""

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

    rewritten: int = 0
    """How many cells were in another notation than plain decimal."""
    example: str = ""
    """One of them."""
    unknown: int = 0
    """How many names of ports are not known."""
    lost: int = 0
    """How many cells are no numbers in any notation, and count as missing."""
    lost_example: str = ""
    """One of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """A categorical column."""

    codes: NDArray[np.int32]
    """(N,) index into `values`, -1 where missing."""

    values: tuple[str, ...]
    """Distinct values in the order of their first row."""


Cells = NDArray[np.float64] | NDArray[np.object_]
"""One block of a column: float64, or `str` with None for missing."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How a file writes its numbers."""

    decimal: str = "auto"
    """`auto`, `point` or `comma`."""
    delimiter: str = ","
    """What stands between the fields."""
    plain: bool = False
    """Whether only plain decimal numbers are read, as in version 0.1."""


class Column:
    """Gathers the cells of one column and settles what it is.

    Args:
        path: File, for messages.
        name: Column name, for messages.
        kind: What the format knows about the column.
        allowed: The only texts that may stand in it; None for any.
        writing: How the file writes numbers.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        kind: Kind,
        allowed: tuple[str, ...] | None = None,
        writing: Writing | None = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.path = path
        self._writing = writing or Writing()
        self._allowed = allowed
        self._parts: list[NDArray[np.float64] | NDArray[np.int32]] = []
        self._codes: dict[str, int] = {}
        self._values: dict[str, int] = {}
        self._lines: list[int] = []

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
        elif self.textual:
            self._check_allowed(cells, lines)
            self._parts.append(self._coded(cells, lines))
        else:
            values, bad = as_numbers(cells, point=self._writing.decimal != "comma")
            known = len(self._values)
            self._parts.append(self._coded(cells, lines) if bad.any() else values)
            if self.kind is not Kind.AUTO:
                self._check_numbers(known)

    def _check_allowed(self, cells: Cells, lines: NDArray[np.int64]) -> None:
        if self._allowed is None or set(cells.tolist()).issubset(self._allowed):
            return
        at = next(i for i, c in enumerate(cells.tolist()) if c not in self._allowed)
        raise self._offending(
            self._place(cells, lines, at), f"expected {' or '.join(self._allowed[:2])}"
        )

    def _place(self, cells: Cells, lines: NDArray[np.int64], at: int) -> tuple[int, str]:
        """Return line and text of a cell."""
        return (int(lines[at]) if at < len(lines) else 0), str(cells[at] or "")

    def _check_numbers(self, known: int) -> None:
        """Refuse at once, with its line, what is no number in any notation."""
        words = list(self._values)[known:]
        notation_ = self._notation(list(self._values))
        _, bad = (
            as_numbers(np.array(words, dtype=np.object_))
            if self._writing.plain
            else notation.read_all(words, notation_)
        )
        if bad.any():
            at = int(bad.argmax())
            raise self._offending((self._lines[known + at], words[at]), "expected a number")

    def _notation(self, words: Sequence[str]) -> Notation:
        writing = self._writing
        return notation.choose(
            words, writing.decimal, writing.delimiter, port=self.kind is Kind.PORT
        )

    def finish(self) -> Numbers | Texts:
        """Return the whole column.

        Raises:
            TrafficError: Nearly all cells are numbers, but not all of them.
        """
        texts = any(part.dtype == np.int32 for part in self._parts)
        if not self.textual and not texts:
            return Numbers(_joined(self._parts, np.float64))
        return self._as_texts() if self.textual else self._settled()

    def _settled(self) -> Numbers | Texts:
        """Return numbers where all texts are numbers in some notation, else texts."""
        words = tuple(self._values)
        values, bad = self._values_of(words)
        counts = self._counts(len(words))
        names_ = self._are_bytes(words) if bad.any() else self._are_names(words)
        if names_ or self._are_addresses(words):
            bad[:] = True
        texts = int(counts[bad].sum())
        numbers = int(counts[~bad & ~np.isnan(values)].sum()) + self._plain_numbers()
        if not texts and (numbers or self.kind is not Kind.AUTO):
            return self._rewritten(words, values, counts)
        if self._are_digests(words):
            return self._as_texts()
        if not numbers:
            return self._as_texts()  # `unknown` and the like stand for no number only beside some
        if self._is_placeholder(values):
            return self._as_texts()
        if numbers >= NUMERIC_SHARE * (numbers + texts):
            share = 100 * numbers // (numbers + texts)
            at = int(bad.argmax())
            place = (self._lines[at], words[at])
            what = f"expected a number as in {share} % of the rows"
            raise self._offending(place, f"{what} (traffic.exclude leaves columns out)")
        if (
            not self._writing.plain
            and 2 * numbers >= numbers + texts
            and self._distinct(values) > MAX_CODES
        ):
            found = self._rewritten(words, values, counts)
            example = words[int(bad.argmax())]
            return replace(found, lost=texts, lost_example=example)
        return self._as_texts()

    def _values_of(self, words: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return (V,) the words as numbers, and (V,) which of them are none."""
        if self._writing.plain:
            return as_numbers(np.array(words, dtype=np.object_))
        return notation.read_all(words, self._notation(words))

    def _are_names(self, words: Sequence[str]) -> bool:
        """Tell whether all is hexadecimal, such as flags, and its size means nothing."""
        size = names.measures(self.name) and not names.is_flag(self.name)
        return self.kind is Kind.AUTO and not size and all(map(notation.is_hexadecimal, words))

    def _are_digests(self, words: Sequence[str]) -> bool:
        """Tell whether all is hexadecimal of one length without 0x: `0000000a` is no number."""
        same = len(set(map(len, words))) == 1 and all(map(_DIGEST.fullmatch, words))
        return self.kind is Kind.AUTO and same and not self._plain_numbers()

    def _are_addresses(self, words: Sequence[str]) -> bool:
        """Tell whether all is addresses: neither 00:50:56 nor 192.168.001.010 is a number."""
        hardware = all(map(is_hardware, words)) and not _are_clocks(words)
        return self.kind is Kind.AUTO and (hardware or all(map(is_address, words)))

    def _are_bytes(self, words: Sequence[str]) -> bool:
        """Tell whether all is hexadecimal digits of one length: beside c6, 8b is no 8 bits."""
        same = len(set(map(len, words))) == 1 and all(map(_HEX.fullmatch, words))
        return self.kind is Kind.AUTO and same and not self._writing.plain

    def _is_placeholder(self, values: NDArray[np.float64]) -> bool:
        """Tell whether the only number, 0 or -1, stands for no text, as exports of pandas do."""
        if self.kind is not Kind.AUTO or self._writing.plain or self._distinct(values) != 1:
            return False
        plain = [p[~np.isnan(p)] for p in self._parts if p.dtype == np.float64]
        return float(np.concatenate([values[~np.isnan(values)], *plain])[0]) in (0.0, -1.0)

    def _distinct(self, values: NDArray[np.float64]) -> int:
        """Return how many different numbers there are, in whatever notation."""
        plain = [np.unique(p[~np.isnan(p)]) for p in self._parts if p.dtype == np.float64]
        return len(np.unique(np.concatenate([values[~np.isnan(values)], *plain])))

    def _counts(self, size: int) -> NDArray[np.int64]:
        """Return (V,) how many cells have each value."""
        counts = np.zeros(size, dtype=np.int64)
        for part in self._parts:
            if part.dtype == np.int32:
                counts += np.bincount(part[part >= 0], minlength=size)
        return counts

    def _plain_numbers(self) -> int:
        return sum(
            int(np.count_nonzero(~np.isnan(p))) for p in self._parts if p.dtype == np.float64
        )

    def _rewritten(
        self, words: tuple[str, ...], values: NDArray[np.float64], counts: NDArray[np.int64]
    ) -> Numbers:
        table = np.append(values, np.nan)
        parts = [p if p.dtype == np.float64 else table[p] for p in self._parts]
        other = np.array([not notation.is_plain(w) for w in words], dtype=np.bool_)
        unknown = other & np.isnan(values) & (self.kind is Kind.PORT)
        return Numbers(
            _joined(parts, np.float64),
            rewritten=int(counts[other & ~np.isnan(values)].sum()),
            example=next(
                (w for w, o, v in zip(words, other, values, strict=True) if o and v == v), ""
            ),
            unknown=int(counts[unknown].sum()),
        )

    def _as_texts(self) -> Texts:
        codes = [p if p.dtype == np.int32 else self._coded(_words(p)) for p in self._parts]
        return Texts(_joined(codes, np.int32), tuple(self._values))

    def _coded(self, cells: Cells, lines: NDArray[np.int64] | None = None) -> NDArray[np.int32]:
        codes = []
        for at, cell in enumerate(cells.tolist()):
            line = 0 if lines is None or at >= len(lines) else int(lines[at])
            codes.append(-1 if cell is None else self._code(cell, line))
        return np.array(codes, np.int32)

    def _code(self, cell: str, line: int) -> int:
        """Return the code of a text; 80.0 is the same value as 80."""
        code = self._codes.get(cell)
        if code is None:
            whole = cell if self._writing.plain else notation.unguarded(cell)
            whole = whole[:-2] if whole.endswith(".0") and whole[:-2].isdigit() else whole
            code = self._codes[cell] = self._values.setdefault(whole, len(self._values))
            if code == len(self._lines):
                self._lines.append(line)
        return code

    def _offending(self, place: tuple[int, str], expected: str) -> Exception:
        line, value = place
        message = f"column {shown(clean(self.name))} is {shown(value)}; {expected}"
        return error(self.path, message, line or None)


_DIGEST = re.compile(r"[0-9a-fA-F]{6,}")
_HEX = re.compile(r"[0-9a-fA-F]{2,}")


def _are_clocks(words: Sequence[str]) -> bool:
    return all(w.replace(":", "").isdigit() for w in words)


def _joined(parts: Sequence[NDArray[Any]], dtype: type[Any]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=dtype)


def _words(values: NDArray[Any]) -> NDArray[np.object_]:
    words = np.empty(len(values), dtype=np.object_)
    words[:] = [number_word(v) for v in values.tolist()]
    return words


def number_word(value: float) -> str | None:
    """Return '80' for 80.0, '0.5' for 0.5, None for NaN."""
    if value != value:
        return None
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
