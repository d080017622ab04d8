"""After damage: nothing is deleted, every whole step that verifies is saved."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from ledger_samples import fill, nullify, tampering, write

from sim.errors import LedgerCorruptError, LedgerError
from sim.ledger.ledger import Ledger
from sim.ledger.reader import open_read_only
from sim.ledger.salvage import salvage
from sim.ledger.verify import verify


def head_of_step(path: Path, step: int) -> str:
    with closing(open_read_only(path)) as reader:
        return dict(reader.heads())[step].hex()


@pytest.mark.parametrize(
    ("sql", "steps"),
    [
        ("UPDATE tallies SET abstain = 7 WHERE seq = 15", 2),
        ("UPDATE commands SET hash = zeroblob(32) WHERE seq = 13", 2),
        ("UPDATE steps SET flows = 1 WHERE seq = 12", 1),
        ("DELETE FROM signatures WHERE seq = 8", 1),
        ("UPDATE truths SET attack = CAST(x'ff' AS TEXT) WHERE seq = 5", 0),
        ("DELETE FROM tip", 3),
        ("DROP TABLE metrics", 3),
    ],
)
def test_whole_steps_before_the_damage_are_saved(path: Path, sql: str, steps: int) -> None:
    head = head_of_step(path, steps - 1) if steps else None
    with tampering(path) as connection:
        connection.execute(sql)
        if "TABLE" in sql:
            connection.execute("CREATE TABLE metrics (step, name)")
    damaged = path.read_bytes()
    saved = salvage(path)
    assert saved.moved_to.read_bytes() == damaged
    assert saved.moved_to.name == "ledger.db.corrupt-1"
    assert (saved.kept, saved.last_step) == (1 + 6 * steps, steps - 1)
    if head is not None:
        assert saved.head == head
    if "tip" not in sql and "TABLE" not in sql:
        assert saved.lost == 19 - saved.kept
    found = verify(path)
    assert (found.problems, found.rows, found.head) == ((), saved.kept, saved.head)
    with closing(Ledger.open(path)) as ledger:
        ledger.commit(fill(ledger.begin(steps)))
    assert verify(path).ok


def test_metrics_and_meta_are_saved_if_they_are_sound(path: Path) -> None:
    with tampering(path) as connection:
        connection.execute("UPDATE steps SET flows = 1 WHERE step = 2")
        connection.execute("UPDATE metrics SET value = 9 WHERE step = 0 AND name = 'step_s'")
        connection.execute("UPDATE meta SET value = 'x' WHERE key = 'version'")
    salvage(path)
    with closing(open_read_only(path)) as reader:
        assert reader.metrics("step_s") == ((1, 1.125),)
        assert reader.meta() == {"run_id": "r1"}


def test_a_second_salvage_overwrites_nothing(path: Path) -> None:
    first, second = salvage(path), salvage(path)
    assert (first.kept, first.lost) == (second.kept, second.lost) == (19, 0)
    names = sorted(entry.name for entry in path.parent.iterdir())
    assert names == ["ledger.db", "ledger.db.corrupt-1", "ledger.db.corrupt-2"]


def test_a_file_cut_off_in_the_middle(tmp_path: Path) -> None:
    path = write(tmp_path / "ledger.db", steps=500)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    saved = salvage(path)
    assert saved.kept > 6 * 100
    found = verify(path)
    assert (found.ok, found.rows) == (True, saved.kept)
    assert saved.problems != ()


def test_the_wal_of_the_damaged_file_is_used_and_moved_with_it(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.commit(fill(ledger.begin(3)))
    wal = path.with_name("ledger.db-wal").read_bytes()
    main = path.read_bytes()
    ledger.close()
    path.write_bytes(main)
    path.with_name("ledger.db-wal").write_bytes(wal)
    saved = salvage(path)
    assert (saved.kept, saved.last_step) == (25, 3)
    assert saved.moved_to.with_name("ledger.db.corrupt-1-wal").read_bytes() == wal
    assert not path.with_name("ledger.db-wal").exists()
    assert verify(path).ok


@pytest.mark.parametrize("data", [b"", b"hello", b"SQLite format 3\0" + b"\xa5" * 9000])
def test_what_cannot_be_saved_stays_where_it_is(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises((LedgerError, ValueError)):
        salvage(path)
    assert path.read_bytes() == data
    assert [entry.name for entry in path.parent.iterdir()] == ["ledger.db"]


def test_without_a_genesis_there_is_nothing_to_save(path: Path) -> None:
    with tampering(path) as connection:
        connection.execute("UPDATE genesis SET seed = 8")
    with pytest.raises(LedgerCorruptError, match="not even the first row"):
        salvage(path)


def test_a_row_that_the_schema_cannot_hold_ends_the_salvage(path: Path) -> None:
    nullify(path)
    assert salvage(path).last_step == 0
    assert verify(path).ok
