"""Bounds of the numbers in a dialog, read from the declarations of the commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args, get_type_hints

import annotated_types


class EntryError(ValueError):
    """What was typed is unusable; the message says what is expected."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number may be."""

    whole: bool
    low: float | None = None
    low_open: bool = False
    """Whether `low` itself is excluded."""
    high: float | None = None

    @property
    def expected(self) -> str:
        """The bounds in words, e.g. `0 to 1`, or `above 0, at most 1` where 0 is excluded."""
        if self.low is None:
            return ""
        low = f"above {self.low:,g}" if self.low_open else f"{self.low:,g}"
        if self.high is None:
            return low if self.low_open else f"at least {low}"
        high = f"{int(self.high):,}" if self.whole else f"{self.high:g}"
        return f"{low}, at most {high}" if self.low_open else f"{low} to {high}"

    def parse(self, text: str) -> float | int:
        """The number that was typed.

        Raises:
            EntryError: it is none, or out of bounds.
        """
        noun = "whole number" if self.whole else "number"
        try:
            number: float | int = int(text, 10) if self.whole else float(text)
        except ValueError:
            raise EntryError(f"a {noun}, {self.expected}".rstrip(", ")) from None
        inside = (
            (self.low is None or number > self.low or (number == self.low and not self.low_open))
            and (self.high is None or number <= self.high)
            and abs(number) < float("inf")
        )
        if not inside:
            raise EntryError(f"must be {self.expected}")
        return number


def bounds_of(command: type, field: str) -> Bounds:
    """The bounds that a command declares for one of its fields."""
    hint = get_type_hints(command, include_extras=True)[field]
    hint = next((arg for arg in get_args(hint) if hasattr(arg, "__metadata__")), hint)
    low = high = None
    low_open = False
    for info in getattr(hint, "__metadata__", ()):
        for item in getattr(info, "metadata", ()):
            if isinstance(item, annotated_types.Ge):
                low = float(str(item.ge))
            elif isinstance(item, annotated_types.Gt):
                low, low_open = float(str(item.gt)), True
            elif isinstance(item, annotated_types.Le):
                high = float(str(item.le))
    kind = getattr(hint, "__origin__", hint)
    return Bounds(whole=kind is int, low=low, low_open=low_open, high=high)


def agent_ids(text: str, population: int) -> tuple[int, ...]:
    """The agents that `3, 7, 10-14` names, in ascending order.

    Raises:
        EntryError: it names none, or some that do not exist.
    """
    found: set[int] = set()
    for part in text.replace(",", " ").split():
        first, dash, last = part.partition("-")
        try:
            low, high = int(first, 10), int(last if dash else first, 10)
        except ValueError:
            raise EntryError("ids such as 3, 7, 10-14") from None
        if low < 0 or high >= population:
            raise EntryError(f"there are agents 0 to {population - 1}")
        found.update(range(low, high + 1))
    if not found:
        raise EntryError("ids such as 3, 7, 10-14")
    return tuple(sorted(found))
