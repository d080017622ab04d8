"""Break something on purpose, to see whether the others carry on."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Static

from sim.commands import FAULTS, FaultKind, InjectFault
from tui.forms.aimed import AimedDialog
from tui.forms.bounds import bounds_of
from tui.forms.choice import Choice
from tui.forms.entry import Entry
from tui.forms.targets import TargetsForm
from tui.widgets.line import printable

KINDS = tuple(FAULTS)
SHARE = 0.1
"""Share of the agents that is suggested."""


class FaultsDialog(AimedDialog):
    """Kind, duration and targets of a fault; below, the faults under way."""

    HEADING = "Break something"
    KEYS = (("enter", "break it"), ("tab", "next"))
    APPLY = "Break it"

    def content(self) -> ComposeResult:
        """The form and what is broken now."""
        default = InjectFault(kind=KINDS[0])
        yield Choice("Fault", KINDS, note=FAULTS[KINDS[0]].meaning, id="kind")
        bounds = bounds_of(InjectFault, "duration")
        yield Entry(
            "Duration", f"{default.duration}", bounds.parse, id="duration", unit="steps",
            expected=bounds.expected,
        )  # fmt: skip
        yield self.aim(SHARE)
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
        """Say what the chosen fault does, and ask only for what it needs."""
        event.stop()
        if event.choice.id == "kind":
            kind = self._kind()
            traits = FAULTS[kind]
            event.choice.note(traits.meaning)
            self.query_one(TargetsForm).display = traits.strikes_agents
            self.entry("duration").display = traits.lasts != "once"

    def _kind(self) -> FaultKind:
        return KINDS[self.query_one("#kind", Choice).index]

    def submit(self) -> None:
        """Break what the form says."""
        kind = self._kind()
        if not FAULTS[kind].strikes_agents:
            command = self._of_environment(kind)
        elif self.entries_hold():
            duration = int(self.entry("duration").parse())
            command = InjectFault(kind, self.query_one(TargetsForm).targets(), duration)
        else:
            command = None
        if command is not None:
            self.give(command)
            self.dismiss()

    def _of_environment(self, kind: FaultKind) -> InjectFault | None:
        """A fault that strikes no agents; None if its duration is unusable."""
        if FAULTS[kind].lasts == "once":
            return InjectFault(kind, duration=1)
        entry = self.entry("duration")
        if entry.check():
            return InjectFault(kind, duration=int(entry.parse()))
        entry.focus()
        return None
