"""Commands that were given here and wait for their acknowledgement in the journal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sim.commands import Command, SetParameter
from sim.snapshot import JournalEntry, Value
from tui.widgets.line import printable


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a command."""

    command: Command
    entry: JournalEntry

    @property
    def text(self) -> str:
        """One line for a person."""
        entry, command = self.entry, self.command
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
    """Ticket → command, until the journal says what became of it."""

    def __init__(self) -> None:
        self._waiting: dict[int, Command] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def note(self, ticket: int, command: Command) -> None:
        """Wait for the acknowledgement of a steering command."""
        self._waiting[ticket] = command

    def settle(self, journal: Sequence[JournalEntry]) -> list[Settled]:
        """Take out the commands that the journal (latest first) acknowledges, oldest first."""
        if not self._waiting:
            return []
        found = [entry for entry in reversed(journal) if entry.ticket in self._waiting]
        return [Settled(self._waiting.pop(entry.ticket), entry) for entry in found]

    def asked(self, key: str) -> Value | None:
        """The value that a parameter was last given and has not acknowledged yet, or None."""
        for command in reversed(self._waiting.values()):
            if isinstance(command, SetParameter) and command.key == key:
                return command.value
        return None


def _plain(recorded: str) -> str:
    """A value of the journal, which is JSON, as a person writes it."""
    try:
        value = json.loads(recorded)
    except ValueError:
        return recorded
    return value if isinstance(value, str) else recorded.removesuffix(".0")
