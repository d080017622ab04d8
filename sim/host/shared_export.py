"""Exports of a run whose files are somebody else's: tables of what its engine reads out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from sim.archive.export import check_format, check_place, write_file
from sim.archive.exports import SCENARIO
from sim.archive.record import PagedRecord
from sim.archive.records import CHAINED, chained_records
from sim.errors import InputError
from sim.host.address import owner_of
from sim.host.record import MOST, SharedRecord
from sim.ledger.rows import Row
from sim.ledger.withdrawals import Withdrawal
from sim.machine.user import name_of
from sim.text import command_line

R = TypeVar("R", bound=Row)


class SharedRows:
    """The chained rows of a record that is read in pages, as an export asks for them.

    Args:
        record: the record.
    """

    def __init__(self, record: PagedRecord) -> None:
        self._record = record
        self._givers: dict[int, str] = {}
        self._withdrawals: dict[int, Withdrawal] = {}

    def length(self) -> int:
        """How many rows there are now, found by looking for the last one."""
        beyond = 1
        while self._there(beyond):
            beyond *= 2
        low = beyond // 2
        while beyond - low > 1:
            middle = (low + beyond) // 2
            low, beyond = (middle, beyond) if self._there(middle) else (low, middle)
        return beyond

    def rows(self, kind: type[R]) -> Iterator[tuple[int, R]]:
        """All rows of one kind in order, with their `seq`."""
        first = 0
        while True:
            entries, givers, withdrawals = self._record.page(first, first + MOST - 1)
            if not entries:
                return
            self._givers |= givers
            self._withdrawals |= withdrawals
            yield from ((entry.seq, entry.row) for entry in entries if isinstance(entry.row, kind))
            first = entries[-1].seq + 1

    def givers(self) -> dict[int, str]:
        """Who gave the commands: of those rows that have been read so far."""
        return self._givers

    def withdrawals(self) -> dict[int, Withdrawal]:
        """What was taken back: in those rows that have been read so far."""
        return self._withdrawals

    def _there(self, seq: int) -> bool:
        return bool(self._record.page(seq, seq).entries)


def export_shared(address: Path, run_dir: Path, what: str, form: str, out: Path) -> int:
    """Write one record of a run that somebody else shares.

    Args:
        address: where its engine listens.
        run_dir: the run directory, which need not be readable.
        what: a key of `COLUMNS`.
        form: see `sim.archive.export.export_run`.
        out: the file, replaced whole or not at all.

    Returns:
        Rows written.

    Raises:
        InputError: the owner alone can export that, or `out` cannot be written.
        HostError: the engine does not answer.
        OSError: it is gone.
    """
    check_format(what, form, out)
    if what not in CHAINED or form == SCENARIO:
        owner = name_of(owner_of(address))
        asked = command_line("export", run_dir, "--what", what, "--format", form)
        raise InputError(f"{what} as {form} is in files of {owner} alone: ask for `{asked}`")
    check_place(out)
    with closing(SharedRecord(address)) as record:
        return write_file(out, form, *chained_records(SharedRows(record), what))
