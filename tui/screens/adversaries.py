"""Turn agents malicious, or honest again."""

from __future__ import annotations

import numpy as np
from textual.app import ComposeResult
from textual.widgets import Static

from sim.commands import Behaviour, SetAdversaries
from sim.errors import PluginError
from sim.plugins.catalogue import BEHAVIOURS
from tui.forms.aimed import AimedDialog
from tui.forms.choice import Choice
from tui.forms.targets import TargetsForm


def _meaning(name: str) -> str:
    """What agents do that behave like this, in a few words."""
    from sim.steering.behaviours import behaviour_named

    try:
        return behaviour_named(name).meaning
    except PluginError:
        return "cannot be used here"


class AdversariesDialog(AimedDialog):
    """Behaviour and targets."""

    HEADING = "Adversaries"
    KEYS = (("enter", "apply"), ("tab", "next"))
    APPLY = "Apply"

    def content(self) -> ComposeResult:
        """The form and how many misbehave now."""
        first: Behaviour = "flip_votes"
        yield Choice("Behaviour", BEHAVIOURS.names, first, note=_meaning(first), id="kind")
        share = SetAdversaries(behaviour=first).targets.fraction or 0.2
        yield self.aim(share)
        yield Static("Now", classes="heading")
        yield Static("", id="now", classes="quiet", markup=False)

    def redraw(self) -> None:
        """Keep the count up to date."""
        grid = self.snapshot.grid
        bad, total = int(np.count_nonzero(grid.adversary)), len(grid.states)
        self.query_one("#now", Static).update(
            f"{bad:,} of {total:,} agents misbehave (ground truth)."
        )

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Say what the chosen behaviour is."""
        event.stop()
        if event.choice.id == "kind":
            event.choice.note(_meaning(self._behaviour()))

    def _behaviour(self) -> Behaviour:
        return self.query_one("#kind", Choice).value

    def submit(self) -> None:
        """Apply what the form says."""
        if not self.entries_hold():
            return
        targets = self.query_one(TargetsForm).targets()
        self.give(SetAdversaries(behaviour=self._behaviour(), targets=targets))
        self.dismiss()
