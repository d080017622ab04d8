"""Whatever is changed in a ledger is found and named."""

from __future__ import annotations

import shutil
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_samples import fill, nullify, tampering, write

from sim.errors import RunDirectoryError
from sim.ledger.ballots import pack_ballots
from sim.ledger.chain import link
from sim.ledger.codec import TABLES, values_of
from sim.ledger.ledger import Ledger
from sim.ledger.rows import CommandRow, SignatureRow, TallyRow, VerdictRow
from sim.ledger.schema import CHAINED, TABLES_SQL, TRIGGERS_SQL
from sim.ledger.verify import Verification, verify

KEYS = {"metrics": ("step", "name"), "meta": ("key",), "tip": ("id",)}


def columns_of(connection: apsw.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def flipped(value: Any, where: int, bit: int) -> Any:
    """The value with one bit of one byte changed."""
    if isinstance(value, int):
        return struct.unpack("<q", flipped(struct.pack("<q", value), where, bit))[0]
    if isinstance(value, float):
        return struct.unpack("<d", flipped(struct.pack("<d", value), where, bit))[0]
    if isinstance(value, str):
        # Within ASCII, so that it stays text.
        return flipped(value.encode(), where, bit % 7).decode() if value else "x"
    if value is None:
        return 0.5
    if not value:
        return b"x"
    changed = bytearray(value)
    changed[where % len(changed)] ^= 1 << bit
    return bytes(changed)


def edit(path: Path, table: str, row: int, column: int, where: int, bit: int) -> tuple[Any, ...]:
    """Flips one bit of one value; returns the column's name, old and new key of the row."""
    keys = KEYS.get(table, ("seq",))
    with tampering(path) as connection:
        columns = columns_of(connection, table)
        name = columns[column % len(columns)]
        rows = list(connection.execute(f"SELECT {', '.join(columns)} FROM {table}"))
        old = dict(zip(columns, rows[row % len(rows)], strict=True))
        value = flipped(old[name], where, bit)
        condition = " AND ".join(f"{key} = ?" for key in keys)
        connection.execute(
            f"UPDATE OR IGNORE {table} SET {name} = ? WHERE {condition}",
            (value, *(old[key] for key in keys)),
        )
        changed = connection.changes() > 0
    new = old | {name: value}
    if not changed or value == old[name] or value != value:
        return name, None, None
    key_of = lambda cells: " ".join(str(cells[key]) for key in keys)  # noqa: E731
    return name, key_of(old), key_of(new)


def named(found: Verification, table: str, *keys: str) -> bool:
    shown = {"".join(c if c.isprintable() else ascii(c)[1:-1] for c in key) for key in keys}
    return any(problem.table == table and str(problem.key) in shown for problem in found.problems)


def test_an_untouched_ledger_is_sound(path: Path) -> None:
    before = path.read_bytes()
    found = verify(path)
    assert found.problems == ()
    assert (found.ok, found.rows, found.first_bad) == (True, 19, None)
    with closing(Ledger.open(path)) as ledger:
        assert found.head == ledger.head_hex
    path.write_bytes(before)
    verify(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("table", TABLES_SQL)
def test_every_value_of_every_row_is_protected(table: str, path: Path, pristine: Path) -> None:
    with closing(apsw.Connection(str(path))) as connection:
        columns = columns_of(connection, table)
        count = connection.execute(f"SELECT count(*) FROM {table}").get
    for row in range(count):
        for column, name in enumerate(columns):
            shutil.copyfile(pristine, path)
            _, old, new = edit(path, table, row, column, where=0, bit=0)
            if old is None:
                continue
            found = verify(path)
            assert not found.ok, (table, row, name)
            assert named(found, table, old, new), (table, row, name, found.problems)
            if table in CHAINED and name != "seq":
                assert found.first_bad is not None
                assert (found.first_bad.table, str(found.first_bad.key)) == (table, old)


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    table=st.sampled_from(list(TABLES_SQL)),
    row=st.integers(0, 20),
    column=st.integers(0, 20),
    where=st.integers(0, 40),
    bit=st.integers(0, 7),
)
def test_any_bit_of_any_value_is_protected(
    path: Path, pristine: Path, table: str, row: int, column: int, where: int, bit: int
) -> None:
    shutil.copyfile(pristine, path)
    _, old, new = edit(path, table, row, column, where, bit)
    if old is not None:
        found = verify(path)
        assert not found.ok
        assert named(found, table, old, new), found.problems


@pytest.mark.parametrize("table", [*CHAINED, "metrics", "meta", "tip"])
def test_a_deleted_row_is_missed(table: str, path: Path, pristine: Path) -> None:
    keys = KEYS.get(table, ("seq",))
    with closing(apsw.Connection(str(path))) as connection:
        rows = list(connection.execute(f"SELECT {', '.join(keys)} FROM {table}"))
    for row in rows:
        shutil.copyfile(pristine, path)
        with tampering(path) as connection:
            condition = " AND ".join(f"{key} = ?" for key in keys)
            connection.execute(f"DELETE FROM {table} WHERE {condition}", row)
        found = verify(path)
        assert not found.ok
        assert found.first_bad is not None
        if table in CHAINED:
            assert (found.first_bad.table, found.first_bad.key) == ("ledger", row[0])
        else:
            assert found.first_bad.table == table


@pytest.mark.parametrize("kept", [1, 7, 13, 18])
def test_a_cut_tail_is_noticed(path: Path, kept: int) -> None:
    with tampering(path) as connection:
        for table in CHAINED:
            connection.execute(f"DELETE FROM {table} WHERE seq >= ?", (kept,))
    found = verify(path)
    assert found.first_bad is not None
    assert (found.first_bad.table, found.first_bad.key) == ("ledger", kept)
    assert found.rows == kept


def test_a_forged_row_with_a_right_hash_is_noticed(path: Path) -> None:
    with tampering(path) as connection:
        (head,) = connection.execute("SELECT head FROM tip").fetchone()
        row = SignatureRow(3, 1, 1, 1.0, b"", b"", "[]", b"")
        values = values_of(row)
        connection.execute(
            TABLES["signatures"].insert_sql,
            (19, *values, link(head, "signatures", 19, values)),
        )
    found = verify(path)
    assert found.first_bad is not None
    assert (found.first_bad.table, found.first_bad.key) == ("signatures", 19)


def test_a_rewritten_last_row_is_noticed(path: Path) -> None:
    with tampering(path) as connection:
        before = connection.execute("SELECT hash FROM truths WHERE seq = 17").get
        columns = ", ".join(TABLES["steps"].columns)
        values = list(connection.execute(f"SELECT {columns} FROM steps WHERE seq = 18").fetchone())
        values[1] += 1
        connection.execute(
            "UPDATE steps SET active = ?, hash = ? WHERE seq = 18",
            (values[1], link(before, "steps", 18, values)),
        )
    found = verify(path)
    assert found.first_bad is not None
    assert (found.first_bad.table, found.first_bad.key) == ("steps", 18)


def test_two_swapped_rows_are_noticed(path: Path) -> None:
    with tampering(path) as connection:
        connection.execute("UPDATE commands SET seq = 99 WHERE seq = 1")
        connection.execute("UPDATE commands SET seq = 1 WHERE seq = 7")
        connection.execute("UPDATE commands SET seq = 7 WHERE seq = 99")
    found = verify(path)
    assert {1, 7} <= {problem.key for problem in found.problems if problem.table == "commands"}


@pytest.mark.parametrize("sql", TRIGGERS_SQL)
def test_a_missing_trigger_is_noticed(path: Path, sql: str) -> None:
    _, _, name, *_ = sql.split()
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute(f"DROP TRIGGER {name}")
    found = verify(path)
    assert found.first_bad is not None
    assert (found.first_bad.table, found.first_bad.what) == (
        name.rsplit("_", 2)[0],
        f"trigger {name} is missing",
    )


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("CREATE TABLE more (x)", "more"),
        ("CREATE INDEX more ON steps (active)", "steps"),
        ("DROP INDEX tallies_signature", "tallies"),
        ("ALTER TABLE steps ADD COLUMN more INTEGER", "steps"),
        ("DROP TABLE metrics", "metrics"),
        ("PRAGMA user_version = 3", "file"),
        ("PRAGMA application_id = 2", "file"),
    ],
)
def test_another_schema_is_noticed(path: Path, sql: str, table: str) -> None:
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute(sql)
    assert table in {problem.table for problem in verify(path).problems}


