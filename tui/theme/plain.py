"""ASCII only: whatever any widget draws, borders and toasts too, leaves the app as ASCII."""

from __future__ import annotations

from dataclasses import fields

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.theme.glyphs import ASCII, UNICODE, Glyphs

_FRAMES = {
    **dict.fromkeys("─━═▔╌┄", "-"),
    **dict.fromkeys("│┃║▏▎▍▌▐▕▊", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘┏┓┗┛╔╗╚╝├┤┬┴┼", "+"),
    **dict.fromkeys("◂‹", "<"),
    **dict.fromkeys("▸›", ">"),
    "█": "#",
    "•": "*",
}


def _twins() -> dict[int, str]:
    """Every symbol of the app and of frames with its twin of one cell."""
    found: dict[str, str] = {}
    for field in fields(Glyphs):
        fancy, simple = getattr(UNICODE, field.name), getattr(ASCII, field.name)
        if not isinstance(fancy, bool):
            found |= dict(zip(fancy, simple, strict=True))
    return {ord(symbol): twin for symbol, twin in {**found, **_FRAMES}.items()}


_TABLE = _twins()


def ascii_text(text: str) -> str:
    """`text` in ASCII, as many cells wide."""
    if text.isascii():
        return text
    simple = text.translate(_TABLE)
    if simple.isascii():
        return simple
    return "".join(ASCII.plain(c) if cell_len(c) == 1 else "?" * cell_len(c) for c in simple)


class AsciiOnly(LineFilter):
    """Replaces what an ASCII terminal cannot show."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in ASCII."""
        return [
            segment if segment.text.isascii() else Segment(ascii_text(segment.text), segment.style)
            for segment in segments
        ]
