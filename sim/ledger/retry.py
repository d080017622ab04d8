"""Waiting for a lock: exponential backoff."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAX_PAUSE_S = 2.0
"""No single pause is longer, however many attempts are allowed."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How often to try again, and how long to wait in between.

    Sleeping changes when a step is recorded, never what is recorded.
    """

    attempts: int = 5
    """Repetitions after the first try."""
    base_s: float = 0.02
    """First pause in seconds; each further one is twice as long."""
    sleep: Callable[[float], None] = time.sleep

    def pauses(self) -> Iterator[float]:
        """The pauses in seconds, one per repetition."""
        for attempt in range(self.attempts):
            yield min(self.base_s * 2.0**attempt, MAX_PAUSE_S)
