"""The record of a run over a line: for those whom its owner lets watch, but not read its files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.archive.record import Page, PagedRecord, RunRecord
from sim.errors import HostError, LedgerError
from sim.host.attached import PATIENCE, call
from sim.host.line import Line
from sim.host.messages import PROTOCOL, Hello, Read, Refusal, Rows, own_version
from sim.ledger.codec import TABLE_OF, TABLES, row_of, values_of
from sim.ledger.reader import Entry
from sim.ledger.withdrawals import Withdrawal

MOST = 1000
"""Rows that are sent at once."""


class SharedRecord(PagedRecord):
    """The record of a run whose files are somebody else's, read by its engine.

    Args:
        address: where the engine listens.

    Raises:
        HostError: nobody answers there.
    """

    moved = False
    """Another file in the ledger's place is the engine's to find: it hangs up then."""

    def __init__(self, address: Path) -> None:
        self._line, _ = call(address, Hello(PROTOCOL, own_version(), watch=False, reads=True))

    def page(self, first: int, last: int) -> Page:
        """The rows from `first` to `last`, both included, that there are.

        Raises:
            HostError: the engine does not answer, or not as it should.
            OSError: it is gone.
        """
        entries: list[Entry] = []
        givers: dict[int, str] = {}
        withdrawals: dict[int, Withdrawal] = {}
        while first <= last and (rows := self._asked(first, min(last, first + MOST - 1))).rows:
            entries += entries_of(rows)
            givers |= rows.givers
            withdrawals |= {s: Withdrawal(*gone) for s, gone in rows.withdrawals.items()}
            first = entries[-1].seq + 1
        return Page(entries, givers, withdrawals)

    def _asked(self, first: int, last: int) -> Rows:
        self._line.send(Read(first, last))
        if not self._line.waits(PATIENCE):
            raise HostError("the engine does not answer")
        try:
            answer = self._line.receive()
        except EOFError:
            raise HostError("the engine does not show its record any more") from None
        if isinstance(answer, Rows):
            return answer
        raise HostError(answer.reason if isinstance(answer, Refusal) else "no rows came")

    def close(self) -> None:
        """Ask no more."""
        self._line.close()


def serve_rows(line: Line, run_dir: Path) -> None:
    """Answer questions for rows until nobody asks any more, or the file is another one.

    Raises:
        OSError: whoever asked is gone, or there is no record.
        EOFError: likewise.
        HostError: what was asked cannot be understood.
        LedgerError: it cannot be read now.
    """
    record = RunRecord(run_dir)
    try:
        while isinstance(word := line.receive(), Read) and not record.moved:
            page = record.page(word.first, min(word.last, word.first + MOST - 1))
            gone = {s: (one.step, one.share) for s, one in page.withdrawals.items()}
            line.send(Rows(rows_of(page.entries), dict(page.givers), gone))
    finally:
        record.close()


def rows_of(entries: Sequence[Entry]) -> list[tuple[str, list[Any]]]:
    """Rows as they go over a line."""
    return [(TABLE_OF[type(e.row)].name, [e.seq, *values_of(e.row)]) for e in entries]


def entries_of(rows: Rows) -> list[Entry]:
    """The rows that came over a line.

    Raises:
        HostError: they are none.
    """
    try:
        return [_entry(name, values) for name, values in rows.rows]
    except (LedgerError, KeyError, ValueError, TypeError) as error:
        raise HostError(f"a row cannot be read: {ascii(str(error))[1:-1][:120]}") from None


def _entry(name: str, values: Sequence[object]) -> Entry:
    table = TABLES[name]
    seq, *columns = values
    right = zip(columns, table.types, strict=True)
    if not isinstance(seq, int) or not all(isinstance(value, kind) for value, kind in right):
        raise TypeError(f"{name}: a column is of another type")
    row = row_of(table, columns)
    return Entry(seq, name, getattr(row, "step", 0), row)
