"""Figures that do not change faster than anyone reads them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
SECONDS = 0.5
"""Between two figures."""


class Steady(Generic[T]):
    """Keeps for a while what was made last.

    Args:
        clock: seconds that go on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: T | None = None
        self._about: object = None
        self._made_at = float("-inf")
        self.late = False
        """Whether what was given last had been made of something older."""

    def get(self, make: Callable[[], T], about: object, *, hurried: bool) -> T:
        """What was made last, or something new.

        Args:
            make: makes it.
            about: what it is about; about something else it is made anew at once.
            hurried: whether it may be older than what is there now.
        """
        now = self._clock()
        self.late = hurried and about == self._about and now - self._made_at < SECONDS
        if not self.late or self._kept is None:
            self._kept, self._about, self._made_at = make(), about, now
        return self._kept
