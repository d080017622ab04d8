"""Which columns of a file are wanted, and what for."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from pathlib import Path

from sim.text import nearest
from sim.traffic.files import first_version
from sim.traffic.files.column import Column, Writing
from sim.traffic.files.hosts import address_columns
from sim.traffic.files.knobs import Knobs
from sim.traffic.files.names import ADDRESSES, key
from sim.traffic.files.schema import Kind, Schema
from sim.traffic.files.text import clean, error, shown

HOST = "host"
"""The dealing column that stands for the internal host of a flow."""

FILE = "file"
"""The label column that stands for the names of the files; a column of that name goes first."""

_ZERO_ONE = ("0", "1", "0.0", "1.0")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the caller asked of a file, seen through its format."""

    schema: Schema
    label_column: str
    """`auto`, `none`, `file` or a name."""
    deal_column: str
    """Empty, `host` or a name."""
    knobs: Knobs = field(default_factory=Knobs)

    def kind(self, name: str) -> Kind:
        """Return how the column `name` is used."""
        if self.label_column not in ("auto", "none") and key(name) == key(self.label_column):
            return Kind.LABEL
        return (first_version.kind if self.knobs.first else Schema.kind)(self.schema, name)

    def excludes(self, name: str) -> bool:
        """Tell whether the caller wants the column to be no feature."""
        return any(fnmatch.fnmatchcase(key(name), pattern) for pattern in self.knobs.exclude)

    def wants(self, name: str) -> bool:
        """Tell whether the cells of the column are needed."""
        if self.kind(name) is Kind.LABEL or key(name) == key(self.deal_column):
            return True
        pairs = (*self.schema.addresses, *ADDRESSES)
        if self.deal_column == HOST and any(key(name) in pair for pair in pairs):
            return True
        return self.kind(name) is not Kind.IDENTIFIER and not self.excludes(name)

    def column(self, path: Path, name: str, delimiter: str = ",") -> Column:
        """Return an empty column for the cells of `name`."""
        strict = self.schema.binary and self.label_column == "auto"
        strict = strict and key(name) in self.schema.coarse_labels
        writing = Writing(self.knobs.decimal, delimiter, plain=self.knobs.first)
        return Column(path, name, self.kind(name), _ZERO_ONE if strict else None, writing)

    def check(self, path: Path, columns: list[str]) -> None:
        """Raise `TrafficError` when a column that the caller named is not among `columns`."""
        self.dealing(path, columns)
        known = list(map(key, columns))
        if self.label_column not in ("auto", "none", FILE) and key(self.label_column) not in known:
            hint = nearest(self.label_column, [clean(c) for c in columns])
            raise error(path, f"no column {shown(self.label_column)} to take labels from{hint}")
        for pattern in self.knobs.exclude:
            if not fnmatch.filter(known, pattern):
                hint = nearest(pattern, [clean(c) for c in columns])
                raise error(path, f"traffic.exclude: no column {shown(pattern)}{hint}")

    def dealing(self, path: Path, columns: list[str]) -> tuple[str, ...]:
        """Return no column, the one to deal by, or the two addresses to deal by host.

        Raises:
            TrafficError: The column is not in the file, or the file has no addresses.
        """
        if not self.deal_column:
            return ()
        named = {key(c): c for c in reversed(columns)}
        if self.deal_column == HOST:
            return address_columns(path, self.schema, columns)
        if key(self.deal_column) in named:
            return (named[key(self.deal_column)],)
        hint = nearest(self.deal_column, [clean(c) for c in columns])
        raise error(path, f"no column {shown(self.deal_column)} to deal rows by{hint}")
