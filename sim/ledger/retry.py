"""Waiting before a new try: exponential backoff."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

MAX_PAUSE_S = 2.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """How often to try again, and how long to wait in between.

    Sleeping changes when a step is recorded, never what is recorded.
    """

    attempts: int | None = 5
    """Repetitions after the first try; None is without end."""
    base_s: float = 0.02
    """First pause in seconds."""
    sleep: Callable[[float], None] = time.sleep
    growth: float = 2.0
    """Each further pause as a multiple of the one before it."""
    longest_s: float | None = None
    """No single pause is longer, however many attempts are allowed; None is `MAX_PAUSE_S`."""

    def pauses(self) -> Iterator[float]:
        """The pauses in seconds, one per repetition."""
        longest = MAX_PAUSE_S if self.longest_s is None else self.longest_s
        pause = min(self.base_s, longest)
        for _ in count() if self.attempts is None else range(self.attempts):
            yield pause
            pause = min(pause * self.growth, longest)
