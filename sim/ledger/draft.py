"""The rows of one step before they are written."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from sim.errors import LedgerConstraintError
from sim.ledger.chain import ORIGIN, Value, checksum, link
from sim.ledger.codec import TABLE_OF, values_of
from sim.ledger.givers import key_of
from sim.ledger.rows import Genesis, Row, StepRow


class StepDraft:
    """Collects what one step records, and knows each row's seq and hash in advance.

    A draft touches no file: dropping it takes the step back, and a commit that failed may be
    repeated with it.

    Args:
        step: The step that is recorded.
        start: Length of the ledger before the step, which is the seq of the first row.
        previous: Head of the ledger before the step, 32 bytes.
    """

    __slots__ = (
        "_closed",
        "_givers",
        "_metrics",
        "_rows",
        "head",
        "length",
        "previous",
        "start",
        "step",
    )

    def __init__(self, step: int, start: int, previous: bytes) -> None:
        self.step = step
        self.start = start
        self.previous = previous
        self.length = start
        """Length of the ledger once this draft is committed."""
        self.head = previous
        """Head of the ledger once this draft is committed."""
        self._rows: dict[str, list[tuple[Value, ...]]] = {}
        self._metrics: dict[str, float | None] = {}
        self._givers: dict[int, str] = {}
        self._closed = False

    @classmethod
    def genesis(cls, row: Genesis) -> StepDraft:
        """The draft that begins a ledger."""
        draft = cls(0, 0, ORIGIN)
        draft._add(row)
        return draft

    def append(self, row: Row) -> int:
        """Adds a row.

        Args:
            row: Any row of this step; a `StepRow` ends the draft.

        Returns:
            Its seq; for a signature, the id by which other rows refer to it.

        Raises:
            LedgerConstraintError: A value does not fit its column, the row belongs to another
                step, or the step has ended.
        """
        if isinstance(row, Genesis):
            raise LedgerConstraintError("genesis: only the first row of a ledger is one")
        if row.step != self.step:
            raise LedgerConstraintError(
                f"{TABLE_OF[type(row)].name}: row of step {row.step} in step {self.step}"
            )
        if self._closed:
            raise LedgerConstraintError(f"step {self.step} has ended, no row can follow")
        seq = self._add(row)
        self._closed = isinstance(row, StepRow)
        return seq

    def append_all(self, rows: Sequence[Row]) -> int:
        """Adds rows that belong together: all of them, or none.

        Returns:
            The seq of the first.

        Raises:
            LedgerConstraintError: See `append`.
        """
        for row in rows:
            values_of(row)
        first = self.length
        for row in rows:
            self.append(row)
        return first

    def _add(self, row: Row) -> int:
        values = values_of(row)
        name, seq = TABLE_OF[type(row)].name, self.length
        self.head = link(self.head, name, seq, values)
        self._rows.setdefault(name, []).append((seq, *values, self.head))
        self.length = seq + 1
        return seq

    def record(self, name: str, value: float) -> None:
        """Notes a metric of this step, outside the hash chain; the last value of a name counts.

        Args:
            name: Name of the metric.
            value: Any float; NaN is kept as NULL.
        """
        number = float(value)
        self._metrics[name] = None if math.isnan(number) else number + 0.0

    def sign(self, seq: int, giver: str) -> None:
        """Notes who gave a command of this step, outside the hash chain.

        Args:
            seq: Place of the command, as `append` gave it.
            giver: A name; must be text that UTF-8 can hold.
        """
        self._givers[seq] = giver

    def rows(self, table: str) -> list[tuple[Value, ...]]:
        """Rows of one table as they are inserted: seq, columns, hash."""
        return self._rows.get(table, [])

    def metrics(self) -> Iterator[tuple[int, str, float | None, bytes]]:
        """Metrics as they are inserted: step, name, value, checksum."""
        for name, value in self._metrics.items():
            yield self.step, name, value, checksum("metrics", (self.step, name, value))

    @property
    def signed(self) -> int:
        """Number of commands of which it is noted who gave them."""
        return len(self._givers)

    def texts(self) -> Iterator[tuple[str, str, bytes]]:
        """Who gave commands, as rows of `meta` are inserted: key, value, checksum."""
        for seq, giver in self._givers.items():
            key = key_of(seq)
            yield key, giver, checksum("meta", (key, giver))

    def counts(self) -> dict[str, int]:
        """Number of rows by table, metrics included."""
        counted = {name: len(rows) for name, rows in self._rows.items()}
        return counted | {"metrics": len(self._metrics)}
