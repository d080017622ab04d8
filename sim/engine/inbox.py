"""Commands on their way into a run, each under its ticket, and what became of them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue

from sim.commands import (
    Command,
    Control,
    Steering,
    describe,
    from_payload,
    kind_of,
    to_payload,
)
from sim.errors import CommandRejectedError
from sim.ledger.rows import CommandRow
from sim.snapshot import JournalEntry
from sim.steering.journal import entry_for, refused

SHOWN = 100
"""Entries of the journal kept for the screen."""
Given = list[tuple[int, Steering]]
"""Tickets and steering commands, in the order in which they were given."""


class Inbox:
    """Any thread puts commands in; the engine's thread takes them out and acknowledges each."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[tuple[int, Command]] = SimpleQueue()
        self._waiting: Given = []
        self._journal: deque[JournalEntry] = deque(maxlen=SHOWN)
        self._tickets = 0
        self._lock = threading.Lock()
        self._end: tuple[int, str] | None = None
        """Step and reason for which everything is refused from now on."""

    def put(self, command: Command) -> int:
        """Queue a command from any thread; returns its ticket.

        What comes after the end is refused at once, for the reason that was given then.
        """
        with self._lock:
            self._tickets += 1
            ticket = self._tickets
            if self._end is None:
                self._queue.put((ticket, command))
            elif not isinstance(command, Control):
                self.refuse([(ticket, command)], *self._end)
        return ticket

    @property
    def closed(self) -> bool:
        """Whether nobody takes commands any more."""
        return self._end is not None

    def get(self, wait: float) -> tuple[int, Command] | None:
        """The next command, or None if none comes within `wait` seconds."""
        with suppress(Empty):
            return self._queue.get(timeout=wait) if wait > 0 else self._queue.get_nowait()
        return None

    @property
    def waiting(self) -> tuple[tuple[int, str], ...]:
        """Ticket and text of the commands that wait for the next step."""
        return tuple((ticket, describe(command)) for ticket, command in self._waiting)

    @property
    def journal(self) -> tuple[JournalEntry, ...]:
        """What became of the last commands, latest first."""
        return tuple(self._journal)

    def hold(self, ticket: int, command: Steering, step: int) -> None:
        """Let a command wait for the next step, unless it could not be read back by a replay."""
        try:
            from_payload(kind_of(command), to_payload(command))
        except CommandRejectedError as error:
            self.refuse([(ticket, command)], step, str(error))
        else:
            self._waiting.append((ticket, command))

    def take(self) -> Given:
        """All that waits; it is the caller's now."""
        given, self._waiting = self._waiting, []
        return given

    def give_back(self, given: Given) -> None:
        """What could not be tried waits again, before anything that came later."""
        self._waiting = [*given, *self._waiting]

    def recall(self, rows: Iterable[tuple[int, CommandRow]]) -> None:
        """Put what was recorded before into the journal."""
        for seq, row in rows:
            self._journal.appendleft(entry_for(seq, row, "", 0))

    def note(self, given: Given, journaled: Iterable[tuple[int, CommandRow, str]]) -> None:
        """Acknowledge what a step applied or rejected; the last rows are `given`, in order."""
        rows = list(journaled)
        # The timeline comes first, and may repeat what somebody gave live in another run.
        tickets = [0] * (len(rows) - len(given)) + [ticket for ticket, _ in given]
        for (seq, row, title), ticket in zip(rows, tickets, strict=False):
            self._journal.appendleft(entry_for(seq, row, title, ticket))

    def refuse(self, given: Given, step: int, reason: str) -> None:
        """Acknowledge commands that will never be applied."""
        for ticket, command in given:
            self._journal.appendleft(refused(command, ticket, step, reason))

    def refuse_the_rest(self, step: int, reason: str) -> None:
        """Acknowledge all that still waits when the run ends, and whatever comes later."""
        with self._lock:
            self._end = (step, reason)
        given = self.take()
        while (item := self.get(0.0)) is not None:
            ticket, command = item
            if not isinstance(command, Control):
                given.append((ticket, command))
        self.refuse(given, step, reason)
