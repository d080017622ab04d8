"""Tells the terminal's own window how the program stands: its title, a bell, a notification."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping

_SAVE, _RESTORE = "\x1b[22;0t", "\x1b[23;0t"
_BELL = "\x07"
_EVERY = 5.0
"""Seconds between two titles that differ by a number only."""
_WITHOUT = ("linux", "dumb", "vt", "cons", "sun", "ansi")
"""Beginnings of the names of terminals that have no window, and might print what is said to it."""


class Herald:
    """Says what is new, and nothing twice.

    Args:
        write: sends text to the terminal.
        environ: the environment, for the terminal's name.
    """

    def __init__(
        self, write: Callable[[str], object], environ: Mapping[str, str] = os.environ
    ) -> None:
        self._write = write
        self._window = not environ.get("TERM", "").startswith(_WITHOUT)
        self._title = ""
        self._when = float("-inf")

    def entitle(self, title: str, *, urgent: bool) -> None:
        """Give the window a title; the one that it had comes back at the end.

        Args:
            title: printable text.
            urgent: not only when the last one has stood for a while.
        """
        now = time.monotonic()
        if not self._window or title == self._title or not (urgent or now - self._when >= _EVERY):
            return
        self._when = now
        if not self._title:
            self._write(_SAVE)
        self._title = title
        self._write(f"\x1b]2;{title}{_BELL}")

    def call(self, text: str) -> None:
        """Ring the bell, and ask the terminal to show a notification where it can."""
        self._write(_BELL)
        if self._window:
            self._write(f"\x1b]9;{text}{_BELL}")

    def end(self) -> None:
        """Give the window its title back."""
        if self._title:
            self._title = ""
            self._write(_RESTORE)
