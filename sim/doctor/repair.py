"""Mends a run directory whose run is over: salvages its ledger, keeps the damaged one."""

from __future__ import annotations

from pathlib import Path

from sim.archive.directory import RunDirectory
from sim.checkpoint import file as checkpoint_file
from sim.checkpoint.shelf import Shelf
from sim.errors import CheckpointError, LedgerCorruptError, RunDirectoryError, VerificationError
from sim.ledger.damage import undo_damage
from sim.ledger.ledger import Ledger
from sim.ledger.salvage import Salvage, salvage, write_report
from sim.text import quantity


def mend_run(run: RunDirectory) -> list[str]:
    """Mend what can be mended.

    Args:
        run: the run directory; nobody else may have it.

    Returns:
        What was done, one line each; empty if there was nothing to do.

    Raises:
        RunDirectoryError: the run is in use.
        VerificationError: nothing of the ledger can be saved; it stays as it is.
        LedgerError: the new ledger cannot be written; the old one stays as it is.
    """
    with run.locked():
        aside = _put_aside(Shelf(run.checkpoints))
        if pages := undo_damage(run.ledger_file):
            aside.append(f"{quantity(pages, 'page')} that a fault overwrote put back")
        if run.verify_ledger().ok:
            return [*aside, *_take_in(run.ledger_file)]
        try:
            saved = salvage(run.ledger_file)
        except (LedgerCorruptError, RunDirectoryError) as error:
            raise VerificationError(f"{error}; the ledger is left as it is") from None
        report = write_report(saved)
        kept = f"the damaged ledger is kept as {saved.moved_to.name}, see {report.name}"
        return [*aside, *_told(saved), kept]


def _put_aside(shelf: Shelf) -> list[str]:
    """Give damaged checkpoints names under which nobody looks for them."""
    done = []
    for path in shelf.files():
        try:
            checkpoint_file.read(path)
        except CheckpointError as error:
            shelf.put_aside(path)
            done.append(f"{path.name} is put aside: it {error}")
    return done


def _take_in(ledger_file: Path) -> list[str]:
    """Move a write-ahead log that was left behind into the ledger."""
    wal = ledger_file.with_name(f"{ledger_file.name}-wal")
    if not wal.exists():
        return []
    Ledger.open(ledger_file).close()
    return ["the write-ahead log that an interrupted run had left is taken in"]


def _told(saved: Salvage) -> list[str]:
    rows = f"{saved.kept:,} rows are saved, steps 1 to {max(saved.last_step, 0):,}"
    if not saved.lost:
        return [f"{rows}; no row is lost"]
    return [
        f"{rows}; {saved.lost:,} rows behind the damage are lost",
        "resume goes on behind the last step saved; commands given later have to be given again",
    ]
