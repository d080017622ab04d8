"""Which rows are new, and how bright their ground still is: in the third frame not at all."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

SHARES = (0.0, 0.08, 0.16)
"""Share of the text's colour in the ground, by frames that are left."""
FRAMES = len(SHARES) - 1
CALM = 1.0
"""Seconds without a new row, after which one is worth a glance. In a busy list none stands out."""
FEW = 2
"""Most rows that stand out together: where half a list is new, nobody needs to be shown where."""

HEAD = 8
"""Cells at the beginning of a row that stand out: its number. That is where the eye begins."""


def lit(row: Strip, ground: Color) -> Strip:
    """A row whose beginning has another ground."""
    style = Style(bgcolor=ground.rich_color)
    head = [Segment(text, (old or Style()) + style) for text, old, _ in row.crop(0, HEAD)]
    return Strip.join([Strip(head), row.crop(HEAD)])


class Freshness:
    """Knows no clock and no screen."""

    def __init__(self) -> None:
        self._newest: int | None = None
        self._when = float("-inf")
        self._first_new = 0
        self._left = 0

    @property
    def fading(self) -> bool:
        """Whether a row still stands out."""
        return self._left > 0

    def see(self, numbers: Sequence[int], now: float) -> bool:
        """Look at the rows, in order; whether some have just begun to stand out.

        Args:
            numbers: of all rows, growing at the end.
            now: seconds on any clock.
        """
        newest = numbers[-1] if numbers else None
        if newest == self._newest:
            return False
        before, self._newest = self._newest, newest
        calm, self._when = now - self._when >= CALM, now
        if before is None or newest is None or newest < before or not calm:
            return False
        if len(numbers) - bisect_right(numbers, before) > FEW:
            return False
        self._first_new, self._left = before + 1, FRAMES
        return True

    def fade(self) -> None:
        """A frame later."""
        self._left = max(self._left - 1, 0)

    def share(self, number: int) -> float:
        """Share of the text's colour in the ground of a row."""
        return SHARES[self._left] if self._left and number >= self._first_new else 0.0
