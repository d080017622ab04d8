"""The rows of a screen: for each one string of cells and one string of pens."""

from __future__ import annotations

from tui.terminal.delta.cells import CONTINUED, UNKNOWN
from tui.terminal.delta.pens import Pens


class Rows:
    """What a screen shows or is to show.

    Args:
        width: cells in a row.
        height: rows.
        cell: what all cells show at first.
    """

    def __init__(self, width: int, height: int, cell: str = " ") -> None:
        self.width, self.height = width, height
        self.cells = [cell * width] * height
        self.pens = [Pens.PLAIN * width] * height

    def put(self, y: int, x: int, cells: str, pens: str) -> bool:
        """Replace a part of a row, as a terminal would; tells whether anything is different."""
        end = min(x + len(cells), self.width)
        cells, pens = cells[: end - x], pens[: end - x]
        row = self.cells[y]
        if not cells or (row[x:end] == cells and self.pens[y][x:end] == pens):
            return False
        if cells[0] == CONTINUED or row[x] == CONTINUED or row[end : end + 1] == CONTINUED:
            row, cells = _halved(row, x, end, cells)
        self.cells[y] = row[:x] + cells + row[end:]
        old = self.pens[y]
        self.pens[y] = old[:x] + pens + old[end:]
        return True

    def forget(self, y: int, x: int = 0, end: int | None = None) -> None:
        """What a row shows from one column to another is not known any more."""
        end = self.width if end is None else min(end, self.width)
        if x < end:
            row = self.cells[y]
            self.cells[y] = row[:x] + UNKNOWN * (end - x) + row[end:]

    def scroll(self, top: int, bottom: int, lines: int) -> None:
        """Move rows up by some lines, or down by a negative number; what comes in is unknown."""
        fresh = [UNKNOWN * self.width] * abs(lines)
        old = self.cells[top:bottom], self.pens[top:bottom]
        pens = [Pens.PLAIN * self.width] * abs(lines)
        if lines > 0:
            self.cells[top:bottom] = [*old[0][lines:], *fresh]
            self.pens[top:bottom] = [*old[1][lines:], *pens]
        else:
            self.cells[top:bottom] = [*fresh, *old[0][:lines]]
            self.pens[top:bottom] = [*pens, *old[1][:lines]]


def _halved(row: str, x: int, end: int, cells: str) -> tuple[str, str]:
    """Blank what would be left of glyphs that are cut in two."""
    if row[x] == CONTINUED:
        start = x
        while start and row[start] == CONTINUED:
            start -= 1
        row = row[:start] + " " * (x - start) + row[x:]
    after = end
    while row[after : after + 1] == CONTINUED:
        after += 1
    row = row[:end] + " " * (after - end) + row[after:]
    whole = cells.lstrip(CONTINUED)
    return row, " " * (len(cells) - len(whole)) + whole
