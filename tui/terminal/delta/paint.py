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
        self._known: dict[tuple[str, int], tuple[str, str, Style | None]] = {}

    @property
    def full(self) -> bool:
        """Whether the next whole screen should start with new tables."""
        return self.glyphs.full or self.pens.full

    def strip(self, strip: Strip) -> tuple[str, str]:
        """A strip as cells and as pens; spaces have the pens that are seen in them."""
        texts: list[str] = []
        numbers: list[str] = []
        known = self._known.get
        for text, style, control in strip:
            found = known((text, id(style)))
            if found is None:
                if control:
                    continue
                found = self._segment(text, style)
            texts.append(found[0])
            numbers.append(found[1])
        return "".join(texts), "".join(numbers)

    def _segment(self, text: str, style: Style | None) -> tuple[str, str, Style | None]:
        if len(self._known) > _KEPT:
            self._known.clear()
        pen = self.pens.of(style)
        blank = self.pens.blank(pen)
        cells = self.glyphs.cells(text)
        numbers = blank.join([pen * len(word) for word in cells.split(" ")])
        # The style is kept with them: so nothing else can have its identity meanwhile.
        found = self._known[text, id(style)] = cells, numbers, style
        return found
