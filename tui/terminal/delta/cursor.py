"""The cursor, and the shortest way from one place to another."""

from __future__ import annotations

from functools import lru_cache

_STEPS = 3
"""Line feeds worth sending; more of them are longer than any address."""
_KEPT = 1 << 14
"""Ways remembered of each kind."""


class Cursor:
    """Where the terminal's cursor is, as far as that is known.

    Args:
        returns: whether a line feed goes to the first column, too.
    """

    def __init__(self, *, returns: bool) -> None:
        self._returns = returns
        self.x: int | None = None
        self.y: int | None = None

    def forget(self) -> None:
        """It may be anywhere."""
        self.x = self.y = None

    def cost(self, x: int, y: int, start: tuple[int | None, int | None] | None = None) -> int:
        """Bytes of the way there.

        Args:
            x: column.
            y: row.
            start: from where, if not from where the cursor is.
        """
        return len(self._way(*(start or (self.x, self.y)), x, y))

    def move(self, x: int, y: int) -> str:
        """Go there; the shortest sequence that does it."""
        sequence = self._way(self.x, self.y, x, y)
        self.x, self.y = x, y
        return sequence

    def _way(self, x: int | None, y: int | None, new_x: int, new_y: int) -> str:
        if y == new_y and x == new_x:
            return ""
        best = _address(new_x, new_y)
        if y is None:
            return best
        down = new_y - y
        way = _down(down, self._returns) + _along(x, new_x)
        if len(way) < len(best):
            best = way
        if self._returns and 0 < down <= _STEPS:
            way = "\n" * down + _along(0, new_x)
            if len(way) < len(best):
                best = way
        return best


# Each of these is asked for the same few thousand places again and again.


@lru_cache(_KEPT)
def _address(x: int, y: int) -> str:
    if x:
        return f"\x1b[{y + 1 if y else ''};{x + 1}H"
    return f"\x1b[{y + 1}H" if y else "\x1b[H"


@lru_cache(_KEPT)
def _down(rows: int, returns: bool) -> str:
    """The shortest way to another row of the same column."""
    if rows == 0:
        return ""
    if rows == -1:
        # A reverse index moves the rows only from the first one, and goes nowhere above that.
        return "\x1bM"
    if 0 < rows <= _STEPS:
        # A vertical tab goes down without going left, whatever the device makes of a line feed.
        return ("\v" if returns else "\n") * rows
    return f"\x1b[{abs(rows)}{'B' if rows > 0 else 'A'}"


@lru_cache(_KEPT)
def _along(x: int | None, new_x: int) -> str:
    """The shortest way along a row."""
    if x == new_x:
        return ""
    ways = [f"\x1b[{new_x + 1}G" if new_x else "\r"]
    if new_x:
        ways.append(f"\r\x1b[{new_x if new_x > 1 else ''}C")
    if x is not None:
        far = abs(new_x - x)
        count = far if far > 1 else ""
        ways.append(f"\x1b[{count}{'C' if new_x > x else 'D'}")
        if new_x < x:
            ways.append("\b" * far)
    return min(ways, key=len)
