"""Which panes are drawn with the next picture, while pictures come faster than anyone reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from tui.screens.arrangement import ORDER

_LISTS = ("signatures", "story", "journal", "errors")
_CURVES = ("timeline", "ledger", "parameters", "attacks", "quality")
TURNS = ((*_LISTS, "engine"), _CURVES, _LISTS, _CURVES)
"""Panes that are drawn together; times that flicker without meaning are least often."""
ALWAYS = "grid"
"""The map is drawn with every picture."""
TURN_SECONDS = 0.25
"""Between two turns: rows that jump faster are not read by anybody, and cost a line dearly."""
BEHIND_SECONDS = 0.5
"""Between two pictures behind a dialog: who reads it does not look at what is dimmed."""


class Turns:
    """Lets panes rest.

    Args:
        panes: ids of all panes; those of plug-ins have the last turn.
        clock: seconds that go on.
    """

    def __init__(self, panes: Iterable[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._panes = frozenset(panes)
        self._clock = clock
        self._number = 0
        self._last = float("-inf")
        """When the last turn was."""
        self._came = float("-inf")
        """When the last picture came."""
        self.resting: frozenset[str] = frozenset()
        """Panes that are not to be drawn now."""
        self.turned = False
        """Whether the last picture began a turn; the status line is drawn with each."""

    def note(self) -> None:
        """A picture has come."""
        self._came = self._clock()

    @property
    def idle(self) -> bool:
        """Whether none has come for a while."""
        return self._clock() - self._came >= TURN_SECONDS

    def draw_all(self) -> None:
        """Nobody rests any more."""
        self.resting = frozenset()

    def advance(self) -> None:
        """A picture has come: see whose turn it is, if it is anybody's."""
        drawn = {ALWAYS}
        self.turned = self._due(TURN_SECONDS)
        if self.turned:
            self._number = (self._number + 1) % len(TURNS)
            drawn.update(TURNS[self._number])
            if self._number == len(TURNS) - 1:
                drawn.update(self._panes.difference(ORDER))
        self.resting = self._panes - drawn

    def behind(self) -> bool:
        """A picture has come while a dialog is in front: whether it is shown behind it."""
        due = self._due(BEHIND_SECONDS)
        self.resting = frozenset() if due else self._panes
        return due

    def _due(self, seconds: float) -> bool:
        now = self._clock()
        due = now - self._last >= seconds
        if due:
            self._last = now
        return due
