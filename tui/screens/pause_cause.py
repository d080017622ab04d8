"""Why the run was paused by a condition: what was met, and what happened that led to it."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from sim.snapshot import Snapshot
from tui.forms.dialog import Dialog, Give
from tui.forms.rows import Rows
from tui.messages import GoToStep, InspectAgent, InspectSignature
from tui.record.story import StoryLine
from tui.theme.tones import TONES
from tui.widgets.line import printable

_MOST = 12
"""Most events that are listed."""


class PauseCause(Dialog):
    """The condition in numbers, then the last events; each leads to its own cause.

    Args:
        snapshot: the present one.
        give: hands commands to the engine.
        story: all events, oldest first.
    """

    HEADING = "Why the run is paused"
    KEYS = (("enter", "go to the cause"),)

    def __init__(self, snapshot: Snapshot, give: Give, *, story: list[StoryLine]) -> None:
        super().__init__(snapshot, give)
        self._events = {str(line.number): line for line in _last(story)}

    def content(self) -> ComposeResult:
        """The condition, then what happened last."""
        yield Static(Text(printable(self.snapshot.cause)), id="cause")
        yield Static("What happened before it", classes="heading")
        yield Rows("Nothing has happened yet.", id="events")

    def on_mount(self) -> None:
        """The events are in use."""
        rows = self.query_one("#events", Rows)
        rows.show([(key, self._row(line)) for key, line in self._events.items()])
        rows.focus()

    def _row(self, line: StoryLine) -> Text:
        text = Text(f"{'s' + format(line.step, ','):>7}  ", no_wrap=True, overflow="ellipsis")
        ink = self.ink(TONES[line.tone])
        return text.append(printable(line.text), ink.from_color(ink.color))

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Go on to the cause of the event."""
        event.stop()
        line = self._events.get(event.rows.key)
        if line is None:
            return
        if line.signature is not None:
            self.app.post_message(InspectSignature(line.signature))
        elif line.agent is not None:
            self.app.post_message(InspectAgent(line.agent))
        else:
            self.dismiss()
            self.app.screen_stack[0].post_message(GoToStep(line.step))

    def submit(self) -> None:
        """Enter closes where there is nothing to choose."""
        self.dismiss()


def _last(story: list[StoryLine]) -> list[StoryLine]:
    """The newest events; of one step, those that are loud first."""
    found = sorted(story[-3 * _MOST :], key=lambda line: (-line.step, line.tone == "quiet"))
    return found[:_MOST]
