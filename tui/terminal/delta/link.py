"""How much may be written now: what the line takes, what is allowed, what is under way.

A terminal behind SSH accepts far more bytes than its line can carry: they wait in buffers, and what
a key brings waits behind them. So frames end with a question that every terminal answers (where is
the cursor?), and as long as answers come late no more is written than the line carries meanwhile.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

LATE = 0.1
"""Seconds over the shortest round trip from which on an answer shows that bytes are waiting."""
LEAST = 512
"""Bytes that may always be under way; a smaller part of a frame is not worth an address."""
_FIRST = 1 << 14
"""Bytes that may be under way before the line is known: about one whole screen."""
_MOST = 1 << 17
"""Bytes under way from which on a line counts as one that takes everything."""
_BEYOND = 4 * LEAST
"""Bytes that keys may bring though there is no room."""
_SILENT = 3.0
"""Seconds after which no answer is expected any more. Who never gave one is not asked again."""
_EVERY = 0.5
"""Seconds between two questions on a line that is fast enough."""
_FAR = 2048
"""Bytes after which one asks anyway."""
_QUESTIONS = 8
"""Most questions that are open, and how often one asks about what may be under way."""


@dataclass(slots=True)
class _Question:
    at: float
    position: int
    """Bytes written before it, and with it."""
    ahead: int
    """Bytes of those that were not known to have arrived."""


class Link:
    """Decides when and how much to write; knows no terminal and no clock.

    Args:
        most: bytes per second that are allowed, or 0 for no limit.
        asks: whether the terminal can be asked at all.
    """

    def __init__(self, most: int = 0, *, asks: bool = True) -> None:
        self.round_trip: float | None = None
        """Seconds from the last question that was answered to its answer."""
        self._most = most
        self._asks = asks
        self._shortest: float | None = None
        self._open: deque[_Question] = deque()
        self._asked = float("-inf")
        self._written = 0
        self._answered = 0
        """Bytes known to have arrived."""
        self._window = float(_FIRST)
        self._full = False
        """Whether the line was full at some time."""
        self._beyond = False
        """Whether there was no room when it was asked for last."""
        self._exceeded = 0
        """Bytes written though there was no room, since the last answer."""
        self._tokens, self._filled = float(most), 0.0

    @property
    def waits(self) -> bool:
        """Whether answers are missing."""
        return bool(self._open)

    @property
    def under_way(self) -> int:
        """Bytes of which nobody knows whether they arrived."""
        return self._written - self._answered

    def allowance(self, now: float, *, urgent: bool = False) -> int | None:
        """Bytes that may be written now: None for any number, 0 for none.

        Args:
            now: the time, s.
            urgent: a key waits for it. It may go a little beyond what is allowed.
        """
        self._give_up(now)
        room = self._window - self.under_way if self._asks else _MOST
        if not self._open:
            # A title, say, went out without a question: nobody will tell that it has arrived.
            room = max(room, LEAST)
        if self._is_late(now):
            room = 0.0
        self._beyond = room < LEAST
        if self._beyond and urgent and self._exceeded < _BEYOND:
            room = LEAST
        if self._most:
            self._fill(now)
            room = min(room, self._tokens + (self._most if urgent else 0))
        if room >= _MOST - self.under_way:
            return None
        return int(room) if room >= min(LEAST, self._most or LEAST) else 0

    def pause(self) -> float:
        """Seconds after which it is worth asking again for an allowance."""
        return 0.05 if not self._most else min(0.25, max(0.02, LEAST / self._most))

    def asks(self, count: int, now: float) -> bool:
        """Whether what is written next should end with a question.

        Args:
            count: bytes that are written next.
            now: the time, s.
        """
        if not self._asks or len(self._open) >= _QUESTIONS:
            return False
        far = count + self._written - (self._open[-1].position if self._open else self._answered)
        # A narrow line is asked often; a wide one not by every frame of a few hundred bytes.
        late = now - self._asked >= _EVERY and not self._open
        return late or far >= min(_FAR, self._window / _QUESTIONS)

    def wrote(self, count: int, now: float, *, asked: bool) -> None:
        """So many bytes were written, at their end a question or not."""
        self._written += count
        self._tokens -= count
        self._exceeded += count if self._beyond else 0
        if asked:
            self._asked = now
            self._open.append(_Question(now, self._written, self.under_way))

    def answer(self, now: float) -> None:
        """The terminal answered the oldest question."""
        if not self._open:
            return
        question = self._open.popleft()
        self.round_trip = trip = now - question.at
        arrived = question.position - self._answered
        if self._shortest is None or trip < self._shortest:
            self._shortest = trip
        # The line may have become a longer one: the shortest trip is forgotten slowly.
        self._shortest += (trip - self._shortest) / 512
        if trip - self._shortest > LATE:
            self._full = True
            # Only a line that is full shows how much it carries.
            rate = question.ahead / (trip - self._shortest)
            self._window = max(LEAST, min(self._window, 2 * LATE * rate))
        elif self._window < _MOST:
            # Twice as much with every answer until it was once too much, then with care.
            self._window = min(_MOST, self._window + (LEAST / 2 if self._full else arrived))
        self._exceeded = 0
        self._answered = question.position

    def forget(self) -> None:
        """What was asked will not be answered any more."""
        self._open.clear()
        self._answered = self._written

    def _is_late(self, now: float) -> bool:
        """Whether an answer is missing for so long that the line seems to carry nothing."""
        usual = self._shortest if self._shortest is not None else _SILENT
        return bool(self._open) and now - self._open[0].at > usual + 3 * LATE

    def _give_up(self, now: float) -> None:
        if self._open and now - self._open[0].at > _SILENT:
            self._asks = self.round_trip is not None
            self.forget()

    def _fill(self, now: float) -> None:
        self._tokens = min(float(self._most), self._tokens + (now - self._filled) * self._most)
        self._filled = now
