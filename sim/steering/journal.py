"""Orders on their way from the ledger to people, and back into a replay."""

from __future__ import annotations

from collections.abc import Iterable

from sim.commands import Order, describe, from_payload, kind_of, to_payload
from sim.errors import CommandRejectedError, VerificationError
from sim.ledger.reader import LedgerReader
from sim.ledger.rows import CommandRow
from sim.snapshot import Fate, JournalEntry
from sim.steering.change import Change, as_json
from sim.text import parse_json

OrdersByStep = dict[int, list[Order]]


def row_of(order: Order, step: int, outcome: Change | str) -> CommandRow:
    """The row of an order.

    Args:
        order: what was given.
        step: before which it was applied or rejected.
        outcome: what it changed, or why it was rejected.
    """
    change = outcome if isinstance(outcome, Change) else None
    return CommandRow(
        step=step,
        kind=kind_of(order.command),
        payload=as_json(to_payload(order.command)),
        old=as_json(change.old if change else None),
        new=as_json(change.new if change else None),
        source=order.source,
        status="applied" if change else "rejected",
        reason="" if isinstance(outcome, Change) else outcome,
    )


def entry_for(seq: int, row: CommandRow, order: Order, title: str) -> JournalEntry:
    """A journaled order as the screen shows it.

    Args:
        seq: place of the row in the ledger.
        row: what is recorded.
        order: what was given.
        title: what it changed, in words; empty if it was rejected.
    """
    text = title or _words(order)
    return JournalEntry(seq, row.step, order, text, row.old, row.new, row.status, row.reason)


def unrecorded(order: Order, step: int, fate: Fate, reason: str) -> JournalEntry:
    """An order that left no trace in the ledger."""
    return JournalEntry(-1, step, order, _words(order), "null", "null", fate, reason)


def order_of(seq: int, row: CommandRow, giver: str = "") -> Order:
    """The order that a row records, given by whom.

    Raises:
        VerificationError: it records none.
    """
    try:
        return Order(from_payload(row.kind, parse_json(row.payload)), row.source, giver=giver)
    except (CommandRejectedError, ValueError) as error:
        raise VerificationError(f"ledger row {seq}: no command ({error})") from None


def recorded_orders(reader: LedgerReader) -> OrdersByStep:
    """Step → orders as they are recorded, rejected ones included.

    Raises:
        VerificationError: a row of the journal is no command.
    """
    givers = reader.givers()
    found = reader.commands()
    return by_step((row.step, order_of(seq, row, givers.get(seq, ""))) for seq, row in found)


def by_step(orders: Iterable[tuple[int, Order]]) -> OrdersByStep:
    """Orders with their steps, by step; the order among them is kept."""
    journal: OrdersByStep = {}
    for step, order in orders:
        journal.setdefault(step, []).append(order)
    return journal


def _words(order: Order) -> str:
    return describe(order.command)
