"""Rows that moved up or down together, which a terminal can move by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from operator import ne

from tui.terminal.delta.rows import Rows

_LEAST_ROWS = 3
_OVERHEAD = 24
"""About as many bytes as it takes to set margins, scroll, and take the margins away."""


@dataclass(frozen=True, slots=True)
class Scroll:
    """Rows `top` to `bottom` (not included) move up by `lines`, or down where it is negative."""

    top: int
    bottom: int
    lines: int

    def sequence(self, height: int) -> str:
        """What makes a terminal of this height do it."""
        count = abs(self.lines) if abs(self.lines) > 1 else ""
        move = f"\x1b[{self.top + 1}H\x1b[{count}{'M' if self.lines > 0 else 'L'}"
        if self.bottom == height:
            return move
        return f"\x1b[{self.top + 1};{self.bottom}r{move}\x1b[r"


def find_scroll(wanted: Rows, shown: Rows, changed: Iterable[int]) -> Scroll | None:
    """The move that saves most, if any saves more than it costs."""
    rows = [y for y in changed if wanted.cells[y] != shown.cells[y]]
    if len(rows) < _LEAST_ROWS:
        return None
    there = set(shown.cells)
    if sum(wanted.cells[y] in there for y in rows) < _LEAST_ROWS:
        return None
    places: dict[str, list[int]] = {}
    for y, row in enumerate(shown.cells):
        places.setdefault(row, []).append(y)
    shifts = Counter(
        origin - y for y in rows for origin in places.get(wanted.cells[y], ())[:4] if origin != y
    )
    for lines, votes in shifts.most_common(2):
        if votes < _LEAST_ROWS:
            return None
        scroll = _best(wanted, shown, lines, min(rows), max(rows) + 1)
        if scroll is not None:
            return scroll
    return None


def _best(wanted: Rows, shown: Rows, lines: int, top: int, bottom: int) -> Scroll | None:
    """The block of rows in which most becomes right when all of them move so far.

    Args:
        wanted: what is to be shown.
        shown: what is shown.
        lines: how far.
        top: the first row that is wrong.
        bottom: the row behind the last.
    """
    block, best = (0, 0), 0
    start = total = 0
    for y in range(max(top, -lines), min(bottom, wanted.height - lines)):
        if total <= 0:
            start, total = y, 0
        total += _different(wanted, shown, y, y) - _different(wanted, shown, y, y + lines)
        if total > best:
            block, best = (start, y + 1), total
    first, end = block
    if end - first < _LEAST_ROWS or best < _OVERHEAD + abs(lines) * wanted.width // 4:
        return None
    return Scroll(min(first, first + lines), max(end, end + lines), lines)


def _different(wanted: Rows, shown: Rows, y: int, origin: int) -> int:
    """Cells of a row that are not as those of another one are shown."""
    cells, old = wanted.cells[y], shown.cells[origin]
    pens, old_pens = wanted.pens[y], shown.pens[origin]
    if cells == old and pens == old_pens:
        return 0
    return max(int(sum(map(ne, cells, old))), int(sum(map(ne, pens, old_pens))))
