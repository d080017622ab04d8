"""Reads the record of the run in a thread of its own, so that the screen never waits for a disk."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tui.record.search import Search

if TYPE_CHECKING:
    from sim.archive.facts import Fact
    from sim.snapshot import LedgerEntry

PAGE = 200
"""Rows of the ledger that are read at once for a list."""
CHUNK = 1000
"""Rows that are followed or searched at once."""
_RETRY_SECONDS = 1.0
_PATIENCE = 0.3
"""Longest wait for a chunk that is being read, s."""


class Record(Protocol):
    """What `sim.archive.record.RunRecord` offers."""

    @property
    def moved(self) -> bool:
        """Whether another file has taken its place."""

    def facts(self, first: int, count: int) -> tuple[Fact, ...]:
        """Rows from `first` on, oldest first."""

    def entries(self, first: int, last: int) -> tuple[LedgerEntry, ...]:
        """Rows from `first` to `last` in words, oldest first."""

    def close(self) -> None:
        """Give back what it holds."""


def open_record(run_dir: Path) -> Record:
    """The record of a run; imported late, as the first picture does without it."""
    from sim.archive.record import RunRecord

    return RunRecord(run_dir)


class Follower:
    """Follows one record, reads pages of it and searches it.

    Everything that it finds is taken by the screen's thread when that has time.

    Args:
        opener: opens the record of a run directory.
    """

    def __init__(self, opener: Callable[[Path], Record] = open_record) -> None:
        self._opener = opener
        self._changed = threading.Condition()
        self._run_dir: Path | None = None
        self._length = 0
        """Rows that the run says it has."""
        self._next = 0
        """First row that has not been followed yet."""
        self._found: deque[Fact] = deque()
        self._wanted: deque[int] = deque()
        """Pages that somebody wants to see, the latest wish first."""
        self._pages: dict[int, tuple[LedgerEntry, ...]] = {}
        self._search: Search | None = None
        self._record: Record | None = None
        self._ended = False
        self._thread: threading.Thread | None = None
        self.trouble = ""
        """Why the record cannot be read now, or empty."""

    # -- from the screen -----------------------------------------------------------------------

    @property
    def length(self) -> int:
        """Rows that the run says it has."""
        return self._length

    def hear(self, run_dir: str, length: int) -> None:
        """The run says where it is kept and how long its ledger is."""
        if not run_dir or length == self._length:
            return
        with self._changed:
            self._run_dir, self._length = Path(run_dir), length
            if self._thread is None and not self._ended:
                self._thread = threading.Thread(target=self._live, name="record", daemon=True)
                self._thread.start()
            self._changed.notify()

    def take(self, limit: int) -> list[Fact]:
        """The next rows in order, at most `limit`."""
        found: list[Fact] = []
        while self._found and len(found) < limit:
            found.append(self._found.popleft())
        return found

    def want(self, page: int) -> None:
        """Somebody looks at a page of the ledger."""
        with self._changed:
            if page not in self._wanted:
                self._wanted.appendleft(page)
                self._changed.notify()

    def pages(self) -> dict[int, tuple[LedgerEntry, ...]]:
        """The pages that came since this was asked last."""
        with self._changed:
            pages, self._pages = self._pages, {}
        return pages

    def look_for(self, search: Search | None) -> None:
        """Search the whole record, from the newest row down, in place of any search before."""
        with self._changed:
            self._search = search
            self._changed.notify()

    def close(self) -> None:
        """End the thread soon."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def let_go(self) -> None:
        """End the thread, and wait until the record is closed; not for ever."""
        self.close()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    # -- in the thread -------------------------------------------------------------------------

    def _live(self) -> None:
        while (job := self._job()) is not None:
            try:
                job()
                self.trouble = ""
            except (OSError, ValueError, RuntimeError) as error:
                self._give_up(error)
            except Exception as error:
                if not _is_ours(error):
                    raise
                self._give_up(error)
        self._drop()

    def _job(self) -> Callable[[], None] | None:
        """What is next: a page that somebody waits for, new rows, the search."""
        with self._changed:
            while True:
                if self._ended:
                    return None
                if self._run_dir is not None and self._wanted:
                    return self._read_page
                if self._next < self._length and len(self._found) < 20 * CHUNK:
                    return self._follow
                if self._search is not None and not self._search.idle(self._next):
                    return self._look
                self._changed.wait(_RETRY_SECONDS if self._next < self._length else None)

    def _opened(self) -> Record:
        if self._record is not None and self._record.moved:
            self._drop()
        if self._record is None:
            assert self._run_dir is not None
            self._record = self._opener(self._run_dir)
        return self._record

    def _drop(self) -> None:
        if self._record is not None:
            self._record.close()
            self._record = None

    def _give_up(self, error: Exception) -> None:
        """Say so, and try again in a while."""
        self.trouble = str(error)
        self._drop()
        with self._changed:
            if not self._ended:
                self._changed.wait(_RETRY_SECONDS)

    def _read_page(self) -> None:
        page = self._wanted[0]
        entries = self._opened().entries(page * PAGE, page * PAGE + PAGE - 1)
        with self._changed:
            self._pages[page] = entries
            if page in self._wanted:
                self._wanted.remove(page)

    def _follow(self) -> None:
        facts = self._opened().facts(self._next, CHUNK)
        if not facts:
            with self._changed:
                self._changed.wait(0.05)  # said to be there, and not committed yet
            return
        self._found.extend(facts)
        self._next = facts[-1].seq + 1

    def _look(self) -> None:
        search = self._search
        if search is not None:
            first, last = search.due(self._next, CHUNK)
            search.add(first, last, self._opened().entries(first, last))


def _is_ours(error: Exception) -> bool:
    from sim.errors import DecsimError

    return isinstance(error, DecsimError)
