"""A terminal in memory: pyte, with what it lacks and what this project's drivers write."""

from __future__ import annotations

from codecs import getincrementaldecoder
from typing import Any, ClassVar

import pyte
from pyte.screens import Char
from rich.color import Color

_SEEN_IN_SPACES = {4, 7, 9, 21, 53}
_OFF = {22: (1, 2), 23: (3,), 24: (4, 21), 25: (5, 6), 27: (7,), 28: (8,), 29: (9,), 55: (53,)}


class Screen(pyte.Screen):
    """Knows REP, and every attribute of SGR: the style of a cell stands in its `fg` and `bg`."""

    def __init__(self, columns: int, lines: int) -> None:
        self._last = " "
        self._attributes: frozenset[int] = frozenset()
        self._colours = {38: "", 48: ""}
        self.answers: list[str] = []
        self._kept: tuple[tuple[int, int, Char], frozenset[int], dict[int, str]] | None = None
        super().__init__(columns, lines)

    def draw(self, data: str) -> None:
        super().draw(data)
        self._last = data[-1]

    def repeat(self, count: int = 1) -> None:
        super().draw(self._last * (count or 1))

    def save_cursor(self) -> None:
        """Where pyte stacks them up, terminals keep one, with its pen."""
        self._kept = (
            (self.cursor.x, self.cursor.y, self.cursor.attrs),
            self._attributes,
            dict(self._colours),
        )

    def restore_cursor(self) -> None:
        if self._kept is None:
            return
        (x, y, attrs), self._attributes, colours = self._kept
        self.cursor.x, self.cursor.y, self.cursor.attrs = x, y, attrs
        self._colours = dict(colours)

    def write_process_input(self, data: str) -> None:
        self.answers.append(data)

    def select_graphic_rendition(self, *codes: int, **_: Any) -> None:
        left = list(codes or (0,))
        while left:
            code = left.pop(0)
            if code == 0:
                self._attributes, self._colours = frozenset(), {38: "", 48: ""}
            elif code in (38, 48):
                count = 4 if left[0] == 2 else 2
                self._colours[code] = _colour(*left[:count])
                del left[:count]
            elif code in _OFF:
                self._attributes -= {*_OFF[code]}
            elif 30 <= code < 40 or 90 <= code < 98:
                self._colours[38] = "" if code == 39 else str(code)
            elif 40 <= code < 50 or 100 <= code < 108:
                self._colours[48] = "" if code == 49 else str(code)
            else:
                self._attributes |= {code}
        marks = ",".join(map(str, sorted(self._attributes)))
        self.cursor.attrs = Char(" ", f"{self._colours[38]}|{marks}", self._colours[48])

    def picture(self) -> list[list[tuple[str, str, str]]]:
        """Each cell's text, foreground with attributes, and background, as they are seen."""
        return [[_seen(self.buffer[y][x]) for x in range(self.columns)] for y in range(self.lines)]


class Stream(pyte.Stream):
    csi: ClassVar[dict[str, str]] = {**pyte.Stream.csi, "b": "repeat"}
    events = pyte.Stream.events | {"repeat"}


class Terminal:
    """A screen and the stream that draws on it."""

    def __init__(self, columns: int, lines: int) -> None:
        self.screen = Screen(columns, lines)
        self._stream = Stream(self.screen)
        self._decode = getincrementaldecoder("utf-8")("replace").decode

    def feed(self, text: str) -> None:
        self._stream.feed(text)

    def feed_bytes(self, data: bytes) -> None:
        """Bytes as they come, characters cut in two as well."""
        self.feed(self._decode(data))

    def picture(self) -> list[list[tuple[str, str, str]]]:
        return self.screen.picture()

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)


def differences(
    one: Terminal, other: Terminal
) -> list[tuple[int, int, tuple[str, str, str], tuple[str, str, str]]]:
    """Where two terminals differ: row, column, and what either shows."""
    both = enumerate(zip(one.picture(), other.picture(), strict=True))
    return [
        (y, x, a, b)
        for y, rows in both
        for x, (a, b) in enumerate(zip(*rows, strict=True))
        if a != b
    ]


def _colour(kind: int, *values: int) -> str:
    """One name for one colour: those of cube and ramp have two."""
    if kind == 5 and values[0] >= 16:
        kind, values = 2, Color.from_ansi(values[0]).get_truecolor()
    return ";".join(map(str, (kind, *values)))


def _seen(cell: Char) -> tuple[str, str, str]:
    attributes = {int(code) for code in cell.fg.partition("|")[2].split(",") if code}
    background = "" if cell.bg == "default" else cell.bg
    if cell.data == " " and not attributes & _SEEN_IN_SPACES:
        return (" ", "", background)  # a space has no colour but its background
    return (cell.data, "|" if cell.fg == "default" else cell.fg, background)
