"""One pen that the terminal keeps, with the place that the cursor had then."""

from __future__ import annotations

KEEP, AGAIN = "\x1b7", "\x1b8"
"""DECSC and DECRC: two bytes instead of the thirty of a pen with two colours of 24 bits."""
_MARGIN = 1.2
"""How much more than the pen that is kept another one must be worth to take its place."""
_HALVED = 1 << 14
"""Bytes after which what was before counts half."""


class Shelf:
    """Knows which pen is kept, and which one had better be."""

    def __init__(self) -> None:
        self.pen: str | None = None
        self.x = self.y = 0
        self._worth: dict[str, float] = {}
        """Bytes that it took lately to take up a pen."""
        self._total = 0.0

    def put(self, pen: str, x: int, y: int) -> None:
        """The terminal was told to keep a pen."""
        self.pen, self.x, self.y = pen, x, y

    def deserves(self, pen: str, cost: int) -> bool:
        """A pen was taken up, for so many bytes without the shelf: whether to keep that one."""
        worth = self._worth.get(pen, 0.0) + cost
        self._worth[pen] = worth
        self._total += cost
        if self._total > _HALVED:
            self._total /= 2
            self._worth = {each: old / 2 for each, old in self._worth.items() if old > 1}
        if self.pen == pen:
            return False
        return self.pen is None or worth > _MARGIN * self._worth.get(self.pen, 0.0)
