"""A card for who sees the screen for the first time; it hides nothing."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text
from textual.color import Color
from textual.geometry import Size
from textual.widget import Widget

from tui.keys.action import Action, readable
from tui.theme.glyphs import UNICODE, Glyphs
from tui.theme.ink import Ink

LEAST = (74, 24)
"""Smallest terminal that has room for it."""


class WelcomeCard(Widget):
    """Six lines between the panes and the keys.

    Args:
        actions: with the keys that they have here.
        glyphs: symbols to draw with.
    """

    DEFAULT_CSS = """
    WelcomeCard {
        height: 6; width: 1fr; padding: 0 1; background: $cursor-tint; color: $foreground;
        text-wrap: nowrap;
    }
    """

    def __init__(self, actions: Iterable[Action], glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id="welcome")
        self._keys = {action.id: readable(action.keys[0]) for action in actions}
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
        keys, strong = self._keys, ink("steering", bold=True)
        rows = (
            (("pause", f"pause, then {keys['step']} for one step"), ("inject", "inject an attack")),
            (("adversaries", "turn agents malicious"), ("undo", "undo that")),
            (("help", "how it works, and all keys"), ("attacks", "what came out")),
        )
        for row in rows:
            for action, what in row:
                text.append(f"{keys[action]:>6} ", strong).append(f"{what:<32}")
            text.append("\n")
        text.append(f"{keys['welcome.leave']:>6} ", strong).append("never show this card again")
        return text
