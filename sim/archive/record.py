"""The whole record of a run that may be going on, for a viewer to follow and to look up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sim.archive.directory import RunDirectory
from sim.archive.entries import entry_of
from sim.archive.facts import Fact, TakenBack, fact_of
from sim.ledger.reader import Entry, LedgerReader, open_live
from sim.ledger.rows import CommandRow, StepRow
from sim.ledger.withdrawals import Withdrawal
from sim.snapshot import LedgerEntry


class Page(NamedTuple):
    """Rows in order, with what stands about them beside the chain."""

    entries: Sequence[Entry]
    givers: Mapping[int, str]
    """Who gave the commands among them, by `seq`."""
    withdrawals: Mapping[int, Withdrawal]
    """What was taken back in the steps that end among them, by signature."""


class PagedRecord(ABC):
    """A record that is read in pages, wherever they come from."""

    @abstractmethod
    def page(self, first: int, last: int) -> Page:
        """The rows from `first` to `last`, both included, that there are."""

    def facts(self, first: int, count: int) -> tuple[Fact, ...]:
        """Rows from `first` on, at most `count`, oldest first."""
        page = self.page(first, first + count - 1)
        gone: dict[int, list[TakenBack]] = {}
        for signature, withdrawal in page.withdrawals.items():
            gone.setdefault(withdrawal.step, []).append(TakenBack(signature, withdrawal.share))
        return tuple(
            fact_of(entry, page.givers.get(entry.seq, ""), gone.get(entry.step, ()))
            for entry in page.entries
        )

    def entries(self, first: int, last: int) -> tuple[LedgerEntry, ...]:
        """Rows from `first` to `last`, both included, in words, oldest first."""
        return tuple(map(entry_of, self.page(first, last).entries))


class RunRecord(PagedRecord):
    """Reads the ledger of a run, whoever is writing it; safe to share between threads.

    Args:
        run_dir: the run directory.

    Raises:
        RunDirectoryError: there is no ledger.
        LedgerError: it cannot be read now.
    """

    def __init__(self, run_dir: Path) -> None:
        self._file = RunDirectory(run_dir).ledger_file
        self._inode = self._file.stat().st_ino
        self._reader: LedgerReader = open_live(self._file)

    @property
    def moved(self) -> bool:
        """Whether another file has taken the ledger's place, as after a salvage."""
        try:
            return self._file.stat().st_ino != self._inode
        except OSError:
            return True

    def page(self, first: int, last: int) -> Page:
        """The rows from `first` to `last`, both included, that there are."""
        entries = self._reader.between(first, last)
        given = [entry.seq for entry in entries if isinstance(entry.row, CommandRow)]
        givers = self._reader.givers() if given else {}
        ended = {entry.step for entry in entries if isinstance(entry.row, StepRow)}
        gone = self._reader.withdrawals() if ended else {}
        return Page(
            entries,
            {seq: givers[seq] for seq in given if seq in givers},
            {signature: one for signature, one in gone.items() if one.step in ended},
        )

    def close(self) -> None:
        """Give back the connections."""
        self._reader.close()
