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
    author: str
    """`you` for what was given here, else who gave it, or where it comes from."""
    giver: str = ""
    """User and number of the viewer, as in `mira@2`, where that is known."""

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


@dataclass(slots=True)
class Deed:
    """An applied command that undo may take back."""

    text: str
    key: str = ""
    """The parameter that it set, if it set one."""
    attack: int | None = None
    """The attack that it began or ended, if it did."""
    began: bool = True
    """Whether it began that attack."""


class Journal:
    """All commands, oldest first; knows what each undo was about."""

    def __init__(self) -> None:
        self.commands: list[Commander] = []
        self.viewer = 0
        """Number of whoever reads this among all that watch the run; 0 is nobody else."""
        self.widest = 0
        """Cells of the longest giver so far, as far as it is shown."""
        self.attacks: list[Interval] = []
        self._injected: dict[int, Interval] = {}
        """Attack → when it would have been under way, had nobody ended it."""
        self._done: list[Deed] = []
        """What undo takes back, the next one last: what a scenario does is not among it."""
        self._undone: list[Deed] = []

    def add(self, seq: int, step: int, row: Commanded) -> Commander:
        """Append a command."""
        text = self._follow(step, row) if row.applied else sentence(row)
        command = Commander(
            seq, step, row.kind, text, row.applied, row.reason, row.source, self._author(row),
            row.giver,
        )  # fmt: skip
        self.commands.append(command)
        self.widest = max(self.widest, min(len(command.who), WIDEST))
        return command

    def _author(self, row: Commanded) -> str:
        if row.source != "live":
            return row.source
        mine = not (self.viewer and row.giver) or row.giver.endswith(f"@{self.viewer}")
        return "you" if mine else row.giver

    def _follow(self, step: int, row: Commanded) -> str:
        """The words of an applied command, and what it did to attacks."""
        if row.kind in ("undo", "redo"):
            return self._turn(step, row)
        deed = Deed(sentence(row))
        if row.kind == "set_parameter":
            deed.key = str(row.payload.get("key", ""))
        elif row.kind == "inject_attack":
            deed.attack = self._inject(step, row)
        elif row.kind == "stop_attack":
            deed.attack, deed.began = row.payload.get("attack"), False
            self._end(step, deed.attack)
        if row.source != "scenario":
            self._done.append(deed)
            self._undone.clear()
        return deed.text

    def _turn(self, step: int, row: Commanded) -> str:
        """Take the last one back, or do it again."""
        back = row.kind == "undo"
        source, target = (self._done, self._undone) if back else (self._undone, self._done)
        if not source:
            return row.kind
        deed = source.pop()
        target.append(deed)
        if deed.attack is not None and deed.began is back:
            self._end(step, deed.attack)
        elif deed.attack in self._injected:
            self._begin(step, deed.attack)
        plain = not isinstance(row.old, dict | list) and row.old is not None
        turned = f"{deed.key} {_change(row.old, row.new)}" if deed.key and plain else deed.text
        return f"{row.kind}: {turned}"

    def _inject(self, step: int, row: Commanded) -> int | None:
        """The attack that a command began."""
        new = row.new if isinstance(row.new, Mapping) else {}
        number, until = new.get("attack"), new.get("until")
        if not (isinstance(number, int) and isinstance(until, int)):
            return None
        self._injected[number] = Interval(number, str(row.payload.get("kind", "")), step, until)
        self._begin(step, number)
        return number

    def _begin(self, step: int, number: int) -> None:
        """It is under way, for as long as it was injected for."""
        injected = self._injected[number]
        if step < injected.end:
            self.attacks.append(Interval(number, injected.kind, step, injected.end))

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
        return f"{key} {_change(row.old, value)}"
    if row.kind not in STEERING_KINDS:
        return row.kind
    try:
        return describe(from_payload(row.kind, row.payload))
    except CommandRejectedError:
        return row.kind


def _change(old: Any, new: Any) -> str:
    return f"{plain_value(old)} → {plain_value(new)}"
