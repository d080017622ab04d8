"""The status line."""

from __future__ import annotations

from textual.reactive import reactive
from textual.strip import Strip

from tui.panes.pane import Pane
from tui.widgets.line import Line


class StatusPane(Pane, can_focus=False):
    """One line about the run."""

    PANE = "status"
    DEFAULT_CSS = """
    StatusPane { height: 1; border: none; }
    """
    frozen: reactive[bool] = reactive(False)

    def draw(self, width: int, height: int) -> list[Strip]:
        """One line."""
        ink = self.ink()
        return [Line().add(f"{self.snapshot.state} {self.snapshot.step}", ink).strip(width, ink)]
