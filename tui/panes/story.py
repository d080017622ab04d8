"""The story of the run: one sentence for each event, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.snapshot import Snapshot
from tui.actions import OVER
from tui.messages import GoToStep, InspectAgent, InspectSignature
from tui.panes.record_pane import RecordPane
from tui.record.story import StoryLine
from tui.theme.ink import Ink
from tui.theme.tones import TONES
from tui.widgets.line import Line
from tui.widgets.quantity import counted


class StoryPane(RecordPane):
    """What happened, and why: enter goes to the cause."""

    PANE = "story"
    NAME = "Story"
    KEY = "4"
    SHORT = "Story"
    TALLEST = 5

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """What waits, and what undo would take back."""
        return snapshot.pending, snapshot.undo, snapshot.state in OVER

    def numbers(self) -> Sequence[int]:
        """One for each sentence."""
        return range(len(self.book.story.lines))

    def _line(self, number: int) -> StoryLine:
        return self.book.story.lines[number]

    def text_of(self, number: int) -> str:
        """Step and sentence."""
        line = self._line(number)
        return f"s{line.step} {line.text}"

    def fields_of(self, number: int) -> Mapping[str, str]:
        """`step:` and `tone:`."""
        line = self._line(number)
        return {"step": str(line.step), "tone": line.tone}

    def line_of(self, number: int, width: int, ink: Ink) -> Line:
        """Step and sentence."""
        said = self._line(number)
        wide = max(4, len(str(self.book.story.lines[-1].step)) + 1)
        line = Line().add(f"  {'s' + str(said.step):>{wide}}  ", ink("ink-dim"))
        name = TONES[said.tone]
        style = ink(name, reverse=True) if said.tone == "wrong" else ink(name)
        return self.told(line, said.text, width, style)

    def empty(self) -> tuple[str, ...]:
        """Before the first event."""
        if self.book.behind:
            return ("Reading the record …",)
        if self.over:
            return ("Nothing happened in this run.",)
        return ("Nothing has happened yet: attacks, verdicts and what you do are told here.",)

    def summary(self) -> str:
        """How much there is."""
        return counted(len(self.book.story.lines), "event")

    def open_row(self, number: int) -> None:
        """Go to the cause."""
        line = self._line(number)
        if line.signature is not None:
            self.post_message(InspectSignature(line.signature))
        elif line.agent is not None:
            self.post_message(InspectAgent(line.agent))
        else:
            self.post_message(GoToStep(line.step))
