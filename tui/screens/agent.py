"""One agent from near."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from sim.commands import Inspect
from sim.snapshot import AgentDetail, Snapshot
from sim.text import quantity
from tui.forms.dialog import Dialog, Give
from tui.keys.inside import bindings_of
from tui.screens.strips import deviation_bar, number, score_strip, share_bar
from tui.theme.glyphs import UNICODE
from tui.widgets.line import printable

_INKS = ("agent-learning", "agent-normal", "agent-alert", "agent-quarantined", "agent-stopped")


class AgentInspector(Dialog):
    """Follows the run; left and right go to the neighbours."""

    KEYS = (("← →", "neighbours"), ("↑ ↓", "scroll"), ("y", "copy"))
    FILLS = True
    SCROLLS = True
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("agent")

    def __init__(self, snapshot: Snapshot, give: Give, *, agent: int) -> None:
        super().__init__(snapshot, give)
        self.agent = agent

    @property
    def heading(self) -> str:
        """Which agent."""
        return f"Agent {self.agent:,}"

    def content(self) -> ComposeResult:
        """One text."""
        yield Static("", id="agent")

    def on_mount(self) -> None:
        """Ask for the details."""
        self._ask()

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self.give(Inspect())

    def _ask(self) -> None:
        self.query_one("#box", Vertical).border_title = self.heading
        self.give(Inspect(agent=self.agent))
        self.redraw()

    def action_neighbour(self, by: int) -> None:
        """Go to the agent before or after; at the ends it stays."""
        last = max(self.agent, len(self.snapshot.grid.states) - 1)
        wanted = max(0, min(self.agent + by, last))
        if wanted != self.agent:
            self.agent = wanted
            self._ask()

    def action_copy(self) -> None:
        """Copy what is shown."""
        self.app.copy_to_clipboard(f"{self.heading}\n{self.text().plain}")
        self.say("Copied.", calm=True)

    def redraw(self) -> None:
        """Draw again."""
        self.query_one("#agent", Static).update(self.text())

    def submit(self) -> None:
        """Enter closes."""
        self.dismiss()

    def text(self) -> Text:
        """All that is known of the agent."""
        detail = self.snapshot.view.agent
        if detail is None or detail.id != self.agent:
            return Text("Its details come with the next picture of the run.", self.ink("ink-dim"))
        text = self._facts(detail)
        text.append("\n")
        text.append_text(self._scores(detail))
        text.append("\n")
        text.append_text(self._features(detail))
        return text

    def _facts(self, detail: AgentDetail) -> Text:
        ink, state = self.ink, int(detail.state)
        column, row = detail.position
        text = Text(no_wrap=True)
        text.append("State       ", ink("ink-dim"))
        text.append(
            f"{UNICODE.agent[state]} {detail.state.name.lower()}", ink(_INKS[state], bold=True)
        )
        text.append(f"   column {column}, row {row}   profile {printable(detail.profile, 30)}\n")
        text.append("Trust       ", ink("ink-dim"))
        text.append(f"{detail.trust:.2f} ").append_text(
            share_bar(detail.trust, 12, "agent-normal", ink)
        )
        text.append("\n")
        text.append("Model       ", ink("ink-dim"))
        text.append(
            f"fitted {detail.model_version:,}×, window of {quantity(detail.window, 'flow')}\n"
        )
        text.append("Has given   ", ink("ink-dim"))
        text.append(f"{quantity(detail.published, 'signature')}, ")
        text.append(f"{detail.confirmed:,} confirmations, {detail.refuted:,} refutations\n")
        text.append("Truth       ", ink("ink-dim"))
        honest = detail.behaviour == "honest"
        text.append(
            printable(detail.behaviour, 24), ink("foreground" if honest else "truth-adversary")
        )
        text.append("   ground truth: agents never see it\n", ink("ink-dim"))
        return text

    def _scores(self, detail: AgentDetail) -> Text:
        ink = self.ink
        text = Text("Last scores ", ink("ink-dim"), no_wrap=True)
        if not detail.scores:
            return text.append("none yet: it scores once its first model is fitted\n")
        threshold = float(self.snapshot.parameters.get("detection.threshold", 1.0))
        over = sum(score >= threshold for score in detail.scores)
        text.append_text(score_strip(detail.scores, 40, threshold, ink))
        return text.append(f"  {over} of {len(detail.scores)} ≥ {threshold:g}\n")

    def _features(self, detail: AgentDetail) -> Text:
        ink = self.ink
        head = f"{'Feature':<20}{'median':>10}{'scale':>10}{'last mean':>11}  deviation\n"
        text = Text(head, ink("ink-dim"), no_wrap=True)
        for name, median, scale, mean in detail.features:
            deviation = (mean - median) / scale if scale > 0 else float("nan")
            text.append(f"{printable(name, 19):<20}", ink())
            text.append(f"{number(median):>10}{number(scale):>10}{number(mean):>11}  ")
            text.append_text(deviation_bar(deviation, 8, ink))
            text.append("\n")
        return text
