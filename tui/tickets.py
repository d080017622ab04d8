"""Orders that were given here and wait for their acknowledgement in the journal."""

from __future__ import annotations

from collections.abc import Sequence

from sim.commands import SetParameter
from sim.snapshot import JournalEntry
from sim.text import parse_json
from tui.widgets.line import printable


def settled(entry: JournalEntry) -> str:
    """What became of an order, as one line for a person."""
    command = entry.order.command
    subject = entry.text or entry.kind
    if isinstance(command, SetParameter):
        subject = command.key
        if entry.applied:
            subject += f" {_plain(entry.old)} → {_plain(entry.new)}"
    if entry.applied:
        return printable(f"{subject} at step {entry.step:,}")
    # Many reasons begin with the key.
    return printable(entry.reason if subject in entry.reason else f"{subject}: {entry.reason}")


class Tickets:
    """The tickets that wait, until the journal says what became of them."""

    def __init__(self) -> None:
        self._waiting: set[int] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def note(self, ticket: int) -> None:
        """Wait for the acknowledgement of a steering command."""
        self._waiting.add(ticket)

    def settle(self, journal: Sequence[JournalEntry]) -> list[JournalEntry]:
        """What the journal (latest first) acknowledges by now, oldest first."""
        if not self._waiting:
            return []
        found = [entry for entry in reversed(journal) if entry.ticket in self._waiting]
        self._waiting -= {entry.ticket for entry in found}
        return found


def _plain(recorded: str) -> str:
    """A value of the journal, which is JSON, as a person writes it."""
    try:
        value = parse_json(recorded)
    except ValueError:
        return recorded
    return value if isinstance(value, str) else recorded.removesuffix(".0")
