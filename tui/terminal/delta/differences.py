"""Where what is shown differs from what is to be shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from tui.terminal.delta.cells import CONTINUED
from tui.terminal.delta.rows import Rows

Span: TypeAlias = tuple[int, int, int, str]
"""Row, first column, the column behind the last, and the one pen that all of it has."""


def spans(wanted: Rows, shown: Rows, y: int, *, text_only: bool = False) -> Iterator[Span]:
    """The spans of a row that have to be written.

    Args:
        wanted: what is to be shown.
        shown: what is shown.
        y: the row.
        text_only: leave out where only pens differ.
    """
    cells, pens = wanted.cells[y], wanted.pens[y]
    old_cells, old_pens = shown.cells[y], shown.pens[y]
    if cells == old_cells and (text_only or pens == old_pens):
        return
    if text_only or pens == old_pens:
        places = [x for x, (a, b) in enumerate(zip(cells, old_cells, strict=True)) if a != b]
    else:
        both = enumerate(zip(cells, old_cells, pens, old_pens, strict=True))
        places = [x for x, (a, b, c, d) in both if a != b or c != d]
    if CONTINUED in cells:
        places = _whole_glyphs(places, cells)
    start = last = places[0]
    for x in places:
        if x > last + 1 or pens[x] != pens[start]:
            yield y, start, last + 1, pens[start]
            start = x
        last = x
    yield y, start, last + 1, pens[start]


def _whole_glyphs(places: list[int], cells: str) -> list[int]:
    """With the first cells of glyphs of which another cell differs."""
    found = set(places)
    for x in places:
        while x and cells[x] == CONTINUED:
            x -= 1
            found.add(x)
    return sorted(found)
