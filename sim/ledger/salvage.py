"""Goes on after damage: keeps the damaged file, and saves every whole step that verifies."""

from __future__ import annotations

import json
import os
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import apsw

from sim.errors import LedgerCorruptError, LedgerError, LedgerFullError, RunDirectoryError
from sim.ledger import schema
from sim.ledger.connection import connect_reader, connect_writer
from sim.ledger.copying import Copy
from sim.ledger.filesystem import JournalMode
from sim.ledger.findings import Problem
from sim.ledger.pages import PageFile
from sim.ledger.set_aside import exchange
from sim.ledger.sqlite_errors import translated
from sim.ledger.verify import verify
from sim.machine import files
from sim.text import shown


@dataclass(frozen=True, slots=True)
class Salvage:
    """What became of a damaged ledger."""

    moved_to: Path
    """Where the damaged file is now."""
    kept: int
    """Chained rows saved."""
    lost: int
    """Chained rows known to have been there and not saved."""
    last_step: int
    """The last step saved; -1 if there is none."""
    head: str
    """Head of the saved ledger, hexadecimal."""
    problems: tuple[Problem, ...]
    """What was found wrong with it."""


def salvage(path: Path) -> Salvage:
    """Replaces a damaged ledger by one that holds all steps up to the damage.

    A row is saved if its hash and those of all rows before it are right; a step is saved as a
    whole or not at all. Where SQLite cannot find a row, every page is searched for it. The damaged
    file becomes `<name>.corrupt-<n>`; nothing is deleted. Until the new file is complete the old
    one stays where it is.

    Args:
        path: The ledger; no connection to it may be open.

    Raises:
        LedgerCorruptError: Not even the first row can be saved; the file stays where it is.
        LedgerError: The new file cannot be written; the old one stays where it is.
    """
    problems = _problems(path)
    fresh = path.with_name(f"{path.name}.salvaged")
    try:
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with translated(path):
            copy = _copied(path, fresh, lacking=bool(problems))
    except BaseException as error:
        fresh.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise LedgerFullError(f"{shown(fresh)}: {error.strerror}") from error
        raise
    return Salvage(
        moved_to=exchange(path, fresh),
        kept=copy.tip.seq + 1,
        lost=max(copy.known - copy.tip.seq - 1, 0),
        last_step=copy.last_step,
        head=copy.tip.head.hex(),
        problems=problems,
    )


def _problems(path: Path) -> tuple[Problem, ...]:
    try:
        return verify(path).problems
    except (RunDirectoryError, LedgerError) as error:
        return (Problem("file", None, str(error)),)


def nothing_saved(path: Path, fresh: Path) -> Salvage:
    """Puts an empty ledger in the place of one of which nothing can be saved."""
    problem = Problem("file", None, "nothing in it can be read and verified")
    return Salvage(
        exchange(path, fresh), kept=0, lost=0, last_step=-1, head="", problems=(problem,)
    )


def write_report(saved: Salvage, **restored: int) -> Path:
    """Write `salvage-<n>.json` beside the ledger: what was saved, lost and put back.

    Where there is no room for it, the run goes on without.
    """
    number = saved.moved_to.name.rpartition("-")[2]
    file = saved.moved_to.with_name(f"salvage-{number}.json")
    content = {
        **asdict(saved),
        "moved_to": saved.moved_to.name,
        "problems": [str(problem) for problem in saved.problems],
        **restored,
    }
    with suppress(OSError):
        files.write_whole(file, json.dumps(content, indent=2) + "\n")
    return file


def _copied(path: Path, fresh: Path, *, lacking: bool) -> Copy:
    """All whole steps that verify, and what verifies beside the chain, in a new file."""
    with closing(connect_writer(fresh, JournalMode("delete", "salvage"))[0]) as target, target:
        schema.create(target)
        copy = Copy(target)
        try:
            with closing(connect_reader(path)) as source:
                # SQLite then skips what it cannot read of the schema, instead of giving up.
                source.pragma("writable_schema", True)
                copy.from_sqlite(source)
        except (apsw.CorruptError, apsw.NotADBError, apsw.SQLError, apsw.IOError):
            pass  # the pages are still there
        except RunDirectoryError as error:
            raise LedgerCorruptError(str(error)) from error
        # A WAL that is damaged is passed over in silence: only the pages know what was behind.
        if lacking or not copy.complete:
            copy.from_pages(PageFile(path))
        if copy.tip.seq < 0:
            raise LedgerCorruptError(f"{shown(path)}: not even the first row can be saved")
        copy.finish()
        for (version,) in target.execute("SELECT schema_version FROM genesis"):
            schema.mark(target, int(version))
    return copy
