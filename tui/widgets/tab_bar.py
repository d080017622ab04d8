"""One line of tabs for panes that share a place."""

from __future__ import annotations

from typing import NamedTuple

from textual.events import Click
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tui.messages import ChoosePane
from tui.theme.glyphs import UNICODE, Glyphs
from tui.theme.ink import Ink
from tui.widgets.line import Line

_BARE = ("none", "front", "keys")
"""Ways in which most tabs have no name: all but those with a badge and the front one, all but the
front one, all."""


class Tab(NamedTuple):
    """One tab."""

    pane: str
    """Id of the pane."""
    key: str
    """Its key, empty where it has none."""
    name: str
    short: str
    """Name where room is scarce."""
    badge: int = 0
    """What is shown behind the name, if there is any."""


class TabBar(Widget):
    """Numbered names of panes; the one in front stands out; a click chooses."""

    DEFAULT_CSS = """
    TabBar { height: 1; background: $background; }
    """

    tabs: reactive[tuple[Tab, ...]] = reactive(())
    """Left to right."""
    front: reactive[str] = reactive("")
    """Id of the pane in front."""
    used: reactive[bool] = reactive(False)
    """Whether that pane is in use: the border that it shares with the bar shows it."""

    def __init__(self, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id="tabs")
        self.glyphs = glyphs
        self._ends: list[tuple[int, str]] = []

    def render_line(self, y: int) -> Strip:
        """The tabs, closer, with short names or only their keys where they would not fit."""
        width = self.content_size.width
        ink = Ink(self.app.theme_variables, self.background_colors[1])
        for names, gap in (
            ("long", " "),
            ("long", ""),
            ("short", " "),
            ("short", ""),
            ("none", ""),
            ("front", ""),
            ("keys", ""),
        ):
            line = self._line(ink, names, gap)
            if line.width <= width:
                break
        edge = "-" if self.glyphs.ascii else "─"
        line.add(
            edge * (width - line.width),
            ink("border" if self.used else "border-blurred"),
        )
        return line.strip(width, ink("ink-dim"))

    def _line(self, ink: Ink, names: str, gap: str) -> Line:
        line = Line().add(gap, ink("ink-dim"))
        tight = names != "long" and not gap
        self._ends = []
        for tab in self.tabs:
            name = tab.name if names == "long" else tab.short
            # A tab without a key keeps its name: nothing else says what it is.
            named = (
                names not in _BARE or not tab.key or (tab.pane == self.front and names != "keys")
            )
            # A number that there is no room for stands in the status line as well.
            brief = names in _BARE[1:]
            words = f"{tab.key} {name}".lstrip() if named else tab.key
            if tab.badge and not brief:
                words = f"{tab.key} {name} {tab.badge}"
            elif tab.badge:
                words += "!"
            if tab.pane == self.front:
                # Brackets, so that the front tab shows without colours as well.
                line.add(" " if tight else "", ink())
                line.add(f"[{words}]", ink("primary", bold=True))
            else:
                colour = "run-fault" if tab.badge else "ink-dim"
                line.add(f" {words}" if tight else f" {words} ", ink(colour))
            line.add(gap, ink("ink-dim"))
            self._ends.append((line.width, tab.pane))
        return line

    def on_click(self, event: Click) -> None:
        """Choose the tab under the mouse."""
        for end, pane in self._ends:
            if event.x < end:
                self.post_message(ChoosePane(pane))
                return
