"""Where recorded runs part: the last chain head that they share, and the first row that differs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from sim.archive.directory import RunDirectory
from sim.archive.entries import entry_of
from sim.errors import InputError
from sim.ledger.reader import Entry, LedgerReader, open_read_only

_PAGE: Final = 500
"""Rows of each run that are looked at together."""
_EXACT: Final = 17
"""Digits that tell any two numbers apart."""


@dataclass(frozen=True, slots=True)
class Common:
    """The last step after which all runs have the same chain."""

    step: int
    """0 for their beginning."""
    head: str
    """Hex."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first row that is not the same in all runs."""

    step: int
    table: str
    """That of the first of the runs."""
    seq: int
    rows: tuple[str, ...]
    """What each run has there, in words; nothing where its record has ended."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the runs."""

    run_id: str
    run_dir: str
    steps: int
    head: str
    """Of its whole chain, hex."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What runs have in common."""

    runs: tuple[Compared, ...]
    common: Common | None
    """None where not even their beginnings are the same."""
    first_difference: Difference | None
    """None where none differs as far as all of them go: one may be longer than another."""

    @property
    def identical(self) -> bool:
        """Whether the chains are the same to their ends."""
        return len({run.head for run in self.runs}) == 1


def compare(directories: Sequence[RunDirectory]) -> Comparison:
    """Compare runs; they are only read.

    Raises:
        InputError: there are fewer than two.
        VerificationError: one of them is damaged.
        LedgerError: one of them cannot be read now.
    """
    if len(directories) < 2:
        raise InputError("RUN: one run cannot be compared, expected two or more")
    for directory in directories:
        directory.check()
    with ExitStack() as stack:
        readers = [
            stack.enter_context(closing(open_read_only(directory.ledger_file)))
            for directory in directories
        ]
        runs = tuple(map(_compared, directories, readers))
        common = _common(readers)
        return Comparison(runs, common, _difference(readers, common))


def _compared(directory: RunDirectory, reader: LedgerReader) -> Compared:
    steps = reader.totals().steps
    return Compared(directory.run_id, str(directory.path), steps, reader.head().hex())


def _common(readers: Sequence[LedgerReader]) -> Common | None:
    if len({reader.genesis() for reader in readers}) > 1:
        return None
    common = Common(0, readers[0].origin().hex())
    for heads in zip(*(reader.heads() for reader in readers), strict=False):
        if len(set(heads)) > 1:
            break
        step, head = heads[0]
        common = Common(step, head.hex())
    return common


def _difference(readers: Sequence[LedgerReader], common: Common | None) -> Difference | None:
    first = readers[0].seq_after(common.step) if common else 0
    while True:
        pages = [reader.between(first, first + _PAGE - 1) for reader in readers]
        for entries in zip_longest(*pages):
            there = [entry for entry in entries if entry is not None]
            if any(entry != there[0] for entry in there):
                return _described(entries)
            if len(there) < len(entries):
                return None
        if not all(pages):
            return None
        first += _PAGE


def _described(entries: Sequence[Entry | None]) -> Difference:
    rows = tuple(entry_of(entry, _EXACT).text if entry else "" for entry in entries)
    chosen = next(entry for entry in entries if entry is not None)
    return Difference(chosen.step, chosen.kind, chosen.seq, rows)
