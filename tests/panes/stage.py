"""A tiny app that shows a dashboard, or one pane, over a snapshot made by hand."""

from __future__ import annotations

from recorded import written
from textual.app import App, ComposeResult
from textual.message import Message
from textual.widget import Widget

from sim.config.paths import shipped
from sim.snapshot import Snapshot
from tui.messages import EditParameter, GoToStep, InspectAgent, InspectSignature
from tui.panes.pane import Pane
from tui.record.book import Book
from tui.screens.dashboard import Dashboard
from tui.theme.glyphs import UNICODE, Glyphs
from tui.theme.themes import load_themes

THEMES = load_themes([shipped("themes")]).themes


class OneLine(Widget):
    """Stands where the app puts its footer."""

    DEFAULT_CSS = "OneLine { height: 1; background: $surface; color: $foreground-muted; }"

    def render(self) -> str:
        return " space pause  s step  i inject  f faults  t parameters  z zoom  ? help  q quit"


class Stage(App[None]):
    """Base of both stages: our themes, and a record of what was asked of the app."""

    CSS = "ToastRack { display: none; }"

    def __init__(self, snapshot: Snapshot, theme: str = "decsim-dark") -> None:
        super().__init__()
        for found in THEMES:
            self.register_theme(found)
        self.theme = theme
        self.picture = snapshot
        self.asked: list[Message] = []

    def on_inspect_agent(self, message: InspectAgent) -> None:
        self.asked.append(message)

    def on_inspect_signature(self, message: InspectSignature) -> None:
        self.asked.append(message)

    def on_go_to_step(self, message: GoToStep) -> None:
        self.asked.append(message)

    def on_edit_parameter(self, message: EditParameter) -> None:
        self.asked.append(message)


class DashboardStage(Stage):
    """The whole dashboard."""

    def __init__(
        self,
        snapshot: Snapshot,
        theme: str = "decsim-dark",
        glyphs: Glyphs = UNICODE,
        book: Book | None = None,
    ) -> None:
        super().__init__(snapshot, theme)
        self.dashboard = Dashboard(glyphs, footer=OneLine(), book=book or written())

    def on_mount(self) -> None:
        self.push_screen(self.dashboard)
        self.dashboard.snapshot = self.picture


class PaneStage(Stage):
    """One pane on its own."""

    def __init__(self, pane: Pane, snapshot: Snapshot, theme: str = "decsim-dark") -> None:
        super().__init__(snapshot, theme)
        self.pane = pane

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        self.pane.snapshot = self.picture


def text_of(pane: Pane) -> list[str]:
    """The lines of a pane as they are drawn, without borders."""
    return [pane.render_line(y).text for y in range(pane.content_size.height)]
