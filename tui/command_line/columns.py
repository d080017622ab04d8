"""Columns for a terminal: the last one wrapped to its width, names and states coloured."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import click
from rich.cells import cell_len

_NARROWEST = 20
"""Cells of a column below which its text is not wrapped."""
_WORDS = {
    **dict.fromkeys(("running", "ok", "yes"), "green"),
    **dict.fromkeys(("interrupted", "note", "paused"), "yellow"),
    **dict.fromkeys(("failed", "unusable", "damaged", "fault"), "red"),
}
"""Words that are a whole cell, and their colour."""


def columns(
    rows: Sequence[Sequence[str]], sides: Sequence[bool], width: int, *, head: bool, colour: bool
) -> list[str]:
    """Rows as lines of a terminal.

    Args:
        rows: printable cells, as many in each row.
        sides: for each column whether it ends flush.
        width: cells of the terminal.
        head: whether the first row is headings.
        colour: whether there is any.
    """
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    room = width - sum(w + 2 for w in widths[:-1])
    wraps = not sides[-1] and _NARROWEST <= room < widths[-1]
    lines = []
    for number, row in enumerate(rows):
        parts = textwrap.wrap(row[-1], room) if wraps else [row[-1]]
        for place, part in enumerate(parts or [""]):
            cells = [*(row[:-1] if place == 0 else [""] * (len(row) - 1)), part]
            inked = [
                _inked(cell, first=column == 0, head=head and number == 0) if colour else cell
                for column, cell in enumerate(cells)
            ]
            lines.append(_line(cells, inked, widths, sides))
    return lines


def _line(
    cells: Sequence[str], inked: Sequence[str], widths: Sequence[int], sides: Sequence[bool]
) -> str:
    parts = []
    for cell, text, width, flush in zip(cells, inked, widths, sides, strict=True):
        gap = " " * (width - cell_len(cell))
        parts.append(gap + text if flush else text + gap)
    return "  ".join(parts).rstrip()


def _inked(cell: str, *, first: bool, head: bool) -> str:
    if not cell.strip():
        return cell
    if head:
        return click.style(cell, dim=True)
    if ink := _WORDS.get(cell.lower()):
        return click.style(cell, fg=ink)
    return click.style(cell, bold=True) if first else cell
