"""Orders on their way into a run, and what became of them."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue

from sim.commands import Order, SetParameter, Steering, describe, from_payload, kind_of, to_payload
from sim.errors import CommandRejectedError
from sim.snapshot import Fate, JournalEntry, UndoStep
from sim.steering.journal import unrecorded

SHOWN = 100
"""Entries of the journal kept for the screen."""


class Inbox:
    """Any thread puts orders in; the engine's thread takes them out and acknowledges each.

    `waiting` and `journal` are the same objects as long as nothing in them changes.
    """

    def __init__(self) -> None:
        self._queue: SimpleQueue[Order] = SimpleQueue()
        self.waiting: tuple[Order, ...] = ()
        """The orders that wait for the next step."""
        self.journal: tuple[JournalEntry, ...] = ()
        """What became of the last orders, latest first."""
        self._lock = threading.Lock()
        self._end: tuple[int, str] | None = None
        """Step and reason for which everything is refused from now on."""

    def put(self, order: Order) -> None:
        """Queue an order from any thread.

        What comes after the end is refused at once, for the reason that was given then.
        """
        with self._lock:
            if self._end is None:
                self._queue.put(order)
            elif isinstance(order.command, Steering):
                self.acknowledge([order], self._end[0], "rejected", self._end[1])

    @property
    def closed(self) -> bool:
        """Whether nobody takes orders any more."""
        return self._end is not None

    @property
    def undo(self) -> UndoStep | None:
        """The order that waits and was given last: an undo takes it back first."""
        if not self.waiting:
            return None
        command = self.waiting[-1].command
        key = command.key if isinstance(command, SetParameter) else ""
        return UndoStep(describe(command), key, self.waiting[-1].ticket)

    def get(self, wait: float) -> Order | None:
        """The next order, or None if none comes within `wait` seconds."""
        with suppress(Empty):
            return self._queue.get(timeout=wait) if wait > 0 else self._queue.get_nowait()
        return None

    def hold(self, order: Order, step: int) -> None:
        """Let an order wait for the next step, unless it could not be read back by a replay."""
        try:
            from_payload(kind_of(order.command), to_payload(order.command))
        except CommandRejectedError as error:
            self.acknowledge([order], step, "rejected", str(error))
        else:
            self.waiting = (*self.waiting, order)

    def withdraw(self, ticket: int, step: int) -> None:
        """Forget an order that still waits; one that does not is left as it is."""
        found = [order for order in self.waiting if order.ticket == ticket]
        self.waiting = tuple(order for order in self.waiting if order.ticket != ticket)
        self.acknowledge(found, step, "withdrawn", "withdrawn before its step")

    def take(self) -> tuple[Order, ...]:
        """All that waits; it is the caller's now."""
        orders, self.waiting = self.waiting, ()
        return orders

    def give_back(self, orders: tuple[Order, ...]) -> None:
        """What could not be tried waits again, before anything that came later."""
        self.waiting = (*orders, *self.waiting)

    def note(self, entries: Iterable[JournalEntry]) -> None:
        """Show what became of orders, oldest first."""
        latest = tuple(entries)[::-1]
        if latest:
            self.journal = (*latest, *self.journal)[:SHOWN]

    def acknowledge(self, orders: Iterable[Order], step: int, fate: Fate, reason: str) -> None:
        """Say what became of orders that leave no trace in the ledger."""
        self.note(unrecorded(order, step, fate, reason) for order in orders)

    def refuse_the_rest(self, step: int, reason: str) -> None:
        """Acknowledge all that still waits when the run ends, and whatever comes later."""
        with self._lock:
            self._end = (step, reason)
        rest = list(self.take())
        while (order := self.get(0.0)) is not None:
            if isinstance(order.command, Steering):
                rest.append(order)
        self.acknowledge(rest, step, "rejected", reason)
