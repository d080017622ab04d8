"""What colour the terminal's background has: asked with OSC 11 before the app takes the terminal.

The question ends with one that every terminal answers (who are you?), so that nobody waits for a
terminal that knows nothing of the first. What somebody typed meanwhile comes back too.
"""

from __future__ import annotations

import os
import re
import select
import termios
import time
from contextlib import suppress
from typing import Any

_QUESTION = b"\x1b]11;?\x1b\\\x1b[c"
_COLOUR = re.compile(
    rb"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})"
    rb"(?:/[0-9a-fA-F]{1,4})?(?:\x07|\x1b\\)"
)
_IDENTITY = re.compile(rb"\x1b\[\?[\d;]*c")
_MOST = 1 << 16
Colour = tuple[float, float, float]
"""Red, green and blue in 0..1."""


class BackgroundQuestion:
    """Asked at once; the answer is fetched when it is needed.

    Args:
        keys: file descriptor that the terminal answers on.
        screen: file descriptor that it listens to.
    """

    def __init__(self, keys: int, screen: int) -> None:
        self._keys = keys
        self._modes: list[Any] | None = None
        try:
            self._modes = termios.tcgetattr(keys)
            silent = termios.tcgetattr(keys)
            silent[3] &= ~(termios.ICANON | termios.ECHO)
            termios.tcsetattr(keys, termios.TCSANOW, silent)
            os.write(screen, _QUESTION)
        except (termios.error, OSError):
            self._restore()
            self._modes = None

    def answer(self, patience: float) -> tuple[Colour | None, str]:
        """The colour, or None where the terminal does not say; and what was typed.

        Args:
            patience: longest wait in seconds.
        """
        if self._modes is None:
            return None, ""
        data, end = b"", time.monotonic() + patience
        try:
            while not _IDENTITY.search(data) and len(data) < _MOST:
                left = end - time.monotonic()
                ready, _, _ = select.select([self._keys], [], [], max(left, 0.0))
                if not ready:
                    break
                if not (more := os.read(self._keys, 4096)):
                    break
                data += more
        except OSError:  # the terminal is gone: the app finds out itself
            pass
        finally:
            self._restore()
        return colour_in(data), typed_in(data)

    def _restore(self) -> None:
        if self._modes is not None:
            with suppress(termios.error):
                termios.tcsetattr(self._keys, termios.TCSANOW, self._modes)


def colour_in(data: bytes) -> Colour | None:
    """The colour in a terminal's answer; each component has one to four digits."""
    found = _COLOUR.search(data)
    if found is None:
        return None
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in found.groups())
    return red, green, blue


def is_light(colour: Colour | None) -> bool:
    """Whether a background is bright to the eye."""
    if colour is None:
        return False
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue > 0.5


def typed_in(data: bytes) -> str:
    """What of the bytes is no answer."""
    return _IDENTITY.sub(b"", _COLOUR.sub(b"", data)).decode("utf-8", "replace")
