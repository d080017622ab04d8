"""Do several steps, then pause."""

from __future__ import annotations

from textual.app import ComposeResult

from sim.commands import Step
from tui.forms.bounds import bounds_of
from tui.forms.dialog import Dialog
from tui.forms.entry import Entry


class StepsDialog(Dialog):
    """How many steps."""

    HEADING = "Step"
    KEYS = (("enter", "go"),)
    DOCKED = True

    def content(self) -> ComposeResult:
        """One number."""
        bounds = bounds_of(Step, "steps")
        yield Entry(
            "Steps", "10", bounds.parse, expected=bounds.expected + ", then pause", id="steps"
        )

    def submit(self) -> None:
        """Go."""
        if self.entries_hold():
            self.give(Step(steps=int(self.entry("steps").parse())))
            self.dismiss()
