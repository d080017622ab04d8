"""Reader connections for many threads."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import apsw

from sim.errors import DecsimError, LedgerError, PoolTimeoutError
from sim.ledger.connection import connect_checked
from sim.ledger.disk import Disk
from sim.ledger.sqlite_errors import is_lost, translated
from sim.text import shown

_LOOK_S: Final = 0.05
"""How often a waiting thread looks for threads that died; a release wakes it at once."""


@dataclass(frozen=True, slots=True)
class PoolStatistics:
    """How busy the pool is."""

    size: int
    """Most connections there can be."""
    open: int
    """Connections there are."""
    in_use: int
    """Connections that a thread holds just now."""
    created: int
    """Connections made since the start."""
    waits: int
    """How often a thread had to wait."""
    timeouts: int
    """How often it waited in vain."""
    lent: int = 0
    """How often a connection was given back: one query each, for whoever reads in one go."""
    lent_s: float = 0.0
    """How long connections were lent in all, s."""


class _Slot:
    """One connection and the thread that it belongs to."""

    __slots__ = ("connection", "depth", "owner", "since")

    def __init__(self, owner: threading.Thread) -> None:
        self.owner = weakref.ref(owner)
        self.connection: apsw.Connection | None = None
        self.depth = 1
        self.since = time.perf_counter()
        """When it was lent last, s."""

    def is_orphan(self) -> bool:
        owner = self.owner()
        return owner is None or not owner.is_alive()

    def is_free(self) -> bool:
        return self.depth == 0 or self.is_orphan()


class ReaderPool:
    """Thread-affine pool of reading connections to one ledger.

    A thread gets the connection that it had before; else that of a thread that died; else a new
    one while there are fewer than `size`; else it waits for one that no thread is using. The
    connections are `query_only` and never checkpoint: that is the writer's alone.

    Args:
        path: The ledger's file.
        size: Most connections, at least 1.
        timeout_s: Longest wait for a connection, in seconds.
        live: This process is writing the ledger, too. False for the ledger of another run, where
            no file may be left behind.
    """

    def __init__(
        self, path: Path, size: int = 4, timeout_s: float = 5.0, *, live: bool = True
    ) -> None:
        if size < 1:
            raise ValueError(f"size = {size}, expected at least 1")
        self.path = path
        self.size = size
        self.timeout_s = timeout_s
        self._live = live
        self._slots: list[_Slot] = []
        self._changed = threading.Condition()
        self._closed = False
        self._disk: Disk | None = None
        self._created = self._waits = self._timeouts = self._lent = 0
        self._lent_s = 0.0

    def go_live(self) -> None:
        """This process writes the ledger from now on: what was opened to read a past is closed."""
        self.let_go()
        self._live = True

    @contextmanager
    def reader(self) -> Iterator[apsw.Connection]:
        """Lends a connection to this thread; may be nested.

        SQLite's errors inside are raised as `LedgerError`, and a connection that was lost is
        replaced for the next reader.

        Raises:
            PoolTimeoutError: No connection became free in time.
            RunDirectoryError: There is no ledger.
            LedgerError: The pool is closed, or SQLite failed.
        """
        slot = self._acquire()
        try:
            with translated(self.path):
                yield self._connect(slot)
        except (DecsimError, OSError) as error:
            self._drop_if_broken(slot, lost=is_lost(error))
            raise
        finally:
            self._release(slot)

    def statistics(self) -> PoolStatistics:
        """How busy the pool is now."""
        with self._changed:
            return PoolStatistics(
                size=self.size,
                open=len(self._slots),
                in_use=sum(not slot.is_free() for slot in self._slots),
                created=self._created,
                waits=self._waits,
                timeouts=self._timeouts,
                lent=self._lent,
                lent_s=self._lent_s,
            )

    def use(self, disk: Disk | None) -> None:
        """Reach the file through another disk from now on; None is the real one."""
        self._disk = disk
        self.let_go()

    def let_go(self) -> int:
        """Closes the connections that no thread is using; returns how many. They come back."""
        with self._changed:
            idle = [slot for slot in self._slots if slot.is_free()]
            for slot in idle:
                self._discard(slot)
            return len(idle)

    def close(self) -> None:
        """Closes all connections; those in use when they are given back. May be called again."""
        with self._changed:
            self._closed = True
            idle = [slot for slot in self._slots if slot.is_free()]
            for slot in idle:
                self._discard(slot)
            self._changed.notify_all()

    def _acquire(self) -> _Slot:
        deadline = time.monotonic() + self.timeout_s
        waited = False
        with self._changed:
            while True:
                if self._closed:
                    raise LedgerError(f"{shown(self.path)}: the reader pool is closed")
                slot = self._take(threading.current_thread())
                if slot is not None:
                    return slot
                self._waits += not waited
                waited = True
                left = deadline - time.monotonic()
                if left <= 0:
                    self._timeouts += 1
                    raise PoolTimeoutError(
                        f"{shown(self.path)}: all {self.size} reader connections are in use"
                        f" and none became free within {self.timeout_s:g} s"
                    )
                self._changed.wait(min(left, _LOOK_S))

    def _take(self, thread: threading.Thread) -> _Slot | None:
        for slot in self._slots:
            if slot.owner() is thread:
                if slot.depth == 0:
                    slot.since = time.perf_counter()
                slot.depth += 1
                return slot
        orphan = next((slot for slot in self._slots if slot.is_orphan()), None)
        if orphan is None and len(self._slots) < self.size:
            self._slots.append(_Slot(thread))
            return self._slots[-1]
        # Oldest first: whoever got a slot last goes to the end.
        idle = orphan or next((slot for slot in self._slots if slot.is_free()), None)
        return None if idle is None else self._hand_over(idle, thread)

    def _hand_over(self, old: _Slot, thread: threading.Thread) -> _Slot:
        # A new slot: should the old owner still give back the old one, it harms nobody.
        new = _Slot(thread)
        new.connection, old.connection = old.connection, None
        self._slots.remove(old)
        self._slots.append(new)
        return new

    def _connect(self, slot: _Slot) -> apsw.Connection:
        if slot.connection is None:
            slot.connection = connect_checked(self.path, live=self._live, disk=self._disk)
            with self._changed:
                self._created += 1
        return slot.connection

    def _release(self, slot: _Slot) -> None:
        with self._changed:
            slot.depth -= 1
            if slot.depth == 0:
                self._lent += 1
                self._lent_s += time.perf_counter() - slot.since
            if slot.depth == 0 and (self._closed or slot.connection is None):
                self._discard(slot)
            self._changed.notify()

    def _discard(self, slot: _Slot) -> None:
        if slot in self._slots:
            self._slots.remove(slot)
        if slot.connection is not None:
            slot.connection.close(True)
            slot.connection = None

    def _drop_if_broken(self, slot: _Slot, *, lost: bool) -> None:
        connection = slot.connection
        if connection is None or slot.depth > 1:
            return
        if lost:
            slot.connection = None
            connection.close(True)
            return
        try:
            connection.execute("SELECT seq FROM tip").fetchall()
        except apsw.Error:
            slot.connection = None
            connection.close(True)
