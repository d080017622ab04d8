"""The result of the experiment: what became of each kind of attack."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len

from sim.snapshot import AttackOutcome, Snapshot
from tui.actions import OVER
from tui.messages import GoToStep
from tui.panes.list_pane import ListPane
from tui.theme.ink import Ink
from tui.widgets.line import Line
from tui.widgets.line_list import Row
from tui.widgets.quantity import brief, counted, percent

_COLUMNS = (
    ("began", 7, "began"),
    ("reached", 7, "agents"),
    ("first_flag", 6, "flag"),
    ("first_signature", 6, "sign"),
    ("accepted", 8, "accept"),
    ("known_by_all", 9, "all know"),
    ("missed_flows", 8, "missed"),
    ("false_alarms", 8, "false +"),
)
"""Figure, cells, heading; steps count from the beginning of the attack."""
_SINCE = ("first_flag", "first_signature", "accepted", "known_by_all")
_KIND = 14
"""Fewest cells of the column of kinds."""
_FEWEST = 2
"""Columns beside the kind; where fewer fit, they stand below it."""


@dataclass(frozen=True, slots=True)
class _Figures:
    """What stands below its kind where the pane is narrow."""

    outcome: AttackOutcome
    kind: str = ""
    """More of its kind, in place of figures."""

    @property
    def began(self) -> int:
        """Step at which the attack began."""
        return self.outcome.began


def columns_within(room: int) -> list[tuple[str, int, str]]:
    """As many whole columns as fit: figure, cells, heading."""
    shown = []
    for column in _COLUMNS:
        if column[1] + 1 > room:
            break
        room -= column[1] + 1
        shown.append(column)
    return shown


def figure(name: str, value: int | None) -> str:
    """A figure of an attack's outcome as it is written in its column."""
    if value is None:
        return "–"
    if name in _SINCE:
        return f"+{value:,}"
    return f"s{value:,}" if name == "began" else brief(value)


class AttacksPane(ListPane):
    """One row for each kind; ground truth, which agents never see."""

    PANE = "attacks"
    NAME = "Attacks"
    KEY = "A"
    SHORT = "Attacks"

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Outcomes, and what is under way."""
        return snapshot.quality.attacks, snapshot.attacks, snapshot.state in OVER

    def rows(self) -> list[Row]:
        """One row for each kind that has begun."""
        below = self._below(self.content_size.width - 2)
        rows = []
        for outcome in self.snapshot.quality.attacks:
            text = f"{outcome.kind} s{outcome.began}"
            rest = self._parts(outcome)[1:] if below else []
            rows.append(Row(outcome.kind, outcome, text))
            rows += [Row((outcome.kind, part), _Figures(outcome, part), text) for part in rest]
            if below:
                rows.append(Row((outcome.kind, "figures"), _Figures(outcome), text))
        return rows

    @property
    def _kind(self) -> int:
        """Cells of the column of kinds."""
        found = self.snapshot.quality.attacks
        return max(_KIND, *(cell_len(self.safe(o.kind)) for o in found)) if found else _KIND

    def _below(self, width: int) -> bool:
        """Whether kinds leave too little room for their figures."""
        return len(columns_within(width - 3 - self._kind)) < _FEWEST

    def _parts(self, outcome: AttackOutcome) -> list[str]:
        """A kind in lines of a narrow pane."""
        return wrap(self.safe(outcome.kind), max(self.content_size.width - 5, 8)) or [""]

    def head(self, width: int) -> list[Line]:
        """Names of the columns."""
        if not self.snapshot.quality.attacks:
            return []
        dim = self.ink("ink-dim")
        line = Line().add("  " if self._below(width) else f"   {'attack':<{self._kind}}", dim)
        for _, size, name in columns_within(width - line.width):
            line.add(f" {name:>{size}}", dim)
        return [line]

    def line(self, row: Row, width: int, ink: Ink) -> Line:
        """Kind, then figures to the right."""
        below = self._below(width)
        if isinstance(row.item, _Figures) and row.item.kind:
            return Line().add(f"   {row.item.kind}", ink())
        if isinstance(row.item, _Figures):
            return self._figures(Line().add("  ", ink()), row.item.outcome, width, ink)
        outcome: AttackOutcome = row.item
        active = any(a.kind == outcome.kind for a in self.snapshot.attacks)
        line = Line().add(f"  {self.glyphs.attack if active else ' '}", ink("truth-attack"))
        kind = self._parts(outcome)[0] if below else self.safe(outcome.kind, self._kind)
        line.add(kind, ink("truth-attack" if active else "foreground"))
        return line if below else self._figures(line, outcome, width, ink)

    def _figures(self, line: Line, outcome: AttackOutcome, width: int, ink: Ink) -> Line:
        """As many columns as fit."""
        active = any(a.kind == outcome.kind for a in self.snapshot.attacks)
        for name, size, _ in columns_within(width - line.width):
            text = self.glyphs.plain(figure(name, getattr(outcome, name)))
            never = name == "accepted" and outcome.accepted is None and not active
            line.add(f" {text:>{size}}", ink("wrong" if never else "foreground"))
        return line

    def empty(self) -> tuple[str, ...]:
        """Before the first attack."""
        if self.over:
            return ("No attack has struck this run.",)
        return ("No attack yet: i injects one, a scenario brings its own.",)

    def summary(self) -> str:
        """How soon kinds get a signature."""
        found = self.snapshot.quality.protection
        if not found.kinds:
            return ""
        words = f"{found.protected} of {counted(found.kinds, 'kind')} accepted"
        after = "" if found.steps is None else f" after {counted(round(found.steps), 'step')}"
        if len(words + after) <= self.border_room:
            words += after
        contact = self.snapshot.quality.first_contact
        if not contact.flows:
            return f"{words} · + steps since it began"
        by_all, alone = (contact.recall(n) for n in (contact.collective, contact.by_signatures))
        return f"{words} · 1st contact {percent(by_all)}, signatures {percent(alone)}"

    def activate(self, row: Row) -> None:
        """Show the beginning on the timeline."""
        self.post_message(GoToStep(row.item.began))
