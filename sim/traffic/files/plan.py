"""Which columns of a file are wanted, and what for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sim.traffic.files.column import Column
from sim.traffic.files.hosts import address_columns
from sim.traffic.files.labels import Choice, choose
from sim.traffic.files.schema import GENERIC_ADDRESSES, Kind, Schema, key
from sim.traffic.files.text import clean, error, nearest, shown

HOST = "host"
"""The dealing column that stands for the internal host of a flow."""

_ZERO_ONE = ("0", "1", "0.0", "1.0")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the caller asked of a file, seen through its format."""

    schema: Schema
    label_column: str
    """`auto`, `none` or a name."""
    deal_column: str
    """Empty, `host` or a name."""

    def kind(self, name: str) -> Kind:
        """Return how the column `name` is used."""
        if self.label_column not in ("auto", "none") and key(name) == key(self.label_column):
            return Kind.LABEL
        return self.schema.kind(name)

    def wants(self, name: str) -> bool:
        """Tell whether the cells of the column are needed."""
        if self.kind(name) is not Kind.IDENTIFIER or key(name) == key(self.deal_column):
            return True
        pairs = (*self.schema.addresses, *GENERIC_ADDRESSES)
        return self.deal_column == HOST and any(key(name) in pair for pair in pairs)

    def column(self, path: Path, name: str) -> Column:
        """Return an empty column for the cells of `name`."""
        strict = self.schema.binary and self.label_column == "auto"
        strict = strict and key(name) in self.schema.coarse_labels
        return Column(path, name, self.kind(name), _ZERO_ONE if strict else None)

    def truth(self, path: Path, columns: list[str]) -> Choice:
        """Return the label columns; `TrafficError` when the named one is absent."""
        return choose(path, self.schema, columns, self.label_column)

    def check(self, path: Path, columns: list[str]) -> None:
        """Raise `TrafficError` when a column that the caller named is not among `columns`."""
        self.truth(path, columns)
        self.dealing(path, columns)

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
