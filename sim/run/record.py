"""A finished or running run, opened to be read from Python."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import ClassVar

from sim.archive.consent import check_traffic
from sim.archive.directory import RunDirectory
from sim.archive.events import EVENTS, events
from sim.archive.export import Table
from sim.archive.exports import COLUMNS as RECORDED
from sim.archive.frames import RunFrames
from sim.config.load import LoadedConfig
from sim.ledger.reader import LedgerReader, open_read_only
from sim.ledger.verify import Verification
from sim.run.replay import ReplayReport, replay_run
from sim.run.standing import COLUMNS as STANDING
from sim.run.standing import standing_of


class RunRecord(RunFrames):
    """The record of one run, only read; a context manager.

    Args:
        directory: of the run.
        reader: of its ledger; closed with this.
    """

    names: ClassVar = (*RECORDED, *STANDING)

    def __init__(self, directory: RunDirectory, reader: LedgerReader) -> None:
        super().__init__(reader)
        self.directory = directory
        self.reader = reader

    def _table(self, what: str) -> Table:
        """Agents and blocklist are in no record: the run is rebuilt for them."""
        if what in STANDING:
            check_traffic(self.directory)
            return standing_of(self.directory, what)
        if what in EVENTS:
            return RECORDED[what], events(self.directory.events_file, what)
        return super()._table(what)

    @property
    def path(self) -> Path:
        """The run directory."""
        return self.directory.path

    @property
    def config(self) -> LoadedConfig:
        """The configuration that the run began with."""
        return self.directory.load()

    @property
    def head(self) -> str:
        """Head of the hash chain, in hexadecimal."""
        return self.reader.head().hex()

    @property
    def steps(self) -> int:
        """Steps that are recorded."""
        return sum(1 for _ in self.reader.heads(0))

    def close(self) -> None:
        """Let go of the ledger."""
        self.reader.close()

    def __enter__(self) -> RunRecord:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def open_run(path: str | PathLike[str]) -> RunRecord:
    """The record of the run in this directory.

    Raises:
        RunDirectoryError: there is none.
        VerificationError: its ledger is damaged.
        LedgerError: its ledger cannot be read now.
    """
    directory = RunDirectory.open(Path(path))
    directory.check()
    return RunRecord(directory, open_read_only(directory.ledger_file))


def replay(path: str | PathLike[str], executor: str | None = None) -> ReplayReport:
    """Compute a recorded run again, and compare every step; see `sim.run.replay.replay_run`."""
    return replay_run(Path(path), executor)


def verify(path: str | PathLike[str]) -> Verification:
    """Check the hash chain and the schema of a recorded run."""
    return RunDirectory.open(Path(path)).verify()
