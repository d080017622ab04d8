"""Goes on after damage: keeps the damaged file, and saves every whole step that verifies."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import apsw

from sim.errors import LedgerCorruptError
from sim.ledger import schema
from sim.ledger.chain import ORIGIN, checksum, link
from sim.ledger.codec import TABLES
from sim.ledger.connection import connect_reader, connect_writer
from sim.ledger.faults import shown, translated
from sim.ledger.filesystem import Journal
from sim.ledger.findings import Findings, Problem
from sim.ledger.scan import ScannedRow, scan_chain, scan_plain
from sim.ledger.tip import Tip
from sim.ledger.verify import verify

_SIDE_FILES = ("-wal", "-shm", "-journal")


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
    whole or not at all. The damaged file becomes `<name>.corrupt-<n>`; nothing is deleted. Until
    the new file is complete the old one stays where it is.

    Args:
        path: The ledger; no connection to it may be open.

    Raises:
        LedgerCorruptError: Not even the first row can be saved; the file stays where it is.
        LedgerError: The new file cannot be written; the old one stays where it is.
    """
    fresh = path.with_name(f"{path.name}.salvaged")
    fresh.unlink(missing_ok=True)
    problems = verify(path).problems
    findings = Findings()
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        with translated(path):
            copy = _copied(path, fresh, findings)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    moved_to = _moved_aside(path)
    fresh.replace(path)
    return Salvage(
        moved_to=moved_to,
        kept=copy.tip.seq + 1,
        lost=max(copy.known - copy.tip.seq - 1, 0),
        last_step=copy.last_step,
        head=copy.tip.head.hex(),
        problems=problems or findings.result(0, b"").problems,
    )


def nothing_saved(path: Path) -> Salvage:
    """Moves a ledger aside of which nothing can be saved, and leaves its place empty."""
    moved_to = _moved_aside(path)
    problem = Problem("file", None, "nothing in it can be read and verified")
    return Salvage(moved_to, kept=0, lost=0, last_step=-1, head="", problems=(problem,))


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
        file.touch(mode=0o600)
        file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return file


@dataclass(slots=True)
class _Copy:
    """How far the copy got."""

    tip: Tip = Tip.EMPTY
    last_step: int = -1
    known: int = 0
    """Length that the damaged ledger must have had at least."""


def _copied(path: Path, fresh: Path, findings: Findings) -> _Copy:
    with (
        closing(connect_reader(path)) as source,
        closing(connect_writer(fresh, Journal("delete", "salvage"))[0]) as target,
        target,
    ):
        # SQLite then skips the parts of the schema that it cannot read, instead of giving up.
        source.pragma("writable_schema", True)
        found, _ = schema.objects(source)
        readable = found.keys() & schema.TABLES_SQL.keys()
        schema.create(target)
        copy = _copy_chain(source, target, readable, findings)
        if copy.tip.seq < 0:
            raise LedgerCorruptError(f"{shown(path)}: not even the first row can be saved")
        metrics = _copy_plain(source, target, "metrics", copy, findings)
        meta = _copy_plain(source, target, "meta", copy, findings)
        copy.tip = Tip(copy.tip.seq, copy.tip.head, metrics, meta)
        copy.tip.insert(target)
    return copy


def _copy_chain(
    source: apsw.Connection, target: apsw.Connection, readable: set[str], findings: Findings
) -> _Copy:
    copy = _Copy(known=_noted_length(source))
    tables = [name for name in schema.CHAINED if name in readable]
    step: list[ScannedRow] = []
    rows = scan_chain(source, tables, findings)
    for row in _verified(rows, findings):
        step.append(row)
        if row.table.name in ("genesis", "steps"):
            _insert(target, step)
            copy.tip = Tip(row.seq, bytes(row.hash or b""), 0, 0)  # type: ignore[arg-type]
            copy.last_step = row.value("step") if row.table.name == "steps" else -1
            step.clear()
    copy.known = max(copy.known, copy.tip.seq + 1 + len(step) + sum(1 for _ in rows))
    return copy


def _verified(rows: Iterator[ScannedRow], findings: Findings) -> Iterator[ScannedRow]:
    """The rows up to the first that is missing or does not fit the one before."""
    head = ORIGIN
    for due, row in enumerate(rows):
        if row.seq != due:
            findings.report("ledger", due, "is missing")
            return
        head = link(head, row.table.name, row.seq, row.values)
        if row.hash != head or not row.is_well_typed():
            findings.report(row.table.name, row.seq, "does not fit its hash")
            return
        yield row


def _insert(target: apsw.Connection, rows: list[ScannedRow]) -> None:
    for name, table in TABLES.items():
        found = [(row.seq, *row.values, row.hash) for row in rows if row.table.name == name]
        if found:
            target.executemany(table.insert_sql, found)


def _copy_plain(
    source: apsw.Connection, target: apsw.Connection, table: str, copy: _Copy, findings: Findings
) -> int:
    columns, keys = schema.PLAIN[table]
    count = 0
    for row in scan_plain(source, table, columns, keys, findings):
        late = table == "metrics" and (not isinstance(row[0], int) or row[0] > copy.last_step)
        if late or checksum(table, row[:-1]) != row[-1]:
            continue
        marks = ", ".join("?" * len(row))
        target.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", row)  # noqa: S608 - names are ours
        count += 1
    return count


def _noted_length(source: apsw.Connection) -> int:
    try:
        tip = Tip.read(source)
    except (apsw.Error, UnicodeDecodeError):
        return 0
    return 0 if tip is None else tip.seq + 1


def _moved_aside(path: Path) -> Path:
    number = 1
    while (target := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    # The side files first: left behind, they would be taken for those of the new file.
    for suffix in _SIDE_FILES:
        side = path.with_name(path.name + suffix)
        if side.exists():
            side.rename(target.with_name(target.name + suffix))
    path.rename(target)
    return target
