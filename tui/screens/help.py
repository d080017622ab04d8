"""What happens in a step, all keys from the table of actions, and the words that the app uses."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult

from sim.snapshot import Snapshot
from tui.actions import EVERYTHING, listed
from tui.forms.dialog import Dialog, Give
from tui.keys.action import Action
from tui.panes.pane import Pane
from tui.theme.glyphs import UNICODE, Glyphs
from tui.widgets.page import Page

WORDS = (
    ("flow", "one row of traffic: named numeric features"),
    ("batch", "the flows that one agent observes in one step"),
    ("window", "the last flows of an agent that its model is trained on"),
    ("signature", "what an agent publishes about a group of similar anomalous flows"),
    ("confidence", "how anomalous a signature's flows are to its publisher: their mean score"),
    ("sighting", "an agent's own recent evidence that matches a signature"),
    ("vote", "CONFIRM, REFUTE or ABSTAIN, with the voter's reason"),
    ("verdict", "ACCEPTED, REJECTED or EXPIRED; final once given"),
    ("ledger", "the append-only, hash-chained record of everything"),
    ("journal", "your steering actions as the ledger records them, with their step"),
    (
        "ground truth",
        "what was really attacked; never seen by agents. Its mark is quiet where the"
        " agent is in alert, and loud where it takes the attack for normal",
    ),
    ("replay", "the run again from configuration, seed and journal, bit for bit"),
)
SHELL = (
    ("runs", "List the runs that were kept, newest first."),
    ("resume", "Go on with the last run, or with the one that is named."),
    ("attach", "Watch and steer a run that is alive."),
    ("replay", "Compute a run again and compare every step."),
    ("report", "Write a page about a run."),
)
MOUSE = (("mouse", "Click panes, rows, keys in the footer; the wheel scrolls."),)

FILTERS = (
    ("word", "Rows that contain it, or match it as a regular expression."),
    ("word word", "Rows with both."),
    ("!word", "Rows without it."),
    ("kind:poison", "Rows of a kind; likewise verdict:accepted and author:9."),
    ("step:30-40", "Rows of these steps; step:30 is one, step:30- all from there on."),
)


_LOOP = (
    ("observe", "each agent sees a batch of its own traffic", ("attacked",), "truth-attack"),
    ("detect", "its own model finds some of it strange: an alert", ("alert",), "agent-alert"),
    ("sign", "strange flows that are alike become a signature", ("signature",),
     "steering"),
    ("vote", "others confirm or refute it by what they saw themselves", ("confirm", "refute"),
     "foreground"),
    ("verdict", "accepted, rejected or expired; red where that was wrong",
     ("accepted", "rejected", "expired"), "foreground"),
    ("learn", "all know what was accepted, and models are fitted anew", ("normal",),
     "agent-normal"),
)  # fmt: skip
"""Phase of a step, what happens in it, the symbols that show it on the screen, and their ink."""


_LEFT = 15
"""Cells of a key or a word before what is said about it."""
_INDENT = _LEFT + 3


class HelpDialog(Dialog):
    """The loop, the keys of the pane in use, all keys, the words."""

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
        pane: Pane | None = None,
        glyphs: Glyphs = UNICODE,
    ) -> None:
        super().__init__(snapshot, give)
        self._actions = actions
        self._pane = pane
        self._glyphs = glyphs

    def content(self) -> ComposeResult:
        """One page."""
        yield Page(self.lines(), indent=_INDENT, id="help")

    def lines(self) -> list[Text]:
        """The loop, the keys by group, then the words."""
        lines = self._loop()
        if self._pane is not None:
            name = f"In the pane {self._pane.NAME}, which is in use"
            rows = [row for _, rows in listed(_keys_of(self._pane, self._actions)) for row in rows]
            lines += self._section(name, rows)
        further = (
            ("In a filter", list(FILTERS)),
            ("With the mouse", list(MOUSE)),
            ("In the shell: decsim-tui …", list(SHELL)),
        )
        for group, rows in [*listed(self._actions), *further]:
            lines += self._section(group, rows)
        return lines + self._section("Words", list(WORDS))

    def _loop(self) -> list[Text]:
        """One line that goes round, and one for each phase with the symbols of the screen."""
        arrow = f" {self._glyphs.arrow} "
        lines = [self._title("What happens in every step")]
        lines.append(Text(f"  {arrow.join(name for name, *_ in _LOOP)}{arrow}observe"))
        for name, what, symbols, colour in _LOOP:
            shown = " ".join(self._symbol(symbol) for symbol in symbols)
            phase = f"{name:<8}", "bold"
            lines.append(Text.assemble((f"  {shown:<6}", self.ink(colour)), phase, what))
        return lines

    def _title(self, title: str) -> Text:
        return Text.assemble((title, self.ink("primary", bold=True)))

    def _symbol(self, name: str) -> str:
        agent = {"alert": 2, "normal": 1}
        glyphs = self._glyphs
        return glyphs.agent[agent[name]] if name in agent else str(getattr(glyphs, name))

    def _section(self, title: str, rows: list[tuple[str, str]]) -> list[Text]:
        named = [Text.assemble((f"  {left:<{_LEFT}} ", "bold"), right) for left, right in rows]
        return [Text(), self._title(title), *named]


def _keys_of(pane: Pane, actions: Sequence[Action]) -> list[Action]:
    """The actions that a pane itself has keys for."""
    own = {b.id for bindings in pane._bindings.key_to_bindings.values() for b in bindings}
    found = [action for action in actions if action.id in own]
    return sorted(found, key=lambda action: action.place in ("pane", "dashboard", "list"))
