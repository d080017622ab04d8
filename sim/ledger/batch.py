"""How many steps are written in one transaction, and for how long one may wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from sim.ledger.draft import StepDraft
from sim.ledger.ledger import RECENT

MOST_STEPS: Final = RECENT // 2
"""Steps that are held back at most: a damaged file is mended from those that are remembered."""
AT_ONCE: Final = ("signatures", "commands")
"""Tables whose rows others go by at once: agents poll signatures, and whoever gives a command is
told what became of it."""


class Batch:
    """Decides which steps are held back, to be written together with those that follow.

    A step is *acknowledged* once anybody is told of it: by a picture, by what became of a command,
    by progress, a checkpoint or a summary. Whoever tells lets everything be written first, so that
    a crash takes no step that is acknowledged; what it takes is computed again by a resume, and
    comes out the same.

    Args:
        seconds: tells how long a step may wait at most.
        clock: seconds.
    """

    def __init__(
        self, seconds: Callable[[], float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.allowed = False
        """Whether whoever steps has everything written before anybody is told."""
        self.steps = 1
        """Steps in one transaction at most."""
        self._seconds = seconds
        self._clock = clock
        self._since = 0.0
        """When the first of those that are held back was done."""

    def holds(self, draft: StepDraft, held: int, took: float) -> bool:
        """Whether a step may wait for the next one.

        Args:
            draft: what it records.
            held: steps that wait already.
            took: how long it took, s: the next one will take about as long.
        """
        if not self.allowed or any(draft.rows(table) for table in AT_ONCE):
            return False
        if held + 1 >= min(self.steps, MOST_STEPS):
            return False
        now = self._clock()
        if not held:
            self._since = now
        return now - self._since + took <= self._seconds()
