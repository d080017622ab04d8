"""Commands on their way from the ledger to people, and back into a replay."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sim.commands import Steering, describe, from_payload, kind_of
from sim.errors import CommandRejectedError, VerificationError
from sim.ledger.reader import LedgerReader
from sim.ledger.rows import CommandRow
from sim.snapshot import JournalEntry


def entry_for(seq: int, row: CommandRow, title: str, ticket: int) -> JournalEntry:
    """A journaled command as the screen shows it."""
    return JournalEntry(
        seq=seq,
        step=row.step,
        kind=row.kind,
        text=title or f"{row.kind} {row.payload}",
        old=row.old,
        new=row.new,
        applied=row.status == "applied",
        reason=row.reason,
        source=row.source,
        ticket=ticket,
    )


def refused(command: Steering, ticket: int, step: int, reason: str) -> JournalEntry:
    """A command that never reached a step."""
    return JournalEntry(
        seq=-1,
        step=step,
        kind=kind_of(command),
        text=describe(command),
        old="null",
        new="null",
        applied=False,
        reason=reason,
        source="live",
        ticket=ticket,
    )


def recorded_commands(reader: LedgerReader) -> dict[int, list[tuple[Steering, str]]]:
    """Step → (command, source) in the order of the journal, rejected ones included.

    Raises:
        VerificationError: a row of the journal is no command.
    """
    return commands_by_step(reader.commands())


def commands_by_step(
    rows: Iterable[tuple[int, CommandRow]],
) -> dict[int, list[tuple[Steering, str]]]:
    """The same from rows that were read before."""
    journal: dict[int, list[tuple[Steering, str]]] = {}
    for seq, row in rows:
        try:
            command = from_payload(row.kind, json.loads(row.payload))
        except (CommandRejectedError, ValueError) as error:
            raise VerificationError(f"ledger row {seq}: no command ({error})") from None
        journal.setdefault(row.step, []).append((command, row.source))
    return journal
