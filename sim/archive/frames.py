"""The record of a run as data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.archive.exports import COLUMNS
from sim.archive.records import records
from sim.errors import InputError
from sim.ledger.reader import LedgerReader
from sim.text import nearest, quoted

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-untyped]


class RunFrames:
    """Each record of a run as a pandas `DataFrame`, up to the last entry that the ledger has now.

    Args:
        reader: of the ledger.
    """

    def __init__(self, reader: LedgerReader) -> None:
        self._reader = reader

    def frame(self, what: str) -> DataFrame:
        """One record, e.g. `signatures`; the same rows and columns as `decsim-tui export`.

        Raises:
            InputError: there is no such record.
            LedgerError: the ledger cannot be read.
        """
        from pandas import DataFrame

        if what not in COLUMNS:
            raise InputError(
                f"{quoted(what)} is not one of {', '.join(COLUMNS)}{nearest(what, COLUMNS)}"
            )
        columns, rows = records(self._reader, what)
        return DataFrame(list(rows), columns=list(columns))

    @property
    def signatures(self) -> DataFrame:
        """What was published, with its verdict and its truth."""
        return self.frame("signatures")

    @property
    def votes(self) -> DataFrame:
        """Every vote with its reason and weight."""
        return self.frame("votes")

    @property
    def verdicts(self) -> DataFrame:
        """Every verdict with the weights of both sides and the rule in force."""
        return self.frame("verdicts")

    @property
    def metrics(self) -> DataFrame:
        """The figures of every step."""
        return self.frame("metrics")

    @property
    def journal(self) -> DataFrame:
        """Every command with what it changed."""
        return self.frame("journal")
