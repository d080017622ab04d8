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
_LOW = 30
"""Lines of a terminal below which it is short, so that each pane keeps lines of its own."""


class WelcomeCard(Widget):
    """Six lines between the panes and the keys, three where the terminal is low.

    Args:
        actions: with the keys that they have here.
        glyphs: symbols to draw with.
    """

    DEFAULT_CSS = """
    WelcomeCard {
        height: auto; width: 1fr; padding: 0 1; background: $cursor-tint; color: $foreground;
        text-wrap: nowrap;
    }
    """

    def __init__(self, actions: Iterable[Action], glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id="welcome")
        self._keys = {action.id: readable(action.keys[0]) for action in actions}
        self._glyphs = glyphs
        self._short = False

    def fit(self, size: Size) -> None:
        """Be there where there is room, and short where there is little."""
        self.display = size.width >= LEAST[0] and size.height >= LEAST[1]
        if self._short is not (size.height < _LOW):
            self._short = not self._short
            self.refresh(layout=True)

    def render(self) -> RenderableType:
        """What the dots are, and the first keys."""
        text = Text(no_wrap=True, overflow="ellipsis")
        self._symbols(text)
        keys = self._keys
        step = f"pause, then {keys['step']} for one step"
        if self._short:
            self._row(text, ("pause", step), ("inject", "inject an attack"), ("undo", "undo that"))
            self._row(
                text,
                ("help", "how it works, and all keys"),
                ("attacks", "what came out"),
                ("welcome.leave", "never again"),
            )
            return text
        text.append("\nAgents sign what they find, vote on each other's signatures, and learn.")
        for row in (
            (("pause", step), ("inject", "inject an attack")),
            (("adversaries", "turn agents malicious"), ("undo", "undo that")),
            (("help", "how it works, and all keys"), ("attacks", "what came out")),
            (("welcome.leave", "never show this card again"),),
        ):
            self._row(text, *row, columns=(6, 32))
        return text

    def _symbols(self, text: Text) -> None:
        """What the dots are."""
        ink, glyphs = self._ink(), self._glyphs
        for glyph, colour, words in (
            (glyphs.agent[1], "agent-normal", " an agent that learns its own traffic   "),
            (glyphs.agent[2], "agent-alert", " it is in alert   "),
            (glyphs.attacked, "truth-attack", " really attacked"),
        ):
            text.append(glyph, ink(colour)).append(words)

    def _row(
        self, text: Text, *entries: tuple[str, str], columns: tuple[int, int] = (0, 0)
    ) -> None:
        """Keys and what they do, in columns or one after the other."""
        strong = self._ink()("steering", bold=True)
        text.append("\n")
        for place, (action, what) in enumerate(entries):
            between = "   " if place and not columns[1] else ""
            text.append(f"{between}{self._keys[action]:>{columns[0]}} ", strong)
            text.append(f"{what:<{columns[1]}}")

    def _ink(self) -> Ink:
        return Ink(self.app.theme_variables, Color.parse(self.app.theme_variables["cursor-tint"]))
