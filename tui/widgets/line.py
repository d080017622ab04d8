"""One line of a pane, put together from styled pieces of plain text."""

from __future__ import annotations

from typing import Literal, Self

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from sim.text import clean

Align = Literal["left", "right", "middle"]


def fit(text: str, width: int, align: Align = "left", ellipsis: str = "…") -> str:
    """`text` in exactly `width` cells, cut with an ellipsis where it is longer."""
    width = max(width, 0)
    length = len(text) if text.isascii() else cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + ellipsis if width else ""
    left = {"left": 0, "right": width - length, "middle": (width - length) // 2}[align]
    return " " * left + text + " " * (width - length - left)


class Line:
    """Collects pieces from left to right; neighbours of one style become one segment."""

    def __init__(self) -> None:
        self._pieces: list[tuple[str, Style]] = []
        self.width = 0
        """Cells so far."""

    def add(self, text: str, style: Style) -> Self:
        """Append trusted text (numbers, glyphs, words of the app)."""
        if not text:
            return self
        if self._pieces and self._pieces[-1][1] is style:
            text, style = self._pieces[-1][0] + text, style
            self.width -= cell_len(self._pieces.pop()[0])
        self._pieces.append((text, style))
        self.width += cell_len(text)
        return self

    def to(self, column: int, style: Style) -> Self:
        """Fill with blanks up to a column."""
        return self.add(" " * (column - self.width), style)

    @property
    def text(self) -> str:
        """What the line says."""
        return "".join(text for text, _ in self._pieces)

    def strip(self, width: int, blank: Style) -> Strip:
        """The line in exactly `width` cells."""
        strip = Strip([Segment(text, style) for text, style in self._pieces], self.width)
        return strip.adjust_cell_length(width, blank)


def printable(text: str, limit: int = 240) -> str:
    """Text from data, clean for the terminal and not longer than `limit` characters."""
    cut = clean(text[: limit + 1])
    return cut if len(cut) <= limit else cut[: limit - 1] + "…"
