"""The record of a run as data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sim.archive.export import Table
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

    names: ClassVar[tuple[str, ...]] = tuple(COLUMNS)
    """What there is."""

    def __init__(self, reader: LedgerReader) -> None:
        self._reader = reader

    def frame(self, what: str) -> DataFrame:
        """One record, e.g. `signatures`; the same rows and columns as `decsim-tui export`.

        Raises:
            InputError: there is no such record.
            LedgerError: the ledger cannot be read.
        """
        from pandas import DataFrame

        if what not in self.names:
            raise InputError(
                f"{quoted(what)} is not one of {', '.join(self.names)}{nearest(what, self.names)}"
            )
        columns, rows = self._table(what)
        return DataFrame(list(rows), columns=list(columns))

    def _table(self, what: str) -> Table:
        """Columns and rows of one record."""
        return records(self._reader, what)

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

    @property
    def attacks(self) -> DataFrame:
        """What became of each kind of attack."""
        return self.frame("attacks")

    @property
    def errors(self) -> DataFrame:
        """Every error that was survived: step, kind, whose it was, text."""
        return self.frame("errors")

    @property
    def tuning(self) -> DataFrame:
        """Every turn of the tuner, and what came of it."""
        return self.frame("tuning")

    @property
    def agents(self) -> DataFrame:
        """Every agent as it stands after the last step."""
        return self.frame("agents")

    @property
    def blocklist(self) -> DataFrame:
        """The accepted signatures that agents remember after the last step."""
        return self.frame("blocklist")