def test_text_that_is_not_utf8_is_named(path: Path) -> None:
    with tampering(path) as connection:
        connection.execute("UPDATE commands SET reason = CAST(x'ff41' AS TEXT) WHERE seq = 7")
        connection.execute("UPDATE meta SET value = CAST(x'ff41' AS TEXT) WHERE key = 'run_id'")
    found = verify(path)
    assert found.first_bad is not None
    assert (found.first_bad.table, found.first_bad.key) == ("commands", 7)
    assert "meta" in {problem.table for problem in found.problems}
    assert 13 not in {problem.key for problem in found.problems}


def page_of(path: Path, table: str) -> tuple[int, int]:
    with closing(apsw.Connection(str(path))) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).get
        return page, connection.pragma("page_size")


@pytest.mark.parametrize("table", TABLES_SQL)
def test_a_ruined_page_is_a_finding_that_names_the_table(path: Path, table: str) -> None:
    page, size = page_of(path, table)
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
    found = verify(path)
    assert not found.ok
    assert table in {problem.table for problem in found.problems}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_damage_makes_verify_raise(path: Path, pristine: Path, data: st.DataObject) -> None:
    spoiled = bytearray(pristine.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(spoiled) - 1))
        spoiled[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(spoiled[: data.draw(st.sampled_from([None, 5000, 40000]))]))
    try:
        found = verify(path)
    except RunDirectoryError:
        return
    assert found.ok == (found.problems == ())


