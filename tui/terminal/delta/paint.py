"""Segments of text turned into cells and pens."""

from __future__ import annotations

from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

from tui.terminal.delta.cells import Glyphs
from tui.terminal.delta.pens import Pens

_KEPT = 8192
"""Segments remembered; a frame has some hundred, and most of them had the one before."""


class Paint:
    """What cells and pens stand for, and how they are made of segments.

    Args:
        colours: what the terminal can show.
    """

    def __init__(self, colours: ColorSystem) -> None:
        self.glyphs, self.pens = Glyphs(), Pens(colours)
        self._known: dict[tuple[str, int, object], tuple[str, str, Style | None]] = {}

    @property
    def full(self) -> bool:
        """Whether the next whole screen should start with new tables."""
        return self.glyphs.full or self.pens.full

    def strip(self, strip: Strip) -> tuple[str, str]:
        """A strip as cells and as pens; spaces have the pens that are seen in them."""
        known, made = self._known.get, self._made
        parts = [known((text, id(style), c)) or made(text, style, c) for text, style, c in strip]
        return "".join([part[0] for part in parts]), "".join([part[1] for part in parts])

    def _made(
        self, text: str, style: Style | None, control: object
    ) -> tuple[str, str, Style | None]:
        key = text, id(style), control
        if len(self._known) > _KEPT:
            self._known.clear()
        pen = self.pens.of(style)
        blank = self.pens.blank(pen)
        cells = "" if control else self.glyphs.cells(text)
        numbers = blank.join([pen * len(word) for word in cells.split(" ")])
        # The style is kept with them: so nothing else can have its identity meanwhile.
        made = self._known[key] = cells, numbers, style
        return made
