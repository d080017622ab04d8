"""A thread of its own that looks at the health of a run beside steps that take long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from sim.resources.watch import INTERVAL, HealthWatch

LATE: Final = 1.5
"""Intervals after which the thread that steps is taken for busy: else it looks by itself."""


class Sentinel:
    """Looks whenever whoever steps has not done so for a while.

    Args:
        watch: what is looked at.
        changed: called when something is found to be unhealthy, or well again, and again and again
            while a step hangs.
        logged: what it finds is logged inside of one of these.
    """

    def __init__(
        self,
        watch: HealthWatch,
        changed: Callable[[], None],
        logged: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._watch = watch
        self._changed = changed
        self._logged = logged
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live, name="health", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; may be called again."""
        self._over.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _live(self) -> None:
        with self._logged():
            while not self._over.wait(LATE * INTERVAL):
                if self._watch.glance():
                    self._changed()
