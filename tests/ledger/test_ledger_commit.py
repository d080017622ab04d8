"""The writer: atomic, patient, append-only."""

from __future__ import annotations

import stat
import threading
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import apsw
import psutil
import pytest
from ledger_samples import GENESIS, fill, tampering

from sim.errors import (
    LedgerBusyError,
    LedgerConstraintError,
    LedgerCorruptError,
    LedgerError,
    LedgerFullError,
    RunDirectoryError,
)
from sim.ledger import filesystem
from sim.ledger.filesystem import JournalMode, filesystem_of, journal_for
from sim.ledger.ledger import Ledger
from sim.ledger.pool import ReaderPool
from sim.ledger.retry import Backoff
from sim.ledger.rows import StepRow, TruthRow
from sim.ledger.verify import verify


def content(path: Path) -> dict[str, list[object]]:
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        names = [
            n for (n,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        return {name: list(connection.execute(f"SELECT * FROM {name}")) for name in names}


def test_commit_advances_length_head_and_counts(ledger: Ledger) -> None:
    draft = fill(ledger.begin(3))
    assert ledger.length == 19
    assert draft.length == 25
    head = ledger.commit(draft)
    assert (ledger.length, ledger.head, ledger.head_hex) == (25, head, head.hex())
    assert head == draft.head
    assert ledger.counts() == {"genesis": 1, "metrics": 8} | dict.fromkeys(
        ("commands", "signatures", "tallies", "verdicts", "truths", "steps"), 4
    )
    assert verify(ledger.path).ok


def test_a_dropped_draft_leaves_nothing(ledger: Ledger) -> None:
    fill(ledger.begin(3))
    assert fill(ledger.begin(3)).start == ledger.length == 19


def test_open_finds_what_was_committed(path: Path) -> None:
    with closing(Ledger.open(path)) as ledger:
        head = ledger.commit(fill(ledger.begin(3)))
        counts = ledger.counts()
    with closing(Ledger.open(path)) as ledger:
        assert (ledger.length, ledger.head, ledger.counts()) == (25, head, counts)


@pytest.mark.parametrize("fails_at", ["INSERT INTO verdicts", "UPDATE tip", "COMMIT"])
def test_a_failed_commit_changes_nothing_and_can_be_repeated(ledger: Ledger, fails_at: str) -> None:
    before, length, head, counts = content(ledger.path), ledger.length, ledger.head, ledger.counts()
    draft = fill(ledger.begin(3))

    def refuse(cursor: apsw.Cursor, sql: str, bindings: object) -> bool:
        if sql.startswith(fails_at):
            raise apsw.FullError("disk full (injected)")
        return True

    assert ledger._connection is not None
    ledger._connection.exec_trace = refuse
    with pytest.raises(LedgerFullError, match="injected"):
        ledger.commit(draft)
    assert (ledger.length, ledger.head, ledger.counts()) == (length, head, counts)
    assert content(ledger.path) == before
    ledger._connection.exec_trace = None
    assert ledger.commit(draft) == draft.head
    assert verify(ledger.path).ok


def test_a_failing_commit_hook_rolls_back(ledger: Ledger) -> None:
    before = content(ledger.path)
    draft = fill(ledger.begin(3))
    assert ledger._connection is not None
    ledger._connection.set_commit_hook(lambda: True)
    with pytest.raises(LedgerConstraintError):
        ledger.commit(draft)
    assert content(ledger.path) == before
    ledger._connection.set_commit_hook(None)
    ledger.commit(draft)
    assert verify(ledger.path).ok


def test_a_broken_constraint_takes_the_whole_step_back(ledger: Ledger) -> None:
    before = content(ledger.path)
    draft = ledger.begin(3)
    draft.append(TruthRow(3, 18, "attack", ""))  # row 18 is no signature
    with pytest.raises(LedgerConstraintError, match="FOREIGN KEY"):
        ledger.commit(draft)
    assert isinstance(LedgerConstraintError(""), ValueError)
    assert content(ledger.path) == before
    ledger.commit(fill(ledger.begin(3)))


def test_a_commit_that_reached_the_disk_before_it_failed_is_not_repeated(ledger: Ledger) -> None:
    draft = fill(ledger.begin(3))
    tip, counts = ledger._tip, ledger.counts()
    ledger.commit(draft)
    ledger._tip, ledger._counts = tip, counts  # as if the acknowledgement had been lost
    assert ledger.commit(draft) == draft.head
    assert ledger.length == 25
    assert verify(ledger.path).ok


def test_a_draft_must_follow_the_last_row(ledger: Ledger) -> None:
    stale = fill(ledger.begin(3))
    ledger.commit(fill(ledger.begin(3)))
    with pytest.raises(LedgerError, match="ends with row 24"):
        ledger.commit(stale)


def test_rows_of_another_step_or_after_its_end_are_refused(ledger: Ledger) -> None:
    draft = ledger.begin(3)
    with pytest.raises(LedgerConstraintError, match="row of step 4 in step 3"):
        draft.append(TruthRow(4, 1, "attack", ""))
    with pytest.raises(LedgerConstraintError, match="genesis"):
        draft.append(GENESIS)
    draft.append(StepRow(3, 1, 1, 1, (0, 0, 0, 0), (0, 0, 0, 0), b""))
    with pytest.raises(LedgerConstraintError, match="has ended"):
        draft.append(TruthRow(3, 1, "attack", ""))
    assert draft.length == 20


def test_a_lock_is_waited_for(ledger: Ledger) -> None:
    other = apsw.Connection(str(ledger.path))
    other.execute("BEGIN IMMEDIATE")
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            other.execute("ROLLBACK")

    ledger.backoff = Backoff(5, 0.02, sleep)
    ledger.commit(fill(ledger.begin(3)))
    other.close()
    assert pauses == [0.02, 0.04, 0.08]
    assert ledger.retries == 3
    assert ledger.length == 25


def test_a_lock_that_stays_is_an_error_and_the_draft_stays_good(ledger: Ledger) -> None:
    other = apsw.Connection(str(ledger.path))
    other.execute("BEGIN IMMEDIATE")
    draft = fill(ledger.begin(3))
    with pytest.raises(LedgerBusyError, match="locked"):
        ledger.commit(draft)
    assert (ledger.retries, ledger.length) == (3, 19)
    other.close()
    ledger.commit(draft)
    assert verify(ledger.path).ok


def test_a_lost_connection_is_replaced(ledger: Ledger) -> None:
    assert ledger._connection is not None
    ledger._connection.close(True)
    ledger.commit(fill(ledger.begin(3)))
    assert (ledger.reconnects, ledger.length) == (1, 25)
    assert verify(ledger.path).ok


def test_a_second_writer_is_noticed(ledger: Ledger) -> None:
    draft = fill(ledger.begin(3))
    with closing(Ledger.open(ledger.path)) as other:
        other.commit(fill(other.begin(3)))
        other.commit(fill(other.begin(4)))
    with pytest.raises(LedgerError, match="someone else wrote"):
        ledger.commit(draft)


def test_a_moved_file_is_noticed(path: Path) -> None:
    ledger = Ledger.open(path)
    path.rename(path.with_name("elsewhere.db"))
    with pytest.raises(LedgerError, match="moved or removed"):
        ledger.commit(fill(ledger.begin(3)))
    with pytest.raises(LedgerError):  # SQLite refuses, too, and the user should know
        ledger.close()
    ledger.close()


def test_an_altered_tip_stops_the_writer(ledger: Ledger) -> None:
    with closing(apsw.Connection(str(ledger.path))) as other:
        other.execute("UPDATE tip SET seq = 17")
    with pytest.raises(LedgerCorruptError, match="tip"):
        ledger.commit(fill(ledger.begin(3)))


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE {t} SET {c} = {c}",
        "DELETE FROM {t}",
        "INSERT OR REPLACE INTO {t} SELECT * FROM {t}",
    ],
)
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("genesis", "seed"),
        ("commands", "kind"),
        ("signatures", "score"),
        ("tallies", "confirm"),
        ("verdicts", "verdict"),
        ("truths", "truth"),
        ("steps", "digest"),
        ("metrics", "value"),
        ("meta", "value"),
        ("tip", "seq"),
    ],
)
def test_nothing_but_an_append_is_allowed(path: Path, sql: str, table: str, column: str) -> None:
    with closing(apsw.Connection(str(path))) as connection:
        statement = sql.format(t=table, c=column)
        if table == "tip" and statement.startswith("UPDATE"):
            connection.execute(statement)
            return
        with pytest.raises(apsw.ConstraintError, match=f"{table} is append-only"):
            connection.execute(statement)


