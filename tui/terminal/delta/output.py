"""A thread that writes to the terminal, so that the app never waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

_PATIENCE = 2.0
"""Seconds to wait at the end for a terminal that takes nothing."""


class Terminal(Protocol):
    """What an output writes to."""

    def write(self, text: str, /) -> int:
        """Write, or wait until that is possible."""

    def flush(self) -> None:
        """Hand it to the system."""


class Output:
    """Writes texts in their order.

    Args:
        file: the terminal; swallows or reports its own errors.
        taken: called in the thread whenever everything has been taken.
    """

    def __init__(self, file: Terminal, taken: Callable[[], None]) -> None:
        self._file, self._taken = file, taken
        self._texts: list[str] = []
        self._busy = False
        self._ended = False
        self._ready = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="delta-output", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether the terminal has still to take something."""
        return self._busy

    def put(self, text: str) -> None:
        """Write this after all that was put before."""
        with self._ready:
            self._texts.append(text)
            self._busy = True
            self._ready.notify()

    def end(self) -> None:
        """Write what is left and stop; not for ever, where the terminal takes nothing."""
        with self._ready:
            self._ended = True
            self._ready.notify()
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        while True:
            with self._ready:
                self._ready.wait_for(lambda: self._texts or self._ended)
                text = "".join(self._texts)
                self._texts.clear()
            if not text:
                return
            self._file.write(text)
            self._file.flush()
            with self._ready:
                self._busy = bool(self._texts)
            if not self._busy:
                self._taken()
