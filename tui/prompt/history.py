"""Lines that were carried out, and the way back through them."""

from __future__ import annotations

KEPT = 200


class History:
    """Up goes back to lines that begin like what was typed, down comes back to that."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        """Oldest first."""
        self._place: int | None = None
        self._typed = ""

    def add(self, line: str) -> None:
        """Remember a line as the last one; the way back begins there again."""
        self._place = None
        self.lines = [*(old for old in self.lines if old != line), line][-KEPT:]

    def leave(self) -> None:
        """The next way back begins at the last line."""
        self._place = None

    def back(self, now: str) -> str:
        """The line before, of those that begin like what was typed."""
        if self._place is None:
            self._typed, self._place = now, len(self.lines)
        for place in range(self._place - 1, -1, -1):
            if self.lines[place].startswith(self._typed):
                self._place = place
                return self.lines[place]
        return now

    def forth(self, now: str) -> str:
        """The line after, or what was typed."""
        if self._place is None:
            return now
        for place in range(self._place + 1, len(self.lines)):
            if self.lines[place].startswith(self._typed):
                self._place = place
                return self.lines[place]
        self._place = None
        return self._typed
