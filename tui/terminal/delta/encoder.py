"""Turns what is to be shown into the shortest sequences that change what is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tui.terminal.delta.capabilities import Capabilities
from tui.terminal.delta.cells import CONTINUED
from tui.terminal.delta.cursor import Cursor
from tui.terminal.delta.differences import Span
from tui.terminal.delta.paint import Paint
from tui.terminal.delta.pens import Pens
from tui.terminal.delta.rows import Rows
from tui.terminal.delta.shelf import AGAIN, KEEP, Shelf

_GAP = 8
"""Longest row of unchanged cells that may be written again instead of jumped over."""
_ADDRESS = 8
"""Most bytes of a way."""
_AHEAD = 5
"""Spans among which the next one is chosen."""
_DOWN = {-1: 2, 0: 0, 1: 1, 2: 2, 3: 3}
_ACROSS = {-3: 3, -2: 2, -1: 1, 0: 0}
"""About as many bytes as short ways take, by rows and by columns; all others take four or more."""
_repeated = re.compile(r"(.)\1{2,}")
_ERASE = "\x1b[K"


class Encoder:
    """A pen and a cursor over what a terminal shows.

    Args:
        shown: what the terminal shows; kept up to date.
        paint: what its cells and pens stand for.
        capabilities: what the terminal can do.
    """

    def __init__(self, shown: Rows, paint: Paint, capabilities: Capabilities) -> None:
        self.shown = shown
        self.cursor = Cursor(returns=capabilities.returns)
        self.capabilities = capabilities
        self._pen: str = Pens.PLAIN
        self._shelf = Shelf()
        self._ways: dict[str, int] = {}
        """See `_far`."""
        self._glyphs, self._pens = paint.glyphs, paint.pens

    def write(self, spans: Iterable[Span], wanted: Rows) -> Iterator[str]:
        """Write spans of what is wanted, pen by pen: a pen costs more than a jump."""
        groups: dict[str, list[Span]] = {}
        for span in spans:
            groups.setdefault(span[3], []).append(span)
        while groups:
            pen = self._next_pen(groups)
            blank = self._pens.blank(pen)
            group = groups.pop(pen)
            if blank in groups:
                group = sorted([*group, *groups.pop(blank)])
            change = self._take_up(pen, group[0])
            for y, x, end, _ in self._on_the_way(group):
                yield change + self._span(y, x, end, wanted)
                change = ""

    def _on_the_way(self, spans: list[Span]) -> Iterator[Span]:
        """Spans from top to bottom, but for one of the next few that the cursor is nearer to."""
        cursor = self.cursor
        while len(spans) > 1:
            x, y = cursor.x, cursor.y
            place, least = 0, _ADDRESS
            if x is not None and y is not None:
                for at, (row, column, _, _) in enumerate(spans[:_AHEAD]):
                    far = _ACROSS.get(column - x, 4) + _DOWN.get(row - y, 4)
                    if far < least:
                        place, least = at, far
                        if far == 0:
                            break
            yield spans.pop(place)
        yield spans[0]

    def reset(self) -> str:
        """The plain pen, after which anybody may write."""
        change = self._pens.change(self._pen, Pens.PLAIN)
        self._pen = Pens.PLAIN
        return change

    def _take_up(self, pen: str, first: Span) -> str:
        """Change the pen, by way of the one that the terminal keeps where that is shorter.

        Args:
            pen: the pen to draw with.
            first: what is drawn first.
        """
        pens, shelf, cursor, (y, x, _, _) = self._pens, self._shelf, self.cursor, first
        in_hand, self._pen = self._pen, pen
        change = pens.change(in_hand, pen)
        # Whether links are kept, too, depends on the terminal.
        if not (change and self.capabilities.keeps) or pens[in_hand].link or pens[pen].link:
            return change
        cost = len(change)
        if shelf.pen is not None and (far := self._far(shelf.pen, pen)) < cost + _ADDRESS:
            kept = shelf.x, shelf.y
            if far + cursor.cost(x, y, kept) < cost + cursor.cost(x, y):
                change = AGAIN + pens.change(shelf.pen, pen)
                cursor.x, cursor.y = kept
        deserves = shelf.deserves(pen, cost)
        if deserves and cursor.x is not None and cursor.y is not None:
            shelf.put(pen, cursor.x, cursor.y)
            self._ways.clear()
            change += KEEP
        return change

    def _next_pen(self, groups: dict[str, list[Span]]) -> str:
        """The pen that is nearest to the one in hand; for spaces one that is needed anyway."""
        change, blank_of, kept = self._pens.change, self._pens.blank, self._shelf.pen
        in_hand = self._pen
        if in_hand in groups:
            return in_hand
        needed = {blank for pen in groups if (blank := blank_of(pen)) != pen}
        if blank_of(in_hand) in groups and blank_of(in_hand) not in needed:
            groups[in_hand] = groups.pop(blank_of(in_hand))
            return in_hand
        pens = [pen for pen in groups if pen not in needed]
        if kept is None or len(pens) == 1:
            return min(pens, key=lambda pen: len(change(in_hand, pen)))
        return min(pens, key=lambda pen: min(len(change(in_hand, pen)), self._far(kept, pen)))

    def _far(self, kept: str, pen: str) -> int:
        """Bytes to a pen by way of the one that the terminal keeps."""
        way = self._ways.get(pen)
        if way is None:
            way = self._ways[pen] = len(AGAIN) + len(self._pens.change(kept, pen))
        return way

    def _span(self, y: int, x: int, end: int, wanted: Rows) -> str:
        cells, pens = wanted.cells[y], wanted.pens[y]
        part = cells[x:end]
        way = self._way(y, x, cells, pens)
        if max(part) < CONTINUED:
            return way + self._plain(y, x, part, pens)
        out = [way]
        for text in _split(part):
            if text < CONTINUED:
                out.append(self._plain(y, x, text, pens))
                x += len(text)
            else:
                out.append(self._glyph(y, x, text, pens))
                x += 1
                while x < len(cells) and cells[x] == CONTINUED:
                    x += 1
        return "".join(out)

    def _way(self, y: int, x: int, cells: str, pens: str) -> str:
        """Go there; over a few cells by writing them again, where that is shorter."""
        cursor = self.cursor
        start = cursor.x
        if start == x and cursor.y == y:
            return ""
        near = cursor.y == y and start is not None and 0 < x - start <= _GAP
        move = cursor.move(x, y)
        # What is written is what is wanted there, whether or not it is shown already.
        if near and not pens[start:x].strip(self._pen + self._pens.blank(self._pen)):
            between = cells[start:x]
            if max(between) < CONTINUED and len(between.encode()) <= len(move):
                return between
        return move

    def _plain(self, y: int, x: int, text: str, pens: str) -> str:
        """Write characters that are cells, from where the cursor is or should be."""
        shown, cursor, end = self.shown, self.cursor, x + len(text)
        move = "" if cursor.x == x else cursor.move(x, y)
        row, old = shown.cells[y], shown.pens[y]
        shown.cells[y] = row[:x] + text + row[end:]
        shown.pens[y] = old[:x] + pens[x:end] + old[end:]
        if end < shown.width:
            cursor.x = end
        else:
            # Behind the last column terminals differ: some stay in it, some wait to wrap.
            cursor.x = None
            if self.capabilities.erase and self._pens[self._pen].erases:
                kept = text.rstrip(" ")
                if len(text) - len(kept) > len(_ERASE):
                    cursor.x = x + len(kept)
                    return move + self._shortened(kept) + _ERASE
        return move + (self._shortened(text) if len(text) > 2 else text)

    def _shortened(self, text: str) -> str:
        if not self.capabilities.repeat:
            return text
        return _repeated.sub(_repeat, text)

    def _glyph(self, y: int, x: int, cell: str, pens: str) -> str:
        """Write a glyph of several cells or code points."""
        glyph = self._glyphs.glyph(cell)
        if glyph is None:  # one half of a glyph that was cut
            return self._plain(y, x, " ", pens)
        shown, end = self.shown, x + glyph.width
        move = self.cursor.move(x, y)
        _replace(shown, y, x, cell + CONTINUED * (glyph.width - 1), pens[x:end])
        if glyph.trusted:
            self.cursor.x = end if end < shown.width else None
            return move + glyph.text
        # A terminal that gives it fewer cells leaves the rest as they were, and one that gives it
        # more draws over the next; so those are blanked before, and drawn again in the next round.
        shown.forget(y, end, x + glyph.reach)
        self.cursor.x = None
        return f"{move}{' ' * glyph.width}\x1b[{x + 1}G{glyph.text}"


def _replace(rows: Rows, y: int, x: int, cells: str, pens: str) -> None:
    end = x + len(cells)
    rows.cells[y] = rows.cells[y][:x] + cells + rows.cells[y][end:]
    rows.pens[y] = rows.pens[y][:x] + pens + rows.pens[y][end:]


def _split(part: str) -> Iterator[str]:
    """Plain pieces as they are, glyphs one at a time, without the cells that continue them."""
    piece = ""
    for cell in part:
        if cell < CONTINUED:
            piece += cell
            continue
        if piece:
            yield piece
            piece = ""
        if cell != CONTINUED:
            yield cell
    if piece:
        yield piece


def _repeat(match: re.Match[str]) -> str:
    text, char = match.group(), match.group(1)
    short = f"{char}\x1b[{len(text) - 1}b"
    return short if len(short.encode()) < len(text.encode()) else text
