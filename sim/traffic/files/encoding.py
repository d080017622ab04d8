"""From columns to the matrix that detectors see: numbers on a log scale, categories one-hot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.text import quantity
from sim.traffic.files.addresses import is_host, is_plain_address
from sim.traffic.files.column import Numbers, Texts
from sim.traffic.files.schema import Kind
from sim.traffic.files.text import NAME_LIMIT, clean, error, listed, shown

MAX_CATEGORIES = 12
"""Most values of a column that get a feature of their own; the others share one."""

MIN_SHARE = 0.005
"""A value in fewer rows than this gets no feature of its own."""

MAX_FEATURES = 4096
MAX_CELLS = 1 << 29
"""Most numbers in a file or in the matrix: 4 GiB while reading, 2 GiB then."""

MAX_NOTES = 4
"""Most columns that get a note of their own."""

_WELL_KNOWN = 1024
_MISSING = "missing"

Feature = tuple[str, NDArray[np.float32]]


@dataclass(slots=True)
class Encoder:
    """Collects the features of one file, and what was done to get them."""

    first: bool = False
    """Whether texts without a frequent value get a feature, as in version 0.1."""
    features: list[Feature] = field(default_factory=list)
    identifiers: list[str] = field(default_factory=list)
    constant: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    truth: list[str] = field(default_factory=list)
    """Further columns that tell the label."""
    counters: list[str] = field(default_factory=list)
    different: list[tuple[str, int, str]] = field(default_factory=list)
    """Texts with nearly a value for each row: name, how many, and one of them."""
    rewritten: list[str] = field(default_factory=list)
    rewritten_cells: int = 0
    example: str = ""
    unknown_ports: int = 0
    lost: list[tuple[str, int, str]] = field(default_factory=list)
    """Numbers with cells that are none: name, how many, and one of them."""
    filled: int = 0
    """How many missing numbers became the median of their column."""
    filled_columns: int = 0

    def add(self, name: str, kind: Kind, column: Numbers | Texts) -> None:
        """Encode one column, or note why it is left out."""
        if isinstance(column, Numbers):
            self._note_writing(name, column)
            self._add_number(name, kind, column.values)
        elif not column.values:
            self.empty.append(name)
        elif kind is Kind.AUTO and (_are_addresses if self.first else _are_hosts)(column):
            self.identifiers.append(name)
        elif kind is Kind.HISTORY:
            self._keep(name, _history(name, column))
        elif not self.first and _are_different(column):
            self.different.append((name, len(column.values), column.values[0]))
        else:
            self._keep(name, _one_hot(name, column))

    def _note_writing(self, name: str, column: Numbers) -> None:
        if column.rewritten:
            self.rewritten.append(name)
            self.rewritten_cells += column.rewritten
            self.example = self.example or column.example
        self.unknown_ports += column.unknown
        if column.lost:
            self.lost.append((name, column.lost, column.lost_example))

    def _add_number(self, name: str, kind: Kind, values: NDArray[np.float64]) -> None:
        missing = np.isnan(values)
        count = int(np.count_nonzero(missing))
        if count == len(values):
            self.empty.append(name)
            return
        if count:
            values = np.where(missing, np.median(values[~missing]), values)
        found = [(name, signed_log1p(values))]
        if kind is Kind.PORT:
            found.append((f"{name}<{_WELL_KNOWN}", (values < _WELL_KNOWN).astype(np.float32)))
        if self._keep(name, found) and count:
            self.filled += count
            self.filled_columns += 1

    def _keep(self, name: str, found: list[Feature]) -> bool:
        varying = [(n, v) for n, v in found if v.min() != v.max()]
        self.features.extend(varying)
        if not varying:
            self.constant.append(name)
        return bool(varying)

    def matrix(self, path: Path, rows: int) -> tuple[tuple[str, ...], NDArray[np.float32]]:
        """Return the D feature names and the (rows, D) matrix.

        Raises:
            TrafficError: Fewer than 2 features, or too many for memory.
        """
        count = len(self.features)
        if count < 2:
            raise error(
                path,
                f"{quantity(count, 'usable feature')} in {quantity(rows, 'row')}; expected"
                " at least 2 columns that vary",
            )
        if count > MAX_FEATURES or count * rows > MAX_CELLS:
            raise error(
                path, f"{rows:,} rows × {count:,} features are too many; read fewer with max_rows"
            )
        flows = np.empty((rows, count), dtype=np.float32)
        for at, (_, values) in enumerate(self.features):
            flows[:, at] = values
        return _unique(name for name, _ in self.features), flows

    def notes(self) -> Iterable[str]:
        """Yield one line for each thing that was left out or filled in."""
        if self.identifiers:
            yield f"left out as identifiers: {listed(self.identifiers)}"
        yield from self._hidden()
        yield from self._different()
        if self.constant:
            count = quantity(len(self.constant), "constant column")
            yield f"{count} left out: {listed(self.constant)}"
        if self.empty:
            yield f"{quantity(len(self.empty), 'empty column')} left out: {listed(self.empty)}"
        if self.filled:
            yield (
                f"{quantity(self.filled, 'missing value')} filled with the column median"
                f" in {quantity(self.filled_columns, 'column')}"
            )

    def _hidden(self) -> Iterable[str]:
        if self.truth:
            yield f"left out, as they tell the label: {listed(self.truth)}"
        if self.counters:
            yield f"left out, as they only count rows or time: {listed(self.counters)}"
        if self.excluded:
            yield f"left out as traffic.exclude says: {listed(self.excluded)}"

    def _different(self) -> Iterable[str]:
        for name, count, example in self.different[:MAX_NOTES]:
            what = f"{count:,} different texts left out: {clean(name)}"
            yield f"{what} (such as {shown(clean(example))})"
        if len(self.different) > MAX_NOTES:
            yield f"so were {listed(n for n, _, _ in self.different[MAX_NOTES:])}"
        if self.rewritten:
            cells = quantity(self.rewritten_cells, "cell")
            yield f"{cells} such as {shown(self.example)} read as numbers: {listed(self.rewritten)}"
        for name, count, example in self.lost:
            what = f"{quantity(count, 'cell')} such as {shown(clean(example))}"
            yield f"{what} in {clean(name)} are no numbers: missing"
        if self.unknown_ports:
            yield f"{quantity(self.unknown_ports, 'port')} by a name that is not known: missing"


def signed_log1p(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return sign(x)·log(1 + |x|), which tames counts over many orders of magnitude."""
    return (np.sign(values) * np.log1p(np.abs(values))).astype(np.float32)


