"""What is marked in the other panes, from near: docked where there is room."""

from __future__ import annotations

from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip

from sim.snapshot import AgentDetail, SignatureDetail, Snapshot
from tui.panes.pane import Pane
from tui.screens.agent_text import AgentText
from tui.screens.signature_text import LABEL, SignatureText, grouped
from tui.widgets.fold import hanging

_FEATURES = 8


class InspectorPane(Pane, can_focus=False):
    """The signature or the agent under the cursor; enter there opens all of it."""

    PANE = "inspector"
    NAME = "Details"
    SHORT = "Details"

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """What the engine said about what is marked."""
        return snapshot.view.signature, snapshot.view.agent

    def draw(self, width: int, height: int) -> list[Strip]:
        """All that is known of it."""
        view = self.snapshot.view
        if view.signature is not None:
            self.entitle(f"Signature #{view.signature.view.id}")
            return self._strips_of(self._signature(view.signature, width, height), width)
        if view.agent is not None:
            self.entitle(f"Agent {view.agent.id}")
            return self._strips_of(self._agent(view.agent, width), width)
        self.entitle(self.NAME)
        return self.message("What the cursor is on, in the map or among the signatures.")

    def _signature(self, detail: SignatureDetail, width: int, height: int) -> Text:
        writer = SignatureText(self.ink, width, self.glyphs)
        text = writer.facts(detail.view, detail.fingerprint)
        text.append_text(writer.verdict(detail))
        for group in grouped(detail.ballots):
            text.append_text(writer.group(group)).append("\n")
        room = height - hanging(text, width, LABEL).plain.count("\n") - 2
        most = max(room - (room < len(detail.centre)), _FEATURES)
        text.append("\n").append_text(writer.features(detail, most))
        return text

    def _agent(self, detail: AgentDetail, width: int) -> Text:
        return AgentText(self.ink, width, self.snapshot, self.book).all(detail, _FEATURES)

    def _strips_of(self, text: Text, width: int) -> list[Strip]:
        """Wrapped lines in the pane's own colours."""
        blank, console = self.ink(), self.app.console
        strips = []
        for line in hanging(text, width, LABEL).split("\n", allow_blank=True):
            pieces = Segment.apply_style(line.render(console), blank)
            segments = [Segment(self.glyphs.plain(s.text), s.style) for s in pieces if s.text]
            strips.append(Strip(segments).adjust_cell_length(width, blank))
        return strips
