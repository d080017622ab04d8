"""Where what is shown differs from what is to be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from tui.terminal.delta.cells import CONTINUED
from tui.terminal.delta.rows import Rows

Span: TypeAlias = tuple[int, int, int, str]
"""Row, first column, the column behind the last, and the one pen that all of it has."""

BlankOf: TypeAlias = Callable[[str], str]
_BLOCK = 40
"""Cells compared at once; most of a row that has changed has not."""


def spans(
    wanted: Rows, shown: Rows, y: int, blank_of: BlankOf, *, text_only: bool = False
) -> Iterator[Span]:
    """The spans of a row that have to be written.

    Args:
        wanted: what is to be shown.
        shown: what is shown.
        y: the row.
        blank_of: gives the pen that stands for another one in spaces.
        text_only: leave out where only pens differ.
    """
    cells, pens = wanted.cells[y], wanted.pens[y]
    old_cells, old_pens = shown.cells[y], shown.pens[y]
    if cells == old_cells and (text_only or pens == old_pens):
        return
    places: list[int] = []
    for start in range(0, len(cells), _BLOCK):
        end = start + _BLOCK
        block, before = cells[start:end], old_cells[start:end]
        drawn, drawn_before = pens[start:end], old_pens[start:end]
        if text_only:
            drawn = drawn_before
        if block != before or drawn != drawn_before:
            each = zip(range(start, end), block, before, drawn, drawn_before, strict=False)
            places += [x for x, a, b, c, d in each if a != b or c != d]
    if CONTINUED in cells:
        places = _whole_glyphs(places, cells)
    start = last = places[0]
    pen = pens[start]
    for x in places:
        if x > last + 1 or not (pens[x] == pen or blank_of(pen) == pens[x]):
            if x == last + 1 and blank_of(pens[x]) == pen:
                pen = pens[x]  # spaces so far, which the pen of what follows draws as well
            else:
                yield y, start, last + 1, pen
                start, pen = x, pens[x]
        last = x
    yield y, start, last + 1, pen


def _whole_glyphs(places: list[int], cells: str) -> list[int]:
    """With the first cells of glyphs of which another cell differs."""
    found = set(places)
    for x in places:
        while x and cells[x] == CONTINUED:
            x -= 1
            found.add(x)
    return sorted(found)