def test_a_cut_file_is_a_finding(path: Path, pristine: Path) -> None:
    path.write_bytes(pristine.read_bytes()[:40000])
    assert not verify(path).ok


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with pytest.raises(RunDirectoryError, match="no ledger here"):
        verify(path)
    path.write_bytes(b"")
    with pytest.raises(RunDirectoryError, match="empty"):
        verify(path)
    path.write_bytes(b"hello")
    assert verify(path).first_bad is not None
    path.unlink()
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(RunDirectoryError, match="not a ledger"):
        verify(path)


def cast(ledger: Ledger, step: int, *rows: Any) -> Verification:
    draft = ledger.begin(step)
    for row in rows:
        draft.append(row)
    ledger.commit(draft)
    return verify(ledger.path)


SIGNATURE = SignatureRow(3, 3, 5, 0.75, b"", b"", "[]", b"")
"""Becomes row 19."""


@pytest.mark.parametrize(
    ("tally", "what"),
    [
        (TallyRow(3, 19, 1.01, 0.0, 0, pack_ballots([1], [1], [0], [1.0])), "weigh"),
        (TallyRow(3, 19, 0.0, 0.5, 0, pack_ballots([1], [1], [0], [0.5])), "weigh"),
        (TallyRow(3, 19, 1.0, 0.0, 1, pack_ballots([1], [1], [0], [1.0])), "abstain"),
        (
            TallyRow(3, 19, 2.0, 0.0, 0, pack_ballots([1, 1], [1, 1], [0, 0], [1.0, 1.0])),
            "two ballots",
        ),
        (TallyRow(3, 19, 0.0, 0.0, 0, b"\1\0\0\0\x09\0\0\0"), "unknown vote"),
    ],
)
def test_a_tally_must_fit_its_ballots(ledger: Ledger, tally: TallyRow, what: str) -> None:
    found = cast(ledger, 3, SIGNATURE, tally)
    assert found.first_bad is not None
    assert (found.first_bad.table, found.first_bad.key) == ("tallies", 20)
    assert what in found.first_bad.what


def test_the_rounding_of_many_ballots_is_tolerated(ledger: Ledger) -> None:
    voters = 5000
    weight = 0.5 + 0.499 / 65535
    ballots = pack_ballots(range(voters), [1] * voters, [0] * voters, [weight] * voters)
    tally = TallyRow(3, 19, weight * voters, 0.0, 0, ballots)
    assert cast(ledger, 3, SIGNATURE, tally).ok


