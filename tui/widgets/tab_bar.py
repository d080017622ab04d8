"""One line of tabs for panes that share a place."""

from __future__ import annotations

from textual.events import Click
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tui.glyphs import UNICODE, Glyphs
from tui.messages import ChoosePane
from tui.widgets.ink import Ink
from tui.widgets.line import Line


class TabBar(Widget):
    """Numbered names of panes; the one in front stands out; a click chooses."""

    DEFAULT_CSS = """
    TabBar { height: 1; background: $background; }
    """

    tabs: reactive[tuple[tuple[str, str], ...]] = reactive(())
    """Pane id and label, left to right."""
    front: reactive[str] = reactive("")
    """Id of the pane in front."""

    def __init__(self, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id="tabs")
        self.glyphs = glyphs
        self._ends: list[tuple[int, str]] = []

    def render_line(self, y: int) -> Strip:
        """The line of tabs, with short names where the long ones do not fit."""
        width = self.content_size.width
        line = self._line([label for _, label in self.tabs], "  ")
        if line.width > width:
            line = self._line([label for _, label in self.tabs], " ", limit=6)
        return line.strip(width, self._ink()("ink-dim"))

    def _ink(self) -> Ink:
        return Ink(self.app.theme_variables, self.background_colors[1])

    def _line(self, labels: list[str], gap: str, limit: int = 99) -> Line:
        ink = self._ink()
        line = Line().add(" ", ink("ink-dim"))
        self._ends = []
        for (pane, _), label in zip(self.tabs, labels, strict=True):
            number, _, name = label.partition(" ")
            chosen = pane == self.front
            style = ink("primary", bold=True, reverse=True) if chosen else ink("ink-dim")
            # Brackets, not blanks, so that the front tab shows without colours as well.
            line.add(f"[{number} {name}]" if chosen else f" {number} {name[:limit]} ", style)
            line.add(gap[1:], ink("ink-dim"))
            self._ends.append((line.width, pane))
        return line

    def on_click(self, event: Click) -> None:
        """Choose the tab under the mouse."""
        for end, pane in self._ends:
            if event.x < end:
                self.post_message(ChoosePane(pane))
                return
