"""What a format knows about its columns."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sim.traffic.files import names
from sim.traffic.files.names import key
from sim.traffic.files.text import error, listed


class Kind(enum.Enum):
    """How a column becomes features."""

    AUTO = "auto"
    """A number when nine tenths of its cells are; a text otherwise."""
    NUMBER = "number"
    """Known to be numeric: signed log1p; anything else is an error."""
    PORT = "port"
    """Destination port: as a number, plus a flag for the well-known ports below 1024."""
    TEXT = "text"
    """Categorical: one-hot, even where the values look like numbers."""
    HISTORY = "history"
    """Zeek's connection history: how many events of the originator, how many of the responder."""
    IDENTIFIER = "identifier"
    """Names a row, a host or a time; left out of the features."""
    LABEL = "label"
    """The truth, in any wording; left out of the features."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The known columns of one format; names are compared by `key`."""

    format: str
    required: tuple[str, ...] = ()
    """Columns without which the file is not accepted."""
    numbers: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    ports: frozenset[str] = frozenset()
    histories: frozenset[str] = frozenset()
    identifiers: frozenset[str] = frozenset()
    coarse_labels: tuple[str, ...] = ()
    """Columns that tell benign from attack, preferred ones first."""
    fine_labels: tuple[str, ...] = ()
    """Columns that name the attack, preferred ones first."""
    binary: bool = False
    """Whether the coarse label may only be 0 or 1."""
    fine_benign: bool = False
    """Whether the fine label also tells kinds of benign traffic, as in Zeek."""
    addresses: tuple[tuple[str, str], ...] = ()
    """Pairs of source and destination address columns."""
    repeated: frozenset[str] = frozenset()
    """Columns that published files carry twice; the second is left out."""
    missing: tuple[str, ...] = ()
    """What stands for a missing value in this file, beside the usual words."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other names of columns in published variants → the name above."""
    sensor: str = ""
    """What writes these logs in several notations, and leaves out fields that it has not set.

    All its logs are one source; a field that one of them lacks is missing there."""
    timeless: bool = False
    """Whether no time is recorded: the order of the rows then says nothing."""

    def kind(self, name: str) -> Kind:
        """Return how the column `name` is used."""
        k = key(name)
        known = (*self.coarse_labels, *self.fine_labels)
        for group, kind in (
            ((*known, *names.COARSE_LABELS, *names.FINE_LABELS), Kind.LABEL),
            (self.identifiers, Kind.IDENTIFIER),
            (self.histories, Kind.HISTORY),
            (self.ports, Kind.PORT),
            (self.texts, Kind.TEXT),
            (self.numbers, Kind.NUMBER),
        ):
            if k in group:
                return kind
        if names.tells_truth(name):
            return Kind.LABEL
        if names.identifies(name):
            return Kind.IDENTIFIER
        return Kind.PORT if names.is_port(name) else Kind.AUTO

    def renamed(self, columns: Sequence[str]) -> list[str]:
        """Return the columns by the names of the format where they bear those of a variant."""
        present = {key(c) for c in columns}
        new = [self.aliases.get(key(c), c) for c in columns]
        return [c if key(n) in present and n != c else n for c, n in zip(columns, new, strict=True)]

    def overlap(self, columns: Sequence[str]) -> float:
        """Return the share of the required columns that are among `columns`."""
        if not self.required:
            return 0.0
        return 1 - len(self.absent(columns)) / len(self.required)

    def absent(self, columns: Sequence[str]) -> list[str]:
        """Return the required columns that are not among `columns`."""
        present = {self.aliases.get(key(c), key(c)) for c in columns}
        present |= {key(c) for c in columns}
        return [r for r in self.required if key(r) not in present]

    def check(self, path: Path, columns: Sequence[str], line: int | None) -> None:
        """Raise `TrafficError` naming the required columns that are not among `columns`."""
        absent = self.absent(columns)
        if absent:
            raise error(
                path,
                f"read as {self.format}, but without the column{'s' * (len(absent) > 1)}"
                f" {listed(absent)}",
                line,
            )


PLAIN = Schema(
    "csv",
    ports=names.PORTS,
    identifiers=names.IDENTIFIERS,
    coarse_labels=names.COARSE_LABELS,
    fine_labels=names.FINE_LABELS,
    addresses=names.ADDRESSES,
)
"""Any table with a header; also what the other formats fall back to for unknown columns."""
