"""What was steered, brought back from the journal: it is a pure function of it and the start."""

from __future__ import annotations

from collections.abc import Iterable

from sim.errors import CheckpointError, VerificationError
from sim.ledger.rows import CommandRow
from sim.snapshot import JournalEntry
from sim.steering.change import as_json
from sim.steering.journal import entry_for, order_of
from sim.steering.state import SteeringState


def steer_again(
    steered: SteeringState, journal: Iterable[tuple[int, CommandRow]], step: int
) -> list[JournalEntry]:
    """Give newborn steering the commands of the steps up to and with `step`.

    Args:
        steered: as it was before the first step.
        journal: seq and row of all commands, in order.
        step: the last step that is recomputed.

    Returns:
        The journal of these steps.

    Raises:
        CheckpointError: a command did not do again what is recorded of it.
    """
    now, entries = 0, []
    for seq, row in journal:
        if row.step > step:
            break
        if row.step > now:
            now = row.step
            steered.begin(now)
        entries.append(_again(steered, seq, row))
    if now < step:
        steered.begin(step)
    return entries


def _again(steered: SteeringState, seq: int, row: CommandRow) -> JournalEntry:
    """Apply a recorded command again, and see that it does what it did."""
    try:
        order = order_of(seq, row)
    except VerificationError as error:
        raise CheckpointError(f"is of a journal that cannot be read: {error}") from None
    change = steered.outcome(order, row.step)
    old, new, status, title = "null", "null", "rejected", ""
    if not isinstance(change, str):
        old, new, status, title = as_json(change.old), as_json(change.new), "applied", change.title
    if (status, old, new) != (row.status, row.old, row.new):
        raise CheckpointError(f"ledger row {seq}: the command now has another outcome")
    return entry_for(seq, row, order, title)
