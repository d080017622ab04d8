"""Turns what is to be shown into the shortest sequences that change what is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tui.terminal.delta.capabilities import Capabilities
from tui.terminal.delta.cells import CONTINUED, Glyphs
from tui.terminal.delta.cursor import Cursor
from tui.terminal.delta.pens import Pens
from tui.terminal.delta.rows import Rows

_GAP = 8
"""Longest row of unchanged cells that may be written again instead of jumped over."""
_repeated = re.compile(r"(.)\1{3,}")
_ERASE = "\x1b[K"


class Encoder:
    """A pen and a cursor over what a terminal shows.

    Args:
        shown: what the terminal shows; kept up to date.
        glyphs, pens: what its cells and pens stand for.
        capabilities: what the terminal can do.
    """

    def __init__(
        self, shown: Rows, glyphs: Glyphs, pens: Pens, capabilities: Capabilities
    ) -> None:
        self.shown = shown
        self.cursor = Cursor(returns=capabilities.returns)
        self._pen: str = Pens.PLAIN
        self._glyphs, self._pens = glyphs, pens
        self.capabilities = capabilities

    def row(self, y: int, cells: str, pens: str, *, text_only: bool = False) -> str:
        """Make row `y` show these cells; with `text_only` not where only pens differ."""
        out: list[str] = []
        shown = self.shown
        # A glyph of doubtful width makes its neighbours unknown: then there is a next round.
        while cells != shown.cells[y] or not (text_only or pens == shown.pens[y]):
            end = 0
            for start, stop in _runs(cells, pens, shown.cells[y], shown.pens[y], text_only):
                if stop > end:
                    end = self._run(out, y, max(start, end), stop, cells, pens)
        return "".join(out)

    def reset(self) -> str:
        """The plain pen, after which anybody may write."""
        change = self._pens.change(self._pen, Pens.PLAIN)
        self._pen = Pens.PLAIN
        return change

    def _run(self, out: list[str], y: int, x: int, stop: int, cells: str, pens: str) -> int:
        """Write one run; returns the column behind what was written."""
        while cells[x] == CONTINUED and x:
            x -= 1
        out.append(self._go(y, x, cells, pens))
        while x < stop:
            pen, end = pens[x], x + 1
            while end < stop and pens[end] == pen:
                end += 1
            out.append(self._pens.change(self._pen, pen))
            self._pen = pen
            x = self._write(out, y, x, end, cells)
            stop = max(stop, x)
        return x

    def _go(self, y: int, x: int, cells: str, pens: str) -> str:
        """Move there; over a few cells by writing them again, where that is shorter."""
        cursor = self.cursor
        start = cursor.x
        near = cursor.y == y and start is not None and 0 < x - start <= _GAP
        move = cursor.move(x, y)
        if near and start is not None:
            between = cells[start:x]
            known = self.shown.cells[y][start:x] == between
            same = known and pens[start:x] == self._pen * len(between)
            if same and self.shown.pens[y][start:x] == pens[start:x] and _is_short(between, move):
                return between
        return move

    def _write(self, out: list[str], y: int, x: int, end: int, cells: str) -> int:
        """Write cells of one pen; the cursor is at the first of them."""
        part = cells[x:end]
        if max(part) < CONTINUED:
            self._plain(out, y, x, end, part)
            return end
        for text in _split(part):
            if max(text) < CONTINUED:
                self._plain(out, y, x, x + len(text), text)
                x += len(text)
            else:
                x = self._glyph(out, y, x, text)
        return x

    def _plain(self, out: list[str], y: int, x: int, end: int, text: str) -> None:
        out.append(self.cursor.move(x, y))
        shown, pen = self.shown, self._pen
        shown.cells[y] = shown.cells[y][:x] + text + shown.cells[y][end:]
        shown.pens[y] = shown.pens[y][:x] + pen * len(text) + shown.pens[y][end:]
        if end == shown.width and self.capabilities.erase and self._pens[pen].erases:
            kept = text.rstrip(" ")
            if len(text) - len(kept) > len(_ERASE):
                out.append(self._shortened(kept) + _ERASE)
                self.cursor.x = x + len(kept)
                return
        out.append(self._shortened(text))
        # Behind the last column terminals differ: some stay in it, some wait to wrap.
        self.cursor.x = end if end < shown.width else None

    def _shortened(self, text: str) -> str:
        if not self.capabilities.repeat or len(text) < 4:
            return text
        return _repeated.sub(_repeat, text)

    def _glyph(self, out: list[str], y: int, x: int, cell: str) -> int:
        """Write a glyph of several cells or code points."""
        glyph = self._glyphs.glyph(cell)
        assert glyph is not None, "cells hold only what this table handed out"
        shown, pen, end = self.shown, self._pen, x + glyph.width
        out.append(self.cursor.move(x, y))
        if glyph.trusted:
            out.append(glyph.text)
            self.cursor.x = end if end < shown.width else None
        else:
            # A terminal that gives it fewer cells leaves the rest as they were, and one that gives
            # it more draws over the next; so those are blanked before and drawn again behind.
            blank = " " * glyph.width
            out += [blank, f"\x1b[{x + 1}G", glyph.text]
            shown.forget(y, end, x + glyph.reach)
            self.cursor.x = None
        code = cell + CONTINUED * (glyph.width - 1)
        shown.cells[y] = shown.cells[y][:x] + code + shown.cells[y][end:]
        shown.pens[y] = shown.pens[y][:x] + pen * glyph.width + shown.pens[y][end:]
        return end


def _runs(
    cells: str, pens: str, old_cells: str, old_pens: str, text_only: bool
) -> Iterator[tuple[int, int]]:
    """Where a row differs: first column, and the one behind the last."""
    if text_only:
        places = [x for x, (a, b) in enumerate(zip(cells, old_cells, strict=True)) if a != b]
    elif pens == old_pens:
        places = [x for x, (a, b) in enumerate(zip(cells, old_cells, strict=True)) if a != b]
    else:
        places = [
            x
            for x, (a, b, c, d) in enumerate(zip(cells, old_cells, pens, old_pens, strict=True))
            if a != b or c != d
        ]
    start = last = places[0]
    for place in places:
        if place > last + 1:
            yield start, last + 1
            start = place
        last = place
    yield start, last + 1


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


def _is_short(text: str, move: str) -> bool:
    return max(text) < CONTINUED and len(text.encode()) <= len(move)


def _repeat(match: re.Match[str]) -> str:
    text, char = match.group(), match.group(1)
    short = f"{char}\x1b[{len(text) - 1}b"
    return short if len(short.encode()) < len(text.encode()) else text
