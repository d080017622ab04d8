"""Simple symbols only: whatever any widget draws, borders and toasts too, the terminal can show."""

from __future__ import annotations

from dataclasses import fields
from functools import cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.theme.glyphs import UNICODE, Glyphs

_ASCII_FRAMES = {
    **dict.fromkeys("─━═▔╌┄", "-"),
    **dict.fromkeys("│┃║▏▎▍▌▐▕▊", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘┏┓┗┛╔╗╚╝├┤┬┴┼", "+"),
    **dict.fromkeys("◂‹", "<"),
    **dict.fromkeys("▸›", ">"),
    "█": "#",
    "•": "*",
}
_CONSOLE_FRAMES = {
    **dict.fromkeys("━═▔╌┄", "─"),
    **dict.fromkeys("┃║▏▎▍▕", "│"),
    **dict.fromkeys("╭┏╔", "┌"),
    **dict.fromkeys("╮┓╗", "┐"),
    **dict.fromkeys("╰┗╚", "└"),
    **dict.fromkeys("╯┛╝", "┘"),
    **dict.fromkeys("◂‹", "◄"),
    **dict.fromkeys("▸›", "►"),
    **dict.fromkeys("▁▂▃", "_"),
    **dict.fromkeys("▅▆", "▄"),
    **dict.fromkeys("▇▉▊", "█"),
    "●": "•",
}


@cache
def _table(glyphs: Glyphs) -> dict[int, str]:
    """Every symbol of the app and of frames with its twin of one cell."""
    found: dict[str, str] = {}
    for field in fields(Glyphs):
        fancy, simple = getattr(UNICODE, field.name), getattr(glyphs, field.name)
        if not isinstance(fancy, bool):
            found |= dict(zip(fancy, simple, strict=True))
    found |= _ASCII_FRAMES if glyphs.ascii else _CONSOLE_FRAMES
    return {ord(symbol): twin for symbol, twin in found.items() if not glyphs.shows(symbol)}


def simple_text(text: str, glyphs: Glyphs) -> str:
    """`text` in the symbols of a set, as many cells wide."""
    if text.isascii():
        return text
    simple = text.translate(_table(glyphs))
    if simple.isascii():
        return simple
    return "".join(glyphs.plain(c) if cell_len(c) == 1 else "?" * cell_len(c) for c in simple)


class SimpleSymbols(LineFilter):
    """Replaces what a terminal cannot show.

    Args:
        glyphs: what it can.
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in simple symbols."""
        return [
            segment
            if segment.text.isascii()
            else Segment(simple_text(segment.text, self._glyphs), segment.style)
            for segment in segments
        ]
