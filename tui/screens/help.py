"""All keys from the table of actions, and the words that the app uses."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from sim.snapshot import Snapshot
from tui.actions import EVERYTHING, listed
from tui.forms.dialog import Dialog, Give
from tui.keys.action import Action

WORDS = (
    ("flow", "one row of traffic: named numeric features"),
    ("batch", "the flows that one agent observes in one step"),
    ("window", "the last flows of an agent that its model is trained on"),
    ("signature", "what an agent publishes about a group of similar anomalous flows"),
    ("sighting", "an agent's own recent evidence that matches a signature"),
    ("vote", "CONFIRM, REFUTE or ABSTAIN, with the voter's reason"),
    ("verdict", "ACCEPTED, REJECTED or EXPIRED; final once given"),
    ("ledger", "the append-only, hash-chained record of everything"),
    ("journal", "your steering actions as the ledger records them, with their step"),
    ("ground truth", "what was really attacked; always on screen, never seen by agents"),
    ("replay", "the run again from configuration, seed and journal, bit for bit"),
)
MOUSE = (("mouse", "Click panes, rows, keys in the footer; the wheel scrolls."),)


class HelpDialog(Dialog):
    """Grouped and scrollable."""

    HEADING = "Help"
    KEYS = (("↑ ↓", "scroll"),)
    FILLS = True
    SCROLLS = True

    def __init__(
        self,
        snapshot: Snapshot,
        give: Give,
        *,
        actions: Sequence[Action] = EVERYTHING,
        ids: bool = False,
    ) -> None:
        super().__init__(snapshot, give)
        self._ids = ids
        self._actions = actions

    def content(self) -> ComposeResult:
        """One text."""
        yield Static(self.text(), id="help")

    def text(self) -> Text:
        """The keys by group, then the words."""
        text = Text()
        if self._ids:
            return self._by_id()
        for group, rows in [*listed(self._actions), ("With the mouse", list(MOUSE))]:
            self._section(text, group, rows, 13)
        self._section(text, "Words", list(WORDS), 13)
        text.rstrip()
        return text

    def _by_id(self) -> Text:
        """Ids as `ui.keys` takes them, with their keys."""
        text = Text("ui.keys takes these, as in undo=ctrl+z backspace, pause=p\n\n", "dim")
        for action in self._actions:
            if action.place not in ("field", "scroll"):
                text.append(f"  {action.id:<22} ", "bold")
                text.append(f"{action.shown:<18} {action.help}\n")
        text.rstrip()
        return text

    def _section(self, text: Text, title: str, rows: list[tuple[str, str]], width: int) -> None:
        if text:
            text.append("\n")
        text.append(f"{title}\n", self.ink("primary", bold=True))
        for left, right in rows:
            text.append(f"  {left:<{width}} ", "bold")
            text.append(f"{right}\n")
