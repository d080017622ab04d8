"""Steering commands of the whole run in sentences, and the attacks that they began and ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.commands import STEERING_KINDS, describe, from_payload
from sim.errors import CommandRejectedError
from tui.widgets.quantity import plain_value

if TYPE_CHECKING:
    from sim.archive.facts import Commanded

WIDEST = 20
"""Cells of a giver that are shown."""


@dataclass(frozen=True, slots=True)
class Commander:
    """A command as the ledger has it, in words."""

    seq: int
    step: int
    kind: str
    text: str
    applied: bool
    reason: str
    source: str
    """`live`, `scenario` or `replay`."""
    giver: str = ""
    """User and number of the viewer, as in `mira@2`, where that is known."""

    @property
    def author(self) -> str:
        """`you` for whoever steered it live, else where it comes from."""
        return "you" if self.source == "live" else self.source

    @property
    def who(self) -> str:
        """Who gave it, in a word."""
        return self.giver or self.author


@dataclass(slots=True)
class Interval:
    """Ground truth: an attack as it was injected."""

    attack: int
    kind: str
    first: int
    """First step with it."""
    end: int
    """First step without it."""


class Journal:
    """All commands, oldest first; knows what each undo was about."""

    def __init__(self) -> None:
        self.commands: list[Commander] = []
        self.widest = 0
        """Cells of the longest giver so far, as far as it is shown."""
        self.attacks: list[Interval] = []
        self._done: list[tuple[str, Interval | None]] = []
        self._undone: list[tuple[str, Interval | None]] = []

    def add(self, seq: int, step: int, row: Commanded) -> Commander:
        """Append a command."""
        text = self._follow(step, row) if row.applied else sentence(row)
        command = Commander(
            seq, step, row.kind, text, row.applied, row.reason, row.source, row.giver
        )
        self.commands.append(command)
        self.widest = max(self.widest, min(len(command.who), WIDEST))
        return command

    def _follow(self, step: int, row: Commanded) -> str:
        """The words of an applied command, and what it did to attacks."""
        if row.kind == "undo":
            title, interval = self._done.pop() if self._done else ("", None)
            self._undone.append((title, interval))
            if interval is not None:
                interval.end = min(interval.end, step)
            return f"undo: {title}" if title else "undo"
        if row.kind == "redo":
            title, interval = self._undone.pop() if self._undone else ("", None)
            self._done.append((title, interval))
            return f"redo: {title}" if title else "redo"
        interval = None
        if row.kind == "inject_attack":
            interval = self._begin(step, row)
        elif row.kind == "stop_attack":
            self._end(step, row.payload.get("attack"))
        text = sentence(row)
        self._done.append((text, interval))
        self._undone.clear()
        return text

    def _begin(self, step: int, row: Commanded) -> Interval | None:
        new = row.new if isinstance(row.new, Mapping) else {}
        number, until = new.get("attack"), new.get("until")
        if not (isinstance(number, int) and isinstance(until, int)):
            return None
        self.attacks.append(Interval(number, str(row.payload.get("kind", "")), step, until))
        return self.attacks[-1]

    def _end(self, step: int, number: Any) -> None:
        for interval in self.attacks:
            if interval.attack == number:
                interval.end = min(interval.end, step)


def sentence(row: Commanded) -> str:
    """A recorded command in a few words; what it replaced, where that is one value."""
    if row.kind == "set_parameter":
        key, value = row.payload.get("key", ""), row.payload.get("value", "")
        if row.old is None or isinstance(row.old, dict | list):
            return f"{key} → {plain_value(value)}"
        return f"{key} {plain_value(row.old)} → {plain_value(value)}"
    if row.kind not in STEERING_KINDS:
        return row.kind
    try:
        return describe(from_payload(row.kind, row.payload))
    except CommandRejectedError:
        return row.kind
