"""A card for who sees the screen for the first time; it hides nothing."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text
from textual.color import Color
from textual.geometry import Size
from textual.widget import Widget

from tui.theme.glyphs import UNICODE, Glyphs
from tui.theme.ink import Ink

LEAST = (74, 24)
"""Smallest terminal that has room for it."""


class WelcomeCard(Widget):
    """Six lines between the panes and the keys.

    Args:
        glyphs: symbols to draw with.
    """

    DEFAULT_CSS = """
    WelcomeCard {
        height: 6; width: 1fr; padding: 0 1; background: $cursor-tint; color: $foreground;
        text-wrap: nowrap;
    }
    """

    def __init__(self, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id="welcome")
        self._glyphs = glyphs

    def fit(self, size: Size) -> None:
        """Be there where there is room."""
        self.display = size.width >= LEAST[0] and size.height >= LEAST[1]

    def render(self) -> RenderableType:
        """What the dots are, and the first keys."""
        ground = Color.parse(self.app.theme_variables["cursor-tint"])
        ink, glyphs = Ink(self.app.theme_variables, ground), self._glyphs
        agent = glyphs.agent
        text = Text(no_wrap=True, overflow="ellipsis")
        for glyph, colour, words in (
            (agent[1], "agent-normal", " an agent that learns its own traffic   "),
            (agent[2], "agent-alert", " it is in alert   "),
            (glyphs.attacked, "truth-attack", " really attacked\n"),
        ):
            text.append(glyph, ink(colour)).append(words)
        text.append("Agents sign what they find, vote on each other's signatures, and learn.\n")
        keys = (
            (("space", "pause, then s for one step"), ("i", "inject an attack")),
            (("a", "turn agents malicious"), ("u", "undo that")),
            (("?", "how it works, and all keys"), ("A", "what came out")),
        )
        for left, right in keys:
            for key, what in (left, right):
                text.append(f"{key:>6} ", ink("steering", bold=True)).append(f"{what:<32}")
            text.append("\n")
        text.append("   esc ", ink("steering", bold=True)).append("never show this card again")
        return text
