"""Every k-th operation on the disk fails: no unhandled error, and nothing acknowledged is lost.

The method is that of SQLite's own tests of I/O errors: count the operations of a whole life of a
ledger, then live it again for each of them with that one failing, once or from then on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import apsw
import pytest
from ledger_samples import GENESIS, fill

from sim.errors import DecsimError, LedgerError
from sim.ledger.cache import QueryCache
from sim.ledger.connection import connect_reader
from sim.ledger.disk import Disk, Operation
from sim.ledger.ledger import Ledger
from sim.ledger.pool import ReaderPool
from sim.ledger.reader import LedgerReader
from sim.ledger.retry import Backoff
from sim.ledger.rows import StepRow
from sim.ledger.verify import verify

ERRORS = {"io": apsw.IOError, "full": apsw.FullError}
"""Never a lock: SQLite expects one only where it asks for one."""
LONG = pytest.mark.long
STEPS = 3
AT_ONCE = Backoff(attempts=1, base_s=0.0)


class FailingDisk:
    """Lets the `at`-th operation fail, once or from then on; counts all."""

    def __init__(self, at: int, error: type[apsw.Error], *, forever: bool) -> None:
        self.at = at
        self.count = 0
        self._error = error
        self._forever = forever

    def __call__(self, operation: Operation, file: str) -> None:
        self.count += 1
        if self.count == self.at or (self._forever and self.count > self.at):
            raise self._error(f"{operation} of {file} (injected)")


@contextmanager
def everything_on(plan: FailingDisk) -> Iterator[None]:
    """All connections that are opened meanwhile go through this disk."""
    disk = Disk(plan)
    before = apsw.vfs_names()[0]
    apsw.set_default_vfs(disk.name)
    try:
        yield
    finally:
        apsw.set_default_vfs(before)


def live(path: Path, acknowledged: list[bytes]) -> None:
    """Create, commit, read, come back, commit, checkpoint, close; each error is survived."""
    ledger = Ledger.create(path, GENESIS, {"run_id": "r"}, retry_attempts=2, retry_base_s=0.0)
    acknowledged.append(ledger.head)
    try:
        for step in range(1, STEPS + 1):
            draft = fill(ledger.begin(step))
            for _ in range(2):
                with suppress(LedgerError):
                    acknowledged.append(ledger.commit(draft))
                    break
            with (
                suppress(LedgerError),
                closing(LedgerReader(ReaderPool(path), QueryCache(), AT_ONCE)) as r,
            ):
                assert [head for _, head in r.heads()] == acknowledged[1:]
            if step == 2:
                ledger.use(None)
        with suppress(LedgerError):
            ledger.checkpoint()
    finally:
        with suppress(LedgerError):
            ledger.close()


def survive(path: Path, plan: FailingDisk) -> int:
    """Live under a failing disk, then look at what is left on a whole one; rows acknowledged."""
    acknowledged: list[bytes] = []
    with everything_on(plan), suppress(DecsimError):
        live(path, acknowledged)
    if not acknowledged:
        assert not path.exists()  # no half of a ledger is left behind
        return 0
    found = verify(path)
    assert found.problems == ()
    with closing(Ledger.open(path)) as ledger:
        with closing(LedgerReader(ReaderPool(path), QueryCache())) as reader:
            recorded = [head for _, head in reader.heads()]
        # One step more may have reached the disk without its acknowledgement.
        assert recorded[: len(acknowledged) - 1] == acknowledged[1:]
        assert len(recorded) <= len(acknowledged)
        ledger.commit(fill(ledger.begin(STEPS + 9)))
    return len(acknowledged)


def operations(folder: Path) -> int:
    plan = FailingDisk(0, apsw.IOError, forever=False)
    assert survive(folder / "ledger.db", plan) == STEPS + 1
    return plan.count


@pytest.mark.parametrize("forever", [False, True], ids=["once", "from_then_on"])
@pytest.mark.parametrize(
    ("error", "stride"), [("io", 3), ("full", 6), *(pytest.param(e, 1, marks=LONG) for e in ERRORS)]
)
def test_every_operation_fails(tmp_path: Path, error: str, stride: int, *, forever: bool) -> None:
    (tmp_path / "whole").mkdir()
    total = operations(tmp_path / "whole")
    assert total > 60
    whole = 0
    for k in range(1, total + 1, stride):
        folder = tmp_path / f"{k}"
        folder.mkdir()
        whole += survive(folder / "ledger.db", FailingDisk(k, ERRORS[error], forever=forever)) > 1
    assert whole > 0


def test_a_single_failure_is_survived_by_a_new_connection(tmp_path: Path, path: Path) -> None:
    """Every operation of a commit fails once; the commit is acknowledged all the same."""
    plan = FailingDisk(0, apsw.IOError, forever=False)
    with closing(Ledger.open(path, retry_attempts=3, retry_base_s=0.0)) as ledger:
        ledger.use(Disk(plan))
        ledger.commit(fill(ledger.begin(3)))
        for k in range(1, plan.count):
            plan.at, plan.count = k, 0
            ledger.commit(fill(ledger.begin(3 + k)))
        plan.at = 0
        assert ledger.reconnects > 0
    assert verify(path).ok
    with closing(LedgerReader(ReaderPool(path), QueryCache())) as reader:
        assert len(list(reader.rows(StepRow))) == ledger.counts()["steps"]


def test_a_single_failure_is_survived_by_a_new_reader(path: Path) -> None:
    """Every operation of a query fails once, opening the file included; the answer is the same."""
    plan = FailingDisk(0, apsw.IOError, forever=False)
    with closing(LedgerReader(ReaderPool(path), QueryCache(), AT_ONCE)) as reader:
        expected = list(reader.rows(StepRow))
        reader.pool.use(Disk(plan))
        assert list(reader.rows(StepRow)) == expected and plan.count
        for k in range(1, plan.count + 1):
            reader.pool.let_go()
            plan.at, plan.count = k, 0
            assert list(reader.rows(StepRow)) == expected
        assert reader.reconnects > 0


@pytest.mark.parametrize("error", [apsw.CantOpenError, apsw.ConnectionClosedError])
def test_a_reader_gives_up_in_the_end(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: type[apsw.Error]
) -> None:
    tries, whole, failing = list[Path](), connect_reader, 0

    def lost(path: Path, **how: Any) -> apsw.Connection:
        tries.append(path)
        if len(tries) <= failing:
            raise error("unable to open database file")
        return whole(path, **how)

    monkeypatch.setattr("sim.ledger.connection.connect_reader", lost)
    for left, answered in ((3, True), (4, False)):
        tries.clear()
        failing = left
        backoff = Backoff(attempts=3, base_s=0.0)
        with closing(LedgerReader(ReaderPool(path), QueryCache(), backoff)) as reader:
            with nullcontext() if answered else pytest.raises(LedgerError):
                assert reader.length() > 1
            assert len(tries) == 4 and reader.reconnects == 3


def test_a_connection_that_was_closed_is_replaced(path: Path) -> None:
    with closing(LedgerReader(ReaderPool(path), QueryCache(), AT_ONCE)) as reader:
        length = reader.length()
        with reader.pool.reader() as connection:
            pass
        connection.close()
        assert reader.length() == length and reader.reconnects == 1
