"""All actions with the ids that `ui.keys` takes."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult

from sim.snapshot import Snapshot
from tui.forms.dialog import Dialog, Give
from tui.keys.action import Action
from tui.widgets.page import Page

_STOCK = ("field", "scroll")


class KeyIdsDialog(Dialog):
    """One line for each action."""

    HEADING = "Keys by the ids that ui.keys takes"
    KEYS = (("↑ ↓", "scroll"),)
    FILLS = True
    SCROLLS = True

    def __init__(self, snapshot: Snapshot, give: Give, *, actions: Sequence[Action]) -> None:
        super().__init__(snapshot, give)
        self._actions = actions

    def content(self) -> ComposeResult:
        """One text."""
        yield Page(self.lines())

    def lines(self) -> list[Text]:
        """Id, keys, what it does."""
        lines = [Text("As in: ui.keys: undo=ctrl+z backspace, pause=p", "dim"), Text()]
        for action in self._actions:
            if action.place not in _STOCK:
                name, keys = f"{action.id:<20} ", f"{action.shown:<16} "
                lines.append(Text.assemble((name, "bold"), keys, action.help))
        return lines
