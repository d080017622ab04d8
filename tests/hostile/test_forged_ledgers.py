"""SQLite files that a stranger forged: refused in a line, without a crash, and nothing outside."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from cli_harness import Result
from victims import COMMANDS, Victim

from sim.checkpoint.shelf import MOST

NAMES = ("verify", "doctor", "mend", "export")
SECONDS = 10
PAGE = 4096


def header(at: int, size: int, value: int) -> Callable[[Path], None]:
    """A number in the first page is another one (https://sqlite.org/fileformat2.html, 1.3)."""

    def forge(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(at)
            file.write(value.to_bytes(size, "big"))

    return forge


def schema(statement: str) -> Callable[[Path], None]:
    """The table of the schema is written by hand."""

    def forge(path: Path) -> None:
        connection = apsw.Connection(str(path))
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(statement)
        connection.close()

    return forge


def content(statement: str) -> Callable[[Path], None]:
    """Rows are changed behind the backs of the triggers and of the types, and these put back."""

    def forge(path: Path) -> None:
        connection = apsw.Connection(str(path))
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        kept = dict(triggers.fetchall())
        tables = "FROM sqlite_schema WHERE type = 'table'"
        strict = dict(connection.execute(f"SELECT name, sql {tables}").fetchall())
        for name in kept:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA writable_schema = ON")
        loose = "UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE type = 'table'"
        connection.execute(loose)
        connection.close()
        connection = apsw.Connection(str(path))
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(statement)
        assert connection.changes(), statement
        for sql in kept.values():
            connection.execute(sql)
        connection.execute("PRAGMA writable_schema = ON")
        for name, sql in strict.items():
            connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (sql, name))
        connection.close()

    return forge


def wal(path: Path) -> None:
    """A write-ahead log with right checksums that makes the file claim four billion pages."""

    def summed(data: bytes, first: int, second: int) -> tuple[int, int]:
        for one, two in struct.iter_unpack(">II", data):
            first = (first + one + second) & 0xFFFFFFFF
            second = (second + two + first) & 0xFFFFFFFF
        return first, second

    page = path.read_bytes()[:PAGE]
    top = struct.pack(">6I", 0x377F0683, 3007000, PAGE, 0, 1, 2)
    sums = summed(top, 0, 0)
    frame = struct.pack(">II", 1, 0xFFFFFFF0)
    after = summed(page, *summed(frame, *sums))
    parts = top, struct.pack(">II", *sums), frame, struct.pack(">4I", 1, 2, *after), page
    path.with_name(f"{path.name}-wal").write_bytes(b"".join(parts))


FORGED: dict[str, Callable[[Path], None]] = {
    "holes": lambda path: os.truncate(path, 1 << 40),
    "pages without end": header(28, 4, 0xFFFFFFFE),
    "small pages": header(16, 2, 512),
    "no pages": header(16, 2, 0),
    "free pages": header(32, 8, 0x27FFFFFFF),
    "text in UTF-16": header(56, 4, 3),
    "a log": wal,
    "full-text search": lambda path: schema("CREATE VIRTUAL TABLE x USING fts5(a)")(path),
    "an unknown module": schema(
        "INSERT INTO sqlite_schema VALUES"
        " ('table', 'x', 'x', 0, 'CREATE VIRTUAL TABLE x USING evil(a)')"
    ),
    "a default to be computed": schema(
        "UPDATE sqlite_schema SET sql = replace(sql, ') STRICT',"
        " ', x INT DEFAULT (load_extension(1))) STRICT') WHERE name = 'steps'"
    ),
    "another order": schema(
        "UPDATE sqlite_schema SET sql = replace(sql, 'TEXT', 'TEXT COLLATE evil')"
    ),
    "one root": schema("UPDATE sqlite_schema SET rootpage = 2"),
    "a root beyond": schema("UPDATE sqlite_schema SET rootpage = 2147483646 WHERE name = 'steps'"),
    "itself": schema("UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'steps'"),
    "blanks": schema(
        "UPDATE sqlite_schema SET sql = sql || printf('%.*c', 9000000, ' ') WHERE name = 'steps'"
    ),
    "another database": schema(
        "INSERT INTO sqlite_schema VALUES"
        " ('view', 'x', 'x', 0, 'CREATE VIEW x AS SELECT * FROM other.y')"
    ),
    "a text for a step": content("UPDATE steps SET step = 'x' || step WHERE rowid = 3"),
    "a step beyond": content("UPDATE steps SET step = 9223372036854775807 WHERE rowid = 3"),
    "no number": content("UPDATE steps SET step = 9e999 WHERE rowid = 3"),
    "lone surrogates": content("UPDATE meta SET value = CAST(x'eda080' AS TEXT)"),
    "a zero in texts": content("UPDATE meta SET value = 'a' || char(0) || 'b'"),
    "bytes for texts": content("UPDATE meta SET value = zeroblob(200000)"),
}
UNNOTICED = ("a log",)
"""SQLite reads it as it is, and every row of the chain is there."""


def is_told(result: Result) -> bool:
    """Whether it came to its end and said in lines of sound text what is wrong."""
    sound = all(line.isprintable() and len(line) < 1100 for line in result.err.splitlines())
    return result.code in (0, 2, 3) and sound and "unexpected" not in result.err


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("what", FORGED)
def test_a_forged_file_is_refused(victim: Victim, what: str, name: str) -> None:
    FORGED[what](victim.run / "ledger.db")
    before = victim.state()
    began = time.process_time()
    result = COMMANDS[name](victim.run)
    assert time.process_time() - began < SECONDS
    assert is_told(result), result
    assert result.err.count("\n") <= (1 if name != "mend" else 3), result
    assert victim.state() == before
    if name in ("verify", "export") and what not in UNNOTICED:
        assert result.code in (2, 3), result


def test_what_is_mended_holds(victim: Victim) -> None:
    """Rows that the chain vouches for are read from pages, whatever the schema says."""
    FORGED["blanks"](victim.run / "ledger.db")
    result = COMMANDS["mend"](victim.run)
    assert "no row is lost" in result.err
    assert COMMANDS["verify"](victim.run).code == 0


@pytest.mark.parametrize("name", ["doctor", "mend"])
def test_checkpoints_without_end_are_not_all_looked_at(victim: Victim, name: str) -> None:
    folder = victim.run / "checkpoints"
    for step in range(100, 4100):
        (folder / f"step-{step}.npz").touch()
    assert COMMANDS[name](victim.run).code in (0, 3)
    aside = len(list(folder.glob("*.unusable")))
    assert aside == (MOST if name == "mend" else 0)
