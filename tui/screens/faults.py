"""Break something on purpose, to see whether the others carry on."""

from __future__ import annotations

from typing import get_args

from textual.app import ComposeResult
from textual.widgets import Static

from sim.commands import FaultKind, InjectFault
from sim.snapshot import Snapshot
from tui.screens.bounds import bounds_of
from tui.screens.choice import Choice
from tui.screens.dialog import Dialog, Give
from tui.screens.fields import Entry, FormLine
from tui.screens.targets import TargetsForm
from tui.tickets import printable

KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
_MEANING: dict[FaultKind, str] = {
    "agent_crash": "the agents stop",
    "broadcast_failure": "they cannot publish",
    "refit_failure": "their models stay old",
    "cache_corruption": "their cache is inconsistent",
}


class FaultsDialog(Dialog):
    """Kind, duration and targets of a fault; below, the faults under way."""

    HEADING = "Break something"
    KEYS = (("enter", "break it"), ("tab", "next field"))

    def __init__(self, snapshot: Snapshot, give: Give, *, cursor: int = 0) -> None:
        super().__init__(snapshot, give)
        self._cursor = cursor

    def content(self) -> ComposeResult:
        """The form and what is broken now."""
        default = InjectFault(kind=KINDS[0])
        yield FormLine("Fault", Choice(KINDS, id="kind"), _MEANING[KINDS[0]])
        bounds = bounds_of(InjectFault, "duration")
        yield Entry(
            "Duration", f"{default.duration}", bounds.parse, id="duration", unit="steps",
            expected=bounds.expected,
        )  # fmt: skip
        yield TargetsForm(self.snapshot.grid, self._cursor, default.targets.fraction or 0.1)
        yield Static("Under way", classes="heading")
        yield Static("", id="faults", classes="quiet", markup=False)

    def redraw(self) -> None:
        """Keep the list up to date."""
        lines = [
            printable(f"{f.kind}  steps {f.since:,}–{f.until:,}  {f.text}", 70)
            for f in self.snapshot.faults[:5]
        ]
        text = "\n".join(lines) or "Nothing is broken on purpose."
        self.query_one("#faults", Static).update(text)

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Say what the chosen fault does."""
        event.stop()
        line = event.choice.parent
        if event.choice.id == "kind" and isinstance(line, FormLine):
            line.note(_MEANING[self._kind()])

    def _kind(self) -> FaultKind:
        return KINDS[self.query_one("#kind", Choice).index]

    def submit(self) -> None:
        """Break what the form says."""
        if not self.entries_hold():
            return
        duration = self.entry("duration").parse()
        targets = self.query_one(TargetsForm).targets()
        self.give(InjectFault(kind=self._kind(), targets=targets, duration=int(duration)))
        self.dismiss()
