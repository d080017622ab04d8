"""The result of the experiment: what became of each kind of attack."""

from __future__ import annotations

from sim.snapshot import AttackOutcome, Snapshot
from tui.messages import GoToStep
from tui.panes.list_pane import ListPane
from tui.theme.ink import Ink
from tui.widgets.line import Line
from tui.widgets.line_list import Row
from tui.widgets.quantity import brief, counted, percent

_COLUMNS = (
    ("began", 7, "began"),
    ("reached", 8, "agents"),
    ("first_flag", 6, "flag"),
    ("first_signature", 6, "sign"),
    ("accepted", 8, "accept"),
    ("known_by_all", 8, "all know"),
    ("missed_flows", 8, "missed"),
    ("false_alarms", 8, "false +"),
)
"""Figure, cells, heading; steps count from the beginning of the attack."""
_SINCE = ("first_flag", "first_signature", "accepted", "known_by_all")
_KIND = 14


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
        return snapshot.quality.attacks, snapshot.attacks

    def rows(self) -> list[Row]:
        """One row for each kind that has begun."""
        return [
            Row(outcome.kind, outcome, f"{outcome.kind} s{outcome.began}")
            for outcome in self.snapshot.quality.attacks
        ]

    def head(self, width: int) -> list[Line]:
        """Names of the columns."""
        if not self.snapshot.quality.attacks:
            return []
        dim = self.ink("ink-dim")
        line = Line().add(f"   {'attack':<{_KIND}}", dim)
        for _, size, name in columns_within(width - 3 - _KIND):
            line.add(f" {name:>{size}}", dim)
        return [line]

    def line(self, row: Row, width: int, ink: Ink) -> Line:
        """Kind, then figures to the right."""
        outcome: AttackOutcome = row.item
        active = any(a.kind == outcome.kind for a in self.snapshot.attacks)
        line = Line().add(f"  {self.glyphs.attack if active else ' '}", ink("truth-attack"))
        line.add(self.safe(outcome.kind, _KIND), ink("truth-attack" if active else "foreground"))
        for name, size, _ in columns_within(width - 3 - _KIND):
            text = self.glyphs.plain(figure(name, getattr(outcome, name)))
            never = name == "accepted" and outcome.accepted is None and not active
            line.add(f" {text:>{size}}", ink("wrong" if never else "foreground"))
        return line

    def empty(self) -> tuple[str, ...]:
        """Before the first attack."""
        return ("No attack yet: i injects one, a scenario brings its own.",)

    def summary(self) -> str:
        """How soon kinds get a signature."""
        found = self.snapshot.quality.protection
        if not found.kinds:
            return ""
        words = f"{found.protected} of {counted(found.kinds, 'kind')} accepted"
        if found.steps is not None:
            words += f" after {counted(round(found.steps), 'step')}"
        contact = self.snapshot.quality.first_contact
        if not contact.flows:
            return f"{words} · + steps since it began"
        by_all, alone = (contact.recall(n) for n in (contact.collective, contact.by_signatures))
        return f"{words} · 1st contact {percent(by_all)}, signatures {percent(alone)}"

    def activate(self, row: Row) -> None:
        """Show the beginning on the timeline."""
        self.post_message(GoToStep(row.item.began))
