"""The first picture: the frames of the panes, drawn before the app and its libraries are loaded.

It is written once, with nothing but what every terminal understands. The app then draws over it.
"""

from __future__ import annotations

import os
import shutil
import sys
import termios
from contextlib import suppress
from types import TracebackType
from typing import Any

from textual.geometry import Region

from tui.screens.arrangement import ORDER, TABBED, TITLES, arrange
from tui.theme.symbols import choose_glyphs

_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l\x1b[2J", "\x1b[?25h\x1b[?1049l"
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"
_ROUND, _SQUARE, _ASCII = "╭─╮│╰╯", "┌─┐│└┘", "+-+|++"


class Curtain:
    """Raised at once where there is a terminal; dropped when something goes wrong before the app.

    Args:
        ascii_only: whether frames are drawn in ASCII.
    """

    def __init__(self, *, ascii_only: bool = False) -> None:
        self._ascii_only = ascii_only
        self._modes: list[Any] | None = None
        self.raised = False
        """Whether the terminal shows it."""

    def __enter__(self) -> Curtain:
        """Draw, where that can be."""
        streams = (sys.stdin, sys.stdout, sys.__stderr__)
        here = all(stream is not None and stream.isatty() for stream in streams)
        if not here or os.environ.get("TEXTUAL_DRIVER") or os.environ.get("TERM") in _CANNOT:
            return self
        size = shutil.get_terminal_size()
        with suppress(termios.error, OSError):
            self._silence()
            self.raised = True
            glyphs = choose_glyphs(self._ascii_only)
            frames = _ASCII if glyphs.ascii else _ROUND if glyphs.braille else _SQUARE
            self._write(_ENTER + picture(size.columns, size.lines, frames, glyphs.loading))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the terminal back, unless the app has it already."""
        self.drop()

    def drop(self) -> None:
        """Give the terminal back as it was."""
        if self.raised:
            self.raised = False
            self._restore()
            with suppress(OSError):
                self._write(_LEAVE)

    def hand_over(self) -> bool:
        """Leave what is drawn to the app; whether there is something."""
        there, self.raised = self.raised, False
        if there:
            self._restore()
        return there

    def _silence(self) -> None:
        """Do not show what is typed; it stays there for the app."""
        self._modes = termios.tcgetattr(0)
        silent = termios.tcgetattr(0)
        silent[3] &= ~(termios.ICANON | termios.ECHO)
        termios.tcsetattr(0, termios.TCSANOW, silent)

    def _restore(self) -> None:
        if self._modes is not None:
            with suppress(termios.error):
                termios.tcsetattr(0, termios.TCSANOW, self._modes)
            self._modes = None

    def _write(self, text: str) -> None:
        assert sys.__stderr__ is not None
        sys.__stderr__.write(text)
        sys.__stderr__.flush()


_CANNOT = ("dumb", "unknown")


def picture(width: int, height: int, frames: str, loading: str) -> str:
    """What is drawn: a status line and the frames of the panes with their titles.

    Args:
        width: cells of the terminal.
        height: lines of the terminal.
        frames: corners and edges: upper left, horizontal, upper right, vertical, lower corners.
        loading: the symbol of a run that is not there yet.
    """
    placed = arrange(width, height - 2, ORDER[0], TABBED[0])
    parts = [_at(0, 0) + f" {loading} LOADING", _DIM]
    for name, region in placed.places.items():
        key, title = TITLES[name]
        words = "" if name in placed.tabs else f" {key} {title} "
        parts.append(_frame(region.translate((0, 1)), words, frames))
    if placed.tabs:
        words = "  ".join(f" {TITLES[name][0]} {TITLES[name][1]}" for name in placed.tabs)
        parts.append(_at(placed.bar.x, placed.bar.y + 1) + words[: placed.bar.width])
    return "".join([*parts, _PLAIN])


def _frame(region: Region, words: str, frames: str) -> str:
    left, across, right, down, lower_left, lower_right = list(frames)
    inside = region.width - 2
    if inside < 1 or region.height < 2:
        return ""
    top = (across + words)[:inside].ljust(inside, across)
    lines = [_at(region.x, region.y) + left + top + right]
    lines += [
        _at(region.x, y) + down + _at(region.right - 1, y) + down
        for y in range(region.y + 1, region.bottom - 1)
    ]
    lines.append(_at(region.x, region.bottom - 1) + lower_left + across * inside + lower_right)
    return "".join(lines)


def _at(x: int, y: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H"