def _one_hot(name: str, column: Texts) -> list[Feature]:
    """Return a 0/1 feature for each frequent value, and one for all others.

    Two features of which one is the complement of the other become one.
    """
    codes, rows = column.codes, len(column.codes)
    counts = np.bincount(codes + 1, minlength=len(column.values) + 1)
    words = [_MISSING, *column.values]
    order = sorted(range(len(words)), key=lambda i: (-int(counts[i]), words[i]))
    top = [i for i in order[:MAX_CATEGORIES] if counts[i] and counts[i] >= MIN_SHARE * rows]
    found = [(f"{name}={words[i]}", codes + 1 == i) for i in top]
    rest = ~np.isin(codes + 1, top)
    if rest.any():
        found.append((f"{name}={'any other' if 'other' in column.values else 'other'}", rest))
    if len(found) == 2:
        found.pop()
    return [(n, v.astype(np.float32)) for n, v in found]


def _history(name: str, column: Texts) -> list[Feature]:
    """Return how many events of the originator (upper case) and of the responder are recorded."""
    found = []
    for side, test in (("originator", str.isupper), ("responder", str.islower)):
        table = np.array([*(sum(map(test, v)) for v in column.values), 0], dtype=np.float64)
        found.append((f"{name} of {side}", signed_log1p(table[column.codes])))
    return found


def _are_different(column: Texts) -> bool:
    """Tell whether a text has so many values that none gets a feature, but `other`."""
    rows = len(column.codes)
    if len(column.values) <= MAX_CATEGORIES:
        return False
    if 2 * len(column.values) > rows:
        return True
    counts = np.bincount(column.codes + 1, minlength=len(column.values) + 1)
    return not (counts >= MIN_SHARE * rows).any()


def _are_addresses(column: Texts) -> bool:
    return all(map(is_plain_address, column.values[:100]))


def _are_hosts(column: Texts) -> bool:
    """Tell whether a text names hosts, but for a few cells."""
    sample = column.values[:500]
    return sum(map(is_host, sample)) >= 0.9 * len(sample)


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names cleaned, and numbered where cleaning or cutting made two alike."""
    seen: dict[str, None] = {}
    for raw in names:
        name = clean(raw) or "column"
        base, turn = name, 1
        while name in seen:
            turn += 1
            name = f"{base[: NAME_LIMIT - 8]}~{turn}"
        seen[name] = None
    return tuple(seen)
