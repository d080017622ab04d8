"""Inject an attack, or stop one that is under way."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from sim.commands import InjectAttack, StopAttack
from sim.snapshot import AttackView, Snapshot
from sim.text import quantity
from tui.forms.aimed import AimedDialog
from tui.forms.bounds import bounds_of
from tui.forms.choice import Choice
from tui.forms.dialog import Give
from tui.forms.entry import Entry
from tui.forms.rows import Rows
from tui.forms.targets import TargetsForm
from tui.keys.inside import bindings_of
from tui.widgets.line import printable


class InjectDialog(AimedDialog):
    """Kind, intensity, duration and targets; below, the attacks under way."""

    HEADING = "Inject an attack"
    KEYS = (("enter", "inject"), ("tab", "next"))
    APPLY = "Inject"
    DEFAULT_CSS = "InjectDialog #attacks { max-height: 6; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("inject")

    def __init__(
        self,
        snapshot: Snapshot,
        give: Give,
        *,
        cursor: int = 0,
        kind: str = "",
        chosen: tuple[int, ...] = (),
    ) -> None:
        super().__init__(snapshot, give, cursor=cursor, chosen=chosen)
        self._kind = kind

    def content(self) -> ComposeResult:
        """The form and the list."""
        default = InjectAttack(kind="")
        yield Choice("Kind", self.snapshot.attack_kinds, self._kind, id="kind")
        intensity = bounds_of(InjectAttack, "intensity")
        yield Entry(
            "Intensity", f"{default.intensity:g}", intensity.parse, id="intensity",
            expected=f"{intensity.expected}, share of their flows",
        )  # fmt: skip
        duration = bounds_of(InjectAttack, "duration")
        yield Entry(
            "Duration", f"{default.duration}", duration.parse, id="duration", unit="steps",
            expected=duration.expected,
        )  # fmt: skip
        yield self.aim(default.targets.fraction or 0.25)
        yield Static(_under_way(), classes="heading")
        yield Rows("No attack is under way.", id="attacks")

    def redraw(self) -> None:
        """Keep the list up to date."""
        rows = [(str(attack.id), attack_row(attack)) for attack in self.snapshot.attacks]
        attacks = self.query_one("#attacks", Rows)
        attacks.show(rows)
        attacks.can_focus = bool(rows)

    def submit(self) -> None:
        """Inject what the form says."""
        if not self.entries_hold():
            return
        self.give(
            InjectAttack(
                kind=self.query_one("#kind", Choice).value,
                intensity=float(self.entry("intensity").parse()),
                duration=int(self.entry("duration").parse()),
                targets=self.query_one(TargetsForm).targets(),
            )
        )
        self.dismiss()

    def action_stop(self) -> None:
        """Stop the attack under the list's cursor."""
        attacks = self.query_one("#attacks", Rows)
        marked = attacks.key
        if marked and attacks.has_focus:
            self.give(StopAttack(attack=int(marked)))
            self.say(f"Attack #{marked} ends before the next step.", calm=True)


def _under_way() -> Text:
    return Text("Under way").append("   x stops the marked one", "not bold dim")


def attack_row(attack: AttackView) -> Text:
    """An attack under way in a line of 36 cells."""
    text = Text(f"#{attack.id} ", no_wrap=True)
    text.append(printable(attack.kind, 14), "bold")
    return text.append(f" to s{attack.until} on {quantity(attack.reached, 'agent')}", "dim")
