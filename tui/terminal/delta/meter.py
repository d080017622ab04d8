"""What drawing costs: bytes and frames per second, and how far away the terminal is."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

SPAN = 2.0
"""Seconds that a reading is about."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a meter."""

    bytes_per_second: float
    frames_per_second: float
    round_trip: float | None
    """Seconds to the terminal and back, or None where it has not answered."""


class Meter:
    """Counts frames as a driver writes them."""

    def __init__(self) -> None:
        self.total_bytes = 0
        """All that was written, control sequences included."""
        self.total_frames = 0
        """Frames written, a part of a frame counted as one."""
        self.round_trip: float | None = None
        self._lately: deque[tuple[float, int, int]] = deque()

    def wrote(self, size: int, *, frame: bool) -> None:
        """So many bytes were written."""
        self.total_bytes += size
        self.total_frames += frame
        self._lately.append((time.monotonic(), size, int(frame)))
        self._drop()

    def read(self) -> Reading:
        """The last two seconds."""
        self._drop()
        sizes = sum(size for _, size, _ in self._lately)
        frames = sum(frame for _, _, frame in self._lately)
        return Reading(sizes / SPAN, frames / SPAN, self.round_trip)

    def _drop(self) -> None:
        start = time.monotonic() - SPAN
        while self._lately and self._lately[0][0] < start:
            self._lately.popleft()