def test_a_verdict_cannot_be_replaced_through_its_signature(path: Path) -> None:
    with (
        closing(apsw.Connection(str(path))) as connection,
        pytest.raises(apsw.ConstraintError, match="append-only"),
    ):
        connection.execute(
            "INSERT OR REPLACE INTO verdicts SELECT 99, step, signature, 'REJECTED',"
            " confirm, refute, voters, rule, hash FROM verdicts LIMIT 1"
        )


def test_only_the_file_remains_and_any_sqlite_reads_it(path: Path) -> None:
    with closing(Ledger.open(path)) as ledger:
        ledger.commit(fill(ledger.begin(3)))
        assert path.with_name("ledger.db-wal").exists()
    assert [entry.name for entry in path.parent.iterdir()] == ["ledger.db"]
    assert len(content(path)["steps"]) == 4
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        ledger.commit(fill(ledger.begin(4)))


def test_close_with_an_open_reader_keeps_everything(path: Path) -> None:
    ledger = Ledger.open(path)
    pool = ReaderPool(path)
    with pool.reader() as connection:
        connection.execute("BEGIN").execute("SELECT * FROM steps").fetchall()
        ledger.commit(fill(ledger.begin(3)))
        ledger.close()
        connection.execute("COMMIT")
    pool.close()
    with closing(Ledger.open(path)) as again:
        assert again.length == 25


