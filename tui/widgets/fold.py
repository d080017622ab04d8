"""Rows and texts that are too long for a narrow place, folded between words."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

INDENT = 8
"""Cells before what goes on in another line."""


def folded(
    strip: Strip, width: int, lines: int, blank: Style, ellipsis: str, indent: int = INDENT
) -> list[Strip]:
    """A row in at most so many lines of `width` cells; the rest of it is an `ellipsis`."""
    text = strip.text.rstrip()
    pieces: list[Strip] = []
    start, room = 0, width
    while len(pieces) < lines - 1 and cell_len(text) - start > room:
        end = _break(text, start, room, indent)
        pieces.append(_indented(strip.crop(start, end), indent * bool(pieces), width, blank))
        start, room = end + 1, width - indent
    rest = strip.crop(start, max(cell_len(text), start))
    if rest.cell_length > room:
        rest = Strip.join([rest.crop(0, room - 1), _plain(ellipsis, blank)])
    pieces.append(_indented(rest, indent * bool(pieces), width, blank))
    return pieces


def _break(text: str, start: int, room: int, indent: int) -> int:
    """Cell of the last blank that leaves no more than `room` cells, or where the room ends."""
    place, found, least = 0, start + room, start or indent
    for character in text:
        if place > start + room:
            break
        if character == " " and place > least:
            found = place
        place += cell_len(character)
    return min(found, start + room)


def _indented(piece: Strip, indent: int, width: int, blank: Style) -> Strip:
    before = [Strip.blank(indent, blank)] if indent else []
    return Strip.join([*before, piece]).adjust_cell_length(width, blank)


def _plain(text: str, style: Style) -> Strip:
    return Strip([Segment(text, style)])


def hanging(text: Text, width: int, indent: int) -> Text:
    """Lines broken between words at `width` cells; what goes on stands under the first `indent`."""
    logical = text.split("\n", allow_blank=True)
    lines = [part for line in logical for part in _hung(line, width, indent)]
    return Text("\n").join(lines)


def _hung(line: Text, width: int, indent: int) -> list[Text]:
    parts: list[Text] = []
    room = width
    while cell_len(line.plain) > room > 1:
        end = line.plain.rfind(" ", 1, room + 1)
        end = room if end <= 0 else end
        parts.append(_padded(line[:end], indent if parts else 0))
        line = line[end:]
        while line.plain.startswith(" "):
            line = line[1:]
        room = max(width - indent, 1)
    return [*parts, _padded(line, indent if parts else 0)]


def _padded(line: Text, indent: int) -> Text:
    line.pad_left(indent)
    return line
