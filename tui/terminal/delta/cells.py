"""Text as cells: one code point for each cell of the terminal, whatever is drawn in it.

A row of the screen is then a plain string as long as the screen is wide, and rows are cut, joined
and compared at the speed of strings. Glyphs that take several code points or several cells stand in
it as code points of the last two private planes, handed out as they are met.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from rich.cells import cell_len, get_character_cell_size

_FIRST = 0xF0000
CONTINUED = chr(_FIRST)
"""A cell that belongs to the glyph on its left."""
UNKNOWN = chr(_FIRST + 1)
"""A cell of which nobody knows what it shows; equal to nothing that is wanted."""
_HANDED_OUT = _FIRST + 2
_LAST = 0x10FFFD

_ZERO_WIDTH_JOINER = "\u200d"
_FIRST_SYMBOL = "\u2600"
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_WIDE = (
    (0x1100, 0x115F),
    (0x2E80, 0x303E),
    (0x3041, 0x33FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xA000, 0xA4CF),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0xFF01, 0xFF60),
    (0xFFE0, 0xFFE6),
)
"""Two cells wide in every terminal that knows wide characters at all."""


_RANGES = (
    (0x20, 0x7E),
    (0xA0, 0xAC),
    (0xAE, 0x2FF),
    (0x370, 0x482),
    (0x2010, 0x2027),
    (0x2030, 0x205E),
    (0x2190, 0x21FF),
    (0x2200, 0x22FF),
    (0x2500, 0x25FC),
    (0x2713, 0x2713),
    (0x2715, 0x2715),
    (0x2717, 0x2718),
    (0x2800, 0x28FF),
)
"""Latin, Greek, Cyrillic; punctuation, arrows, mathematics, boxes, shapes, ticks, Braille."""
PLAIN = frozenset(chr(code) for first, last in _RANGES for code in range(first, last + 1))
"""The most frequent of the characters that are cells already."""
_is_plain_text = PLAIN.issuperset
_controls = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Glyph:
    """What is drawn in one cell or in several."""

    text: str
    width: int
    reach: int
    """How many cells the most generous terminal would give it."""
    trusted: bool
    """Whether all terminals agree on its width, so that the cursor is where one expects it."""


class Glyphs:
    """The code points that stand for glyphs of several code points or cells."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._glyphs: dict[str, Glyph] = {}
        self._cells: dict[str, str] = {}

    @property
    def full(self) -> bool:
        """Whether so many are in use that the next whole screen should start with none."""
        return len(self._codes) > (_LAST - _HANDED_OUT) // 2

    def glyph(self, cell: str) -> Glyph | None:
        """What a cell stands for, or None where it is the character itself."""
        return self._glyphs.get(cell)

    def cells(self, text: str) -> str:
        """A text as cells; as many as Rich and Textual count.

        Control characters, which would move the cursor, are left out: they have no cell either.
        """
        if _is_plain_text(text):
            return text
        found = self._cells.get(text)
        if found is None:
            if len(self._cells) > 8192:
                self._cells.clear()
            found = self._cells[text] = self._translated(_controls.sub("", text))
        return found

    def _translated(self, text: str) -> str:
        return "".join(self._code(cluster) for cluster in _clusters(text))

    def _code(self, cluster: str) -> str:
        if len(cluster) == 1 and _is_plain(cluster):
            return cluster
        width = cell_len(cluster)
        if width == 0:
            return ""  # nothing in this text that it could be drawn over
        code = self._codes.get(cluster)
        if code is None and len(self._codes) > _LAST - _HANDED_OUT:
            return "?" * width
        if code is None:
            code = self._codes[cluster] = chr(_HANDED_OUT + len(self._codes))
            self._glyphs[code] = Glyph(cluster, width, _reach(cluster, width), _trusted(cluster))
        return code + CONTINUED * (width - 1)


def _clusters(text: str) -> list[str]:
    """Text cut where one glyph ends and the next begins, as far as widths depend on it."""
    clusters: list[str] = []
    joined = False
    for char in text:
        if clusters and (joined or _extends(clusters[-1], char)):
            clusters[-1] += char
        else:
            clusters.append(char)
        joined = char == _ZERO_WIDTH_JOINER
    return clusters


def _extends(cluster: str, char: str) -> bool:
    code = ord(char)
    if code in _FLAG_LETTERS:
        return len(cluster) == 1 and ord(cluster) in _FLAG_LETTERS
    return code in _SKIN_TONES or get_character_cell_size(char) == 0


def _reach(cluster: str, width: int) -> int:
    parts = sum(bool(get_character_cell_size(c)) or ord(c) in _SKIN_TONES for c in cluster)
    return max(width, 2 * parts)


def _is_plain(char: str) -> bool:
    """Whether all terminals give a character the one cell that Textual gives it."""
    if unicodedata.category(char)[0] in "MC" or get_character_cell_size(char) != 1:
        return False
    # What can be an emoji, as U+FE0F would make it, is one in some terminals anyway.
    return char < _FIRST_SYMBOL or cell_len(char + "\ufe0f") == 1


def _trusted(cluster: str) -> bool:
    if len(cluster) == 1:
        return any(first <= ord(cluster) <= last for first, last in _WIDE)
    return _is_plain(cluster[0]) and all(map(_is_mark, cluster[1:]))


def _is_mark(char: str) -> bool:
    """Whether it is drawn over the letter before it, and takes no cell anywhere."""
    return unicodedata.category(char) == "Mn" and char < "\ufe00"