def test_a_new_ledger_is_private(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    with closing(Ledger.create(path, GENESIS, {})) as ledger:
        assert ledger.length == 1
        modes = {stat.S_IMODE(entry.stat().st_mode) for entry in tmp_path.iterdir()}
        assert modes == {0o600}


def test_create_never_overwrites(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(RunDirectoryError, match="there is a ledger already"):
        Ledger.create(path, GENESIS, {})
    assert path.read_bytes() == before


def test_a_failed_create_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        Ledger.create(tmp_path / "ledger.db", GENESIS, {"bad": object()})  # type: ignore[dict-item]
    assert list(tmp_path.iterdir()) == []


def test_create_in_a_missing_directory_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError, match="No such file") as caught:
        Ledger.create(tmp_path / "no\nne" / "ledger.db", GENESIS, {})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"just text, no database", b"SQLite format 3\0" + b"x" * 99])
def test_open_refuses_what_is_no_ledger(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(data)
    with pytest.raises((RunDirectoryError, LedgerCorruptError)):
        Ledger.open(path)
    assert path.read_bytes() == data


def test_open_leaves_a_foreign_database_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("CREATE TABLE t (x)")
    before = path.read_bytes()
    with pytest.raises(RunDirectoryError, match="not a ledger"):
        Ledger.open(path)
    assert path.read_bytes() == before


def test_open_refuses_a_ledger_whose_tail_is_gone(path: Path) -> None:
    with tampering(path) as connection:
        connection.execute("DELETE FROM steps WHERE seq = 18")
    with pytest.raises(LedgerCorruptError, match="last row"):
        Ledger.open(path)


def test_threads_may_commit(ledger: Ledger) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            ledger.commit(fill(ledger.begin(3)))
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert failures == []
    assert ledger.length == 25


def partition(line: str) -> SimpleNamespace:
    """A line of fstab(5) as psutil tells it."""
    _, point, kind, *_ = line.split(" ")
    return SimpleNamespace(mountpoint=point.replace("\\040", " "), fstype=kind)


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/local\\040disk xfs rw 0 0
me@host: /mnt/ssh fuse.sshfs rw 0 0
"""


@pytest.mark.parametrize(
    ("place", "kind", "mode"),
    [
        ("/var/run.db", "ext4", "wal"),
        ("/home/me/ledger.db", "nfs4", "delete"),
        ("/home/local disk/ledger.db", "xfs", "wal"),
        ("/homeless/ledger.db", "ext4", "wal"),
        ("/mnt/ssh/ledger.db", "fuse.sshfs", "delete"),
    ],
)
def test_network_file_systems_get_a_rollback_journal(
    place: str, kind: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted = [partition(line) for line in MOUNTS.splitlines()]
    monkeypatch.setattr(filesystem.psutil, "disk_partitions", lambda all: mounted)  # noqa: A006
    assert filesystem_of(Path(place)) == kind
    journal = journal_for(Path(place))
    assert journal.mode == mode
    assert kind in journal.reason


@pytest.mark.parametrize("error", [FileNotFoundError(2, "no /proc"), psutil.AccessDenied()])
def test_without_a_mount_table_the_disk_is_taken_for_local(
    tmp_path: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(**_: bool) -> list[object]:
        raise error

    monkeypatch.setattr(filesystem.psutil, "disk_partitions", nothing)
    assert journal_for(tmp_path).mode == "wal"


def test_the_file_system_of_this_machine_is_found() -> None:
    assert filesystem_of(Path("/")) and filesystem_of(Path("/nowhere/at/all"))


def test_a_run_under_a_rollback_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystem, "journal_for", lambda path: JournalMode("delete", "nfs"))
    path = tmp_path / "ledger.db"
    with closing(Ledger.create(path, GENESIS, {})) as ledger:
        assert ledger.journal_mode == "delete"
        pool = ReaderPool(path)
        for step in range(3):
            ledger.commit(fill(ledger.begin(step)))
            with pool.reader() as connection:
                assert connection.execute("SELECT count(*) FROM steps").get == step + 1
        pool.close()
        assert [entry.name for entry in tmp_path.iterdir()] == ["ledger.db"]
    assert verify(path).ok


def test_checkpoint_empties_the_wal_into_the_file(ledger: Ledger) -> None:
    ledger.commit(fill(ledger.begin(3)))
    ledger.checkpoint()
    copy = ledger.path.with_name("copy.db")
    copy.write_bytes(ledger.path.read_bytes())
    assert verify(copy).rows == 25
