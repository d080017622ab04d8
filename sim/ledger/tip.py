"""The tip: which row is the last, kept apart from the rows so that a cut-off tail is noticed."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import apsw

from sim.ledger.chain import ORIGIN, checksum
from sim.ledger.draft import StepDraft


class _TipFields(NamedTuple):
    seq: int
    head: bytes
    metrics: int
    meta: int


class Tip(_TipFields):
    """Where a ledger ends: last seq, its hash, number of rows in `metrics` and in `meta`."""

    __slots__ = ()

    EMPTY: ClassVar[Tip]

    @classmethod
    def after(cls, draft: StepDraft, tip: Tip, meta: int) -> Tip:
        """The tip once a draft and `meta` more rows of `meta` are written after `tip`."""
        metrics = tip.metrics + draft.counts()["metrics"]
        return cls(draft.length - 1, draft.head, metrics, tip.meta + meta + draft.signed)

    @property
    def checksum(self) -> bytes:
        """Checksum of the four values."""
        return checksum("tip", self)

    @classmethod
    def read(cls, connection: apsw.Connection) -> Tip | None:
        """The tip in the file, or None if it is missing or fails its checksum."""
        row = connection.execute("SELECT seq, head, metrics, meta, checksum FROM tip").fetchone()
        if row is None:
            return None
        tip = cls(*row[:4])
        return tip if tip.checksum == row[4] else None

    def insert(self, connection: apsw.Connection) -> None:
        """Writes the first tip of a ledger."""
        connection.execute(
            "INSERT INTO tip (id, seq, head, metrics, meta, checksum) VALUES (0, ?, ?, ?, ?, ?)",
            (*self, self.checksum),
        )

    def update(self, connection: apsw.Connection) -> None:
        """Replaces the tip in the file."""
        connection.execute(
            "UPDATE tip SET seq = ?, head = ?, metrics = ?, meta = ?, checksum = ?",
            (*self, self.checksum),
        )


Tip.EMPTY = Tip(-1, ORIGIN, 0, 0)
