"""The cursor, and the shortest way from one place to another."""

from __future__ import annotations

from functools import lru_cache

_STEPS = 3
"""Line feeds worth sending; more of them are longer than any address."""


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
        return len(_way(*(start or (self.x, self.y)), x, y, self._returns))

    def move(self, x: int, y: int) -> str:
        """Go there; the shortest sequence that does it."""
        sequence = _way(self.x, self.y, x, y, self._returns)
        self.x, self.y = x, y
        return sequence


@lru_cache(maxsize=1 << 15)
def _way(x: int | None, y: int | None, new_x: int, new_y: int, returns: bool) -> str:
    if (x, y) == (new_x, new_y):
        return ""
    ways = [_address(new_x, new_y)]
    if y is not None:
        ways += [
            down + across
            for down, column in _rows(x, new_y - y, returns)
            for across in _columns(column, new_x)
        ]
    return min(ways, key=len)


def _address(x: int, y: int) -> str:
    if x:
        return f"\x1b[{y + 1 if y else ''};{x + 1}H"
    return f"\x1b[{y + 1}H" if y else "\x1b[H"


def _rows(x: int | None, rows: int, returns: bool) -> list[tuple[str, int | None]]:
    """Ways to another row, each with the column that it ends in."""
    if rows == 0:
        return [("", x)]
    count = abs(rows) if abs(rows) > 1 else ""
    ways = [(f"\x1b[{count}{'B' if rows > 0 else 'A'}", x)]
    if rows == -1:
        # A reverse index moves the rows only from the first one, and goes nowhere above that.
        ways.append(("\x1bM", x))
    elif 0 < rows <= _STEPS:
        # A vertical tab goes down without going left, whatever the device makes of a line feed.
        ways += [("\n" * rows, 0 if returns else x), ("\v" * rows, x)]
    return ways


def _columns(x: int | None, new_x: int) -> list[str]:
    """Ways along a row."""
    if x == new_x:
        return [""]
    ways = [f"\x1b[{new_x + 1}G" if new_x else "\r"]
    if new_x:
        ways.append(f"\r\x1b[{new_x if new_x > 1 else ''}C")
    if x is not None:
        far = abs(new_x - x)
        count = far if far > 1 else ""
        ways.append(f"\x1b[{count}{'C' if new_x > x else 'D'}")
        if new_x < x:
            ways.append("\b" * far)
    return ways
