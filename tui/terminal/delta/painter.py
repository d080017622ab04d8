"""From the updates of Textual's compositor to the bytes that a terminal needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.color import ColorSystem
from textual.strip import Strip

from tui.terminal.delta.capabilities import Capabilities
from tui.terminal.delta.cells import CONTINUED, UNKNOWN
from tui.terminal.delta.differences import Span, spans
from tui.terminal.delta.encoder import Encoder
from tui.terminal.delta.paint import Paint
from tui.terminal.delta.rows import Rows
from tui.terminal.delta.scrolling import find_scroll
from tui.terminal.delta.updates import Update, pieces, size_of

ANEW = "\x1b[r\x1b(B\x0f\x1b[?7l\x1b[0m\x1b[2J"
"""No margins, no line drawing set, no wrapping, the plain pen, and nothing on the screen."""
_SPAN, _CELL = 28, 3
"""Most bytes that a span and each of its cells take, a rare glyph apart."""


class Painter:
    """Keeps what is to be shown beside what is shown, and goes from one to the other.

    Frames that nobody took are merged: only the latest state of a cell is ever written.

    Args:
        colours: what the terminal can show.
        capabilities: what it can do.
    """

    def __init__(self, colours: ColorSystem, capabilities: Capabilities) -> None:
        self._colours, self._can = colours, capabilities
        self._paint = Paint(colours)
        self._strips: dict[int, dict[int, tuple[Strip, int, int]]] = {}
        """By row and column of its first cell, what was put there last and is there still, and from
        which of its cells to which."""
        self._wanted = Rows(0, 0)
        self._encoder = self._new_encoder()
        self._anew = True
        self._changed: set[int] = set()
        self.urgent: set[int] = set()
        """Rows to be written before all others."""

    @property
    def pending(self) -> bool:
        """Whether there is anything to write."""
        return self._anew or bool(self._changed)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return self._wanted.width, self._wanted.height

    def can(self, capabilities: Capabilities) -> None:
        """The terminal turned out to be able to do this."""
        self._can = self._encoder.capabilities = capabilities

    def forget(self) -> None:
        """Nobody knows what the terminal shows: the next frame is a whole one."""
        self._anew = True

    def update(self, update: Update) -> set[int]:
        """Take an update of the compositor; returns the rows in which something is different."""
        size = size_of(update)
        if size is not None:
            self._strips.clear()
            if size != self.size or self._paint.full:
                self._resize(*size)
        changed = set()
        wanted, strips, paint = self._wanted, self._strips, self._paint.strip
        for y, x, strip, start, end in pieces(update):
            row = strips.setdefault(y, {})
            if y >= wanted.height or row.get(x) == (strip, start, end):
                continue
            _put_over(row, x, strip, start, end)
            cells, pens = paint(strip)
            if cells[start : start + 1] == CONTINUED or cells[end : end + 1] == CONTINUED:
                cells, pens = paint(strip.crop(start, end))  # half a glyph is a space
                x, start, end = x + start, 0, end - start
            if wanted.put(y, x + start, cells[start:end], pens[start:end]):
                changed.add(y)
        self._changed |= changed
        return changed

    def take(self, budget: int | None = None) -> str:
        """What brings the terminal up to date, or about so many bytes of it.

        The rest is written by the next call, as it is then.
        """
        out: list[str] = []
        known: list[Span] | None = None
        if budget is not None and not self._anew:
            known = list(self._spans(sorted(self._changed)))
            if _most(known) <= budget:  # then nothing need come before anything else
                budget = None
        if self._anew:
            self._anew = False
            self._encoder = self._new_encoder()
            self._changed = set(range(self._wanted.height))
            out.append(ANEW)
        elif budget is None and self._can.scroll and len(self._changed) > 2:
            scrolled = self._scrolled()
            out.append(scrolled)
            known = None if scrolled else known
        out += self._frame(known) if budget is None else self._part(budget - sum(map(len, out)))
        return "".join(out)

    def reset(self) -> str:
        """Put the pen down, so that somebody else may write."""
        return self._encoder.reset()

    def place_cursor(self, x: int, y: int) -> str:
        """Leave the cursor there, for those who write with an input method.

        A field that is scrolled out of sight has its cursor beside the screen.
        """
        if not (0 <= x < self._wanted.width and 0 <= y < self._wanted.height):
            return ""
        return self._encoder.cursor.move(x, y)

    def _frame(self, found: list[Span] | None = None) -> Iterator[str]:
        """All of it; again where a glyph of doubtful width made its neighbours unknown.

        Args:
            found: what has to be written, where that is known.
        """
        if found is None:
            found = list(self._spans(sorted(self._changed)))
        while found:
            yield from self._encoder.write(found, self._wanted)
            found = list(self._spans(sorted(self._changed)))
        self._changed.clear()
        self.urgent.clear()

    def _part(self, left: int) -> Iterator[str]:
        """What a key caused, before the rest; text before colours: it can be read in old ones."""
        for text_only in (True, False):
            for rows in (sorted(self.urgent), sorted(self._changed - self.urgent)):
                found = list(self._spans(rows, text_only=text_only))
                for piece in self._encoder.write(found, self._wanted):
                    yield piece
                    left -= len(piece.encode())
                    if left <= 0:
                        return
        self._changed = {y for y in self._changed if next(self._spans([y]), None)}
        self.urgent &= self._changed

    def _spans(self, rows: Iterable[int], *, text_only: bool = False) -> Iterator[Span]:
        shown, blank_of = self._encoder.shown, self._paint.pens.blank
        for y in rows:
            yield from spans(self._wanted, shown, y, blank_of, text_only=text_only)

    def _scrolled(self) -> str:
        shown = self._encoder.shown
        scroll = find_scroll(self._wanted, shown, self._changed)
        if scroll is None:
            return ""
        shown.scroll(scroll.top, scroll.bottom, scroll.lines)
        self._changed.update(range(scroll.top, scroll.bottom))
        sequence = self._encoder.reset() + scroll.sequence(shown.height)
        self._encoder.cursor.forget()
        return sequence

    def _resize(self, width: int, height: int) -> None:
        self._paint = Paint(self._colours)
        self._wanted = Rows(width, height)
        self.urgent.clear()
        self.forget()

    def _new_encoder(self) -> Encoder:
        shown = Rows(self._wanted.width, self._wanted.height, UNKNOWN)
        return Encoder(shown, self._paint, self._can)


def _most(spans: Iterable[Span]) -> int:
    """More bytes than it takes to write these."""
    return sum(_SPAN + _CELL * (end - x) for _, x, end, _ in spans)


def _put_over(
    row: dict[int, tuple[Strip, int, int]], x: int, strip: Strip, start: int, end: int
) -> None:
    """Note what is there now; what it covers, even in part, is not any more."""
    left, right = x + start, x + end
    for at in [at for at, (_, a, b) in row.items() if at + a < right and at + b > left]:
        del row[at]
    row[x] = strip, start, end