def test_nobody_decides_twice_on_a_signature(ledger: Ledger) -> None:
    abstains = TallyRow(3, 19, 0.0, 0.0, 1, pack_ballots([1], [3], [0], [1.0]))
    confirms = TallyRow(3, 19, 1.0, 0.0, 0, pack_ballots([1], [1], [0], [1.0]))
    refutes = TallyRow(3, 19, 0.0, 1.0, 0, pack_ballots([1], [2], [0], [1.0]))
    assert cast(ledger, 3, SIGNATURE, abstains, abstains, confirms).ok
    found = cast(ledger, 3, refutes)
    assert [(p.table, p.key, p.what) for p in found.problems] == [
        ("tallies", 23, "voter 1 confirmed or refuted before")
    ]


@pytest.mark.parametrize(
    ("verdict", "sound"),
    [
        (VerdictRow(3, 19, "ACCEPTED", 1.5, 0.5, 3, "quorum"), True),
        (VerdictRow(3, 19, "ACCEPTED", 2.5, 0.5, 3, "quorum"), False),
        (VerdictRow(3, 19, "REJECTED", 1.5, 0.4, 3, "quorum"), False),
        (VerdictRow(3, 19, "REJECTED", 1.5, 0.5, 4, "quorum"), False),
        (VerdictRow(3, 19, "EXPIRED", 0.0, 0.0, 0, "quorum"), True),
    ],
)
def test_a_verdict_must_fit_the_tallies(ledger: Ledger, verdict: VerdictRow, sound: bool) -> None:
    tallies = (
        TallyRow(3, 19, 1.0, 0.5, 0, pack_ballots([1, 2], [1, 2], [0, 0], [1.0, 0.5])),
        TallyRow(3, 19, 0.5, 0.0, 1, pack_ballots([3, 4], [1, 3], [0, 0], [0.5, 1.0])),
    )
    found = cast(ledger, 3, SIGNATURE, *tallies, verdict)
    assert found.ok == sound
    if not sound:
        assert found.first_bad is not None
        assert (found.first_bad.table, found.first_bad.key) == ("verdicts", 22)


def test_a_reference_must_point_backwards_to_a_signature(path: Path) -> None:
    with tampering(path) as connection:
        connection.execute("UPDATE tallies SET signature = 8 WHERE seq = 3")
    found = verify(path)
    assert ("tallies", 3, "there is no signature 8 before it") in found.problems


def test_a_running_ledger_can_be_verified(ledger: Ledger) -> None:
    ledger.commit(fill(ledger.begin(3)))
    assert verify(ledger.path).rows == 25


def test_verify_leaves_no_files_and_needs_no_write_access(tmp_path: Path) -> None:
    write(tmp_path / "ledger.db")
    (tmp_path / "ledger.db").chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        assert verify(tmp_path / "ledger.db").ok
        assert [entry.name for entry in tmp_path.iterdir()] == ["ledger.db"]
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE steps SET hash = zeroblob(32) WHERE seq = 6",
        "UPDATE steps SET flows = 9 WHERE seq = 6",
    ],
)
def test_one_bad_row_is_one_problem(path: Path, sql: str) -> None:
    with tampering(path) as connection:
        connection.execute(sql)
    assert [(problem.table, problem.key) for problem in verify(path).problems] == [("steps", 6)]


def test_null_where_the_schema_forbids_it_is_a_finding(path: Path) -> None:
    nullify(path)
    found = verify(path)
    assert found.first_bad is not None
    assert (found.first_bad.table, found.first_bad.key) == ("tallies", 9)
    assert "another type" in found.first_bad.what


def test_a_row_of_an_earlier_step_is_a_finding(ledger: Ledger) -> None:
    found = cast(ledger, 1, CommandRow(1, "set", "{}", "1", "2", "key", "applied", ""))
    assert found.first_bad is not None
    assert (found.first_bad.table, found.first_bad.key) == ("commands", 19)
    assert "after the end of step 2" in found.first_bad.what
