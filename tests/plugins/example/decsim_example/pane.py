"""A pane: how the votes ended so far."""

from __future__ import annotations

from tui.panes.pane import Pane
from tui.theme.ink import Ink
from tui.widgets.line import Line


class VerdictsPane(Pane):
    """Three counts."""

    PANE = "verdicts"
    NAME = "Verdicts"
    SHORT = "Verd"

    def draw(self, ink: Ink) -> list[Line]:
        counts = self.snapshot.signatures
        return [
            Line().add(f"accepted {counts.accepted:,}"),
            Line().add(f"rejected {counts.rejected:,}"),
            Line().add(f"expired  {counts.expired:,}"),
        ]
