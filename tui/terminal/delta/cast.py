"""A recording of the screen: asciicast version 2, as asciinema plays it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import IO

from rich.color import ColorSystem

from tui.terminal.delta.capabilities import Capabilities
from tui.terminal.delta.painter import Painter
from tui.terminal.delta.updates import Update


class Cast:
    """Writes what changes on the screen, and when.

    Only what every player understands is written, whatever the terminal can do, and every frame of
    the app is written, whatever the terminal takes.

    Args:
        file: open for text; the caller closes it.
        clock: seconds.
        colours: what the recording may contain.
        title: what players show.
    """

    def __init__(
        self,
        file: IO[str],
        clock: Callable[[], float],
        colours: ColorSystem = ColorSystem.TRUECOLOR,
        title: str = "",
    ) -> None:
        self.error: OSError | None = None
        """Why the recording ended early."""
        self._file, self._clock, self._title = file, clock, title
        self._painter = Painter(colours, Capabilities())
        self._size = (0, 0)
        self._began = 0.0

    def record(self, update: Update) -> None:
        """Write an update of the compositor."""
        if self.error is not None:
            return
        self._painter.update(update)
        try:
            if self._painter.size != self._size:
                self._resize()
            if self._painter.pending and self._size != (0, 0) and (text := self._painter.take()):
                self._event("o", text)
            self._file.flush()
        except OSError as error:
            self.error = error

    def _resize(self) -> None:
        width, height = size = self._painter.size
        if self._size == (0, 0):
            self._began = self._clock()
            header = {"version": 2, "width": width, "height": height, "title": self._title}
            self._file.write(json.dumps(header) + "\n")
            self._event("o", "\x1b[?25l")
        else:
            self._event("r", f"{width}x{height}")
        self._size = size

    def _event(self, kind: str, data: str) -> None:
        event = [round(self._clock() - self._began, 3), kind, data]
        self._file.write(json.dumps(event, ensure_ascii=False) + "\n")
