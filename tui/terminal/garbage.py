"""Python's cyclic garbage, collected at moments of the app's choosing.

Left to itself the collector runs after so many allocations, which is right in the middle of opening
a dialog, and then a key waits 15 ms longer to be seen.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

EVERY = 10.0
"""Seconds between two collections of what is new."""
_ALL = 6
"""Of this many collections, one looks at everything that was made since the start."""


class Sweeper:
    """Collects when it is called; between its calls nothing is collected."""

    def __init__(self) -> None:
        self._calls = 0
        self._was_frozen = False

    def begin(self) -> None:
        """From now on only `sweep` collects, and what is there by now stays for good."""
        gc.disable()
        self._was_frozen = gc.get_freeze_count() > 0
        gc.freeze()

    def end(self) -> None:
        """Leave it to Python again, also what was there at first if it was so before."""
        if not self._was_frozen:
            gc.unfreeze()
        gc.enable()

    def sweep(self) -> None:
        """Collect what has become garbage lately."""
        self._calls += 1
        gc.collect(2 if self._calls % _ALL == 0 else 1)


@contextmanager
def put_off() -> Iterator[None]:
    """Collect nothing inside: little becomes garbage while modules are imported."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
