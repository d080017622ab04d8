"""A list of one-line rows with a cursor: which rows are seen, and where the cursor is."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list."""

    key: Hashable
    """What the row is about, the same in every snapshot; None for headings."""
    item: Any
    """What the row is drawn from."""
    text: str = ""
    """What a filter looks at."""

    @property
    def selectable(self) -> bool:
        """Whether the cursor may stand on it."""
        return self.key is not None

    @property
    def folded(self) -> str:
        """The text without case."""
        return self.text.casefold()


class ListCursor:
    """A cursor that stays with its row while rows come and go.

    It follows the first row until it is moved away from it.
    """

    def __init__(self) -> None:
        self.index = 0
        """Row under the cursor."""
        self.first = 0
        """First row that is seen."""
        self.key: Hashable = None
        """What is under the cursor; None follows the first row."""

    @property
    def following(self) -> bool:
        """Whether the cursor stays at the head of the list."""
        return self.key is None

    def settle(self, rows: Sequence[Row], height: int) -> None:
        """Find the row under the cursor again in a new list, and keep it in sight."""
        found: int | None = None
        if self.key is not None:
            found = next((i for i, row in enumerate(rows) if row.key == self.key), None)
            shift = (found - self.index) if found is not None else 0
            self.index += shift
            self.first += shift
        else:
            self.index, self.first = 0, 0
        self._onto_selectable(rows, 1)
        if self.key is not None and found is None:
            self._pin(rows)
        self._into_sight(rows, height)

    def move(self, rows: Sequence[Row], by: int, height: int) -> None:
        """Move by a number of rows; headings are passed over."""
        if not rows:
            return
        before = self.index
        self.index = max(0, min(self.index + by, len(rows) - 1))
        self._onto_selectable(rows, 1 if by > 0 else -1)
        if self.index == before and by < 0:
            self.first = 0
        self._pin(rows)
        self._into_sight(rows, height)

    def to(self, rows: Sequence[Row], index: int, height: int) -> None:
        """Move to a row."""
        self.index = max(0, min(index, len(rows) - 1))
        self._onto_selectable(rows, 1)
        self._pin(rows)
        self._into_sight(rows, height)

    def row(self, rows: Sequence[Row]) -> Row | None:
        """The row under the cursor, if it can be selected."""
        found = rows[self.index] if 0 <= self.index < len(rows) else None
        return found if found is not None and found.selectable else None

    def _pin(self, rows: Sequence[Row]) -> None:
        head = next((i for i, row in enumerate(rows) if row.selectable), len(rows))
        self.key = rows[self.index].key if self.index > head else None

    def _onto_selectable(self, rows: Sequence[Row], direction: int) -> None:
        if not rows:
            self.index = self.first = 0
            return
        self.index = max(0, min(self.index, len(rows) - 1))
        for step in (direction, -direction):
            index = self.index
            while 0 <= index < len(rows):
                if rows[index].selectable:
                    self.index = index
                    return
                index += step

    def _into_sight(self, rows: Sequence[Row], height: int) -> None:
        """Scroll just as far as needed; the headings above the first row are seen with it."""
        height = max(height, 1)
        top = self.index
        while top > 0 and not rows[top - 1].selectable:
            top -= 1
        self.first = max(min(self.first, top), self.index - height + 1)
        self.first = max(0, min(self.first, len(rows) - height))


def thumb(first: int, height: int, count: int) -> range:
    """Lines of a scroll bar that stand for what is seen; empty if everything is."""
    if count <= height or height <= 0:
        return range(0)
    size = max(1, height * height // count)
    start = round(first / (count - height) * (height - size))
    return range(start, start + size)
