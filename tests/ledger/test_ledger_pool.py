"""Reader connections: one per thread, a limited number, none that writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from ledger_samples import fill

from sim.errors import LedgerError, LedgerFullError, PoolTimeoutError, RunDirectoryError
from sim.ledger.ledger import Ledger
from sim.ledger.pool import ReaderPool


class Borrower:
    """A thread that borrows and gives back on request."""

    def __init__(self, pool: ReaderPool) -> None:
        self._pool = pool
        self._wanted = threading.Event()
        self._done = threading.Event()
        self._action: Callable[[], object] = lambda: None
        self._stop = False
        self._loan = pool.reader()
        self.result: object = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop:
            self._wanted.wait()
            self._wanted.clear()
            try:
                self.result = self._action()
            except Exception as error:
                self.result = error
            self._done.set()

    def _call(self, action: Callable[[], object]) -> object:
        self._action = action
        self._wanted.set()
        assert self._done.wait(5)
        self._done.clear()
        return self.result

    def borrow(self) -> object:
        self._loan = self._pool.reader()
        return self._call(lambda: self._loan.__enter__())

    def give_back(self) -> object:
        return self._call(lambda: self._loan.__exit__(None, None, None))

    def die(self) -> None:
        self._stop = True
        self._call(lambda: None)
        self._thread.join()


@pytest.fixture
def pool(path: Path) -> Iterator[ReaderPool]:
    with closing(ReaderPool(path, size=2, timeout_s=0.15, live=False)) as pool:
        yield pool


def test_a_thread_keeps_its_connection(pool: ReaderPool) -> None:
    with pool.reader() as first, pool.reader() as nested:
        assert nested is first
        assert pool.statistics().in_use == 1
    with pool.reader() as again:
        assert again is first
    statistics = pool.statistics()
    assert (statistics.created, statistics.open, statistics.in_use) == (1, 1, 0)


def test_threads_have_connections_of_their_own_up_to_the_size(pool: ReaderPool) -> None:
    one, other, third = Borrower(pool), Borrower(pool), Borrower(pool)
    first, second = one.borrow(), other.borrow()
    assert isinstance(first, apsw.Connection)
    assert isinstance(second, apsw.Connection)
    assert first is not second
    refused = third.borrow()
    assert isinstance(refused, PoolTimeoutError)
    assert "2 reader connections" in str(refused)
    statistics = pool.statistics()
    assert (statistics.created, statistics.in_use) == (2, 2)
    assert (statistics.waits, statistics.timeouts) == (1, 1)
    one.give_back()
    assert third.borrow() is first
    for borrower in (other, third):
        borrower.give_back()
    assert pool.statistics().created == 2


def test_a_waiting_thread_gets_what_is_given_back(path: Path) -> None:
    with closing(ReaderPool(path, size=1, timeout_s=5.0)) as pool:
        holder, waiter = Borrower(pool), Borrower(pool)
        connection = holder.borrow()
        timer = threading.Timer(0.05, holder.give_back)
        timer.start()
        assert waiter.borrow() is connection
        timer.join()
        waiter.give_back()
        assert pool.statistics().waits == 1


def test_affinity_survives_the_loans_of_others(pool: ReaderPool) -> None:
    one, other = Borrower(pool), Borrower(pool)
    first, second = one.borrow(), other.borrow()
    one.give_back()
    other.give_back()
    assert other.borrow() is second
    assert one.borrow() is first
    one.give_back()
    other.give_back()


@pytest.mark.parametrize("holding", [False, True])
def test_a_dead_thread_frees_its_slot(path: Path, holding: bool) -> None:
    with closing(ReaderPool(path, size=1, timeout_s=0.5)) as pool:
        mortal, heir = Borrower(pool), Borrower(pool)
        mortal.borrow()
        if not holding:
            mortal.give_back()
        mortal.die()
        assert isinstance(heir.borrow(), apsw.Connection)
        assert pool.statistics().in_use == 1
        mortal._loan.__exit__(None, None, None) if holding else None
        assert pool.statistics().in_use == 1, "a late return must not free the heir's loan"
        heir.give_back()
        assert pool.statistics().in_use == 0


def test_readers_cannot_write(pool: ReaderPool) -> None:
    with pytest.raises(LedgerFullError), pool.reader() as connection:
        connection.execute("INSERT INTO meta VALUES ('a', 'b', zeroblob(16))")
    with pool.reader() as connection:
        assert connection.pragma("query_only") == 1


def test_readers_never_checkpoint(path: Path) -> None:
    with closing(Ledger.open(path)) as ledger:
        ledger.commit(fill(ledger.begin(3)))
        wal = path.with_name("ledger.db-wal")
        size = wal.stat().st_size
        main = path.read_bytes()
        pool = ReaderPool(path)
        with pool.reader() as connection:
            assert connection.execute("SELECT max(step) FROM steps").get == 3
        pool.close()
        assert (wal.stat().st_size, path.read_bytes()) == (size, main)


def test_readers_see_what_is_committed(ledger: Ledger) -> None:
    with closing(ReaderPool(ledger.path)) as pool, pool.reader() as connection:
        for step in (3, 4):
            ledger.commit(fill(ledger.begin(step)))
            assert connection.execute("SELECT max(step) FROM steps").get == step


def test_a_lost_connection_is_replaced(pool: ReaderPool) -> None:
    with pool.reader() as connection:
        connection.close(True)
    with pytest.raises(LedgerError), pool.reader() as lost:
        lost.execute("SELECT 1")
    with pool.reader() as connection:
        assert connection.execute("SELECT count(*) FROM steps").get == 3
    assert pool.statistics().created == 2


def test_a_wrong_query_does_not_cost_the_connection(pool: ReaderPool) -> None:
    with pytest.raises(LedgerError, match="nowhere"), pool.reader() as connection:
        connection.execute("SELECT * FROM nowhere")
    with pool.reader() as again:
        assert again is connection


def test_a_missing_file_takes_no_slot(tmp_path: Path) -> None:
    pool = ReaderPool(tmp_path / "none.db", size=1)
    for _ in range(2):
        with pytest.raises(RunDirectoryError), pool.reader():
            pass
    assert pool.statistics().open == 0


def test_close_ends_it(pool: ReaderPool) -> None:
    with pool.reader() as connection:
        pool.close()
        assert connection.execute("SELECT 1").get == 1
    assert pool.statistics().open == 0
    with pytest.raises(LedgerError, match="closed"), pool.reader():
        pass
    pool.close()


def test_size_must_be_positive(path: Path) -> None:
    with pytest.raises(ValueError, match="size = 0"):
        ReaderPool(path, size=0)
