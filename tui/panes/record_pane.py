"""A list over the whole record: rows have numbers for ever, and only those in sight exist."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.style import Style
from textual.binding import BindingType
from textual.events import Blur, Click, Focus
from textual.reactive import reactive
from textual.strip import Strip

from tui.keys.inside import bindings_of
from tui.panes.pane import Pane
from tui.record.book import Book
from tui.record.pattern import Pattern, compiled
from tui.theme.choice import few_colours
from tui.theme.glyphs import UNICODE, Glyphs
from tui.theme.ink import Ink
from tui.widgets.fold import INDENT, folded
from tui.widgets.freshness import FRAMES, Freshness, lit
from tui.widgets.line import Line

_AMPLE = 32
"""Cells of a line in which what goes on in another one is set in by as much as a step takes."""


class RecordPane(Pane):
    """Newest first. The mark stays on its row; without one it follows the newest."""

    FROM_RECORD = True

    DEFAULT_CSS = """
    RecordPane { padding: 0 0 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("list")
    filter_text: reactive[str] = reactive("")
    """Only rows that it matches are listed; see `tui.record.pattern`."""

    def __init__(self, glyphs: Glyphs = UNICODE, book: Book | None = None) -> None:
        super().__init__(glyphs, book)
        self.marked: int | None = None
        """Number of the marked row; None follows the newest."""
        self._first = 0
        """Place of the first row in sight."""
        self._seen: list[int] = []
        """Place of the row that each line below the head belongs to."""
        self._pattern: Pattern = compiled("")
        self._passed: list[int] = []
        """Numbers of the rows that pass, in order."""
        self._tested = 0
        """How many of `numbers` have been tested."""
        self._fresh = Freshness()

    # What a list of its own kind defines.

    def numbers(self) -> Sequence[int]:
        """Numbers of all rows, in order; it only ever grows at the end."""
        raise NotImplementedError

    def text_of(self, number: int) -> str:
        """What a filter looks at."""
        raise NotImplementedError

    def fields_of(self, number: int) -> Mapping[str, str]:
        """What `key:value` looks at."""
        return {}

    def line_of(self, number: int, width: int, ink: Ink) -> Line:
        """One row for lines of `width` cells; the first two cells are the cursor's."""
        raise NotImplementedError

    TALLEST: ClassVar[int] = 1
    """Most lines of a row: a sentence that is too long for one goes on in the next."""

    def told(self, line: Line, text: str, width: int, style: Style) -> Line:
        """The row with its sentence, as long as its lines can hold."""
        room = max(width * self.TALLEST - line.width, 0)
        return line.add(self.safe(text, room).rstrip(), style)

    def head(self, width: int) -> list[Line]:
        """Lines above the rows, which do not scroll."""
        return []

    def empty(self) -> tuple[str, ...]:
        """What is said when there is no row."""
        return ()

    def summary(self) -> str:
        """Subtitle."""
        return ""

    def open_row(self, number: int) -> None:
        """What enter and a double click do."""

    # The rows that pass.

    def listed(self) -> Sequence[int]:
        """Numbers of the rows that pass the filter, in order."""
        numbers = self.numbers()
        if not self._pattern:
            return numbers
        for place in range(self._tested, len(numbers)):
            number = numbers[place]
            if self._pattern.matches(self.text_of(number), self.fields_of(number)):
                self._passed.append(number)
        self._tested = len(numbers)
        return self._passed

    def searched(self) -> int:
        """How many rows a filter looks at."""
        return len(self.numbers())

    def watch_filter_text(self, text: str) -> None:
        """Another filter lists other rows."""
        self._pattern, self._passed, self._tested = compiled(text), [], 0
        self.redraw()

    @property
    def marked_number(self) -> int | None:
        """The row under the cursor: the marked one, or the newest."""
        listed = self.listed()
        if not listed:
            return None
        place = self._place(listed)
        return listed[len(listed) - 1 - place]

    def _place(self, listed: Sequence[int]) -> int:
        """Place of the cursor from the top: of the marked row, or of the next older one."""
        if self.marked is None or not listed:
            return 0
        index = bisect_left(listed, self.marked)
        if index == len(listed) or listed[index] != self.marked:
            index -= 1
        return len(listed) - 1 - max(index, 0)

    # Drawing.

    def draw(self, width: int, height: int) -> list[Strip]:
        """The head and the rows in sight."""
        listed, ink = self.listed(), self.ink
        self._look_for_new(listed)
        head = [line.strip(width, ink()) for line in self.head(width - 2)][:height]
        room = max(height - len(head), 1)
        self.subtitle(self._subtitle(len(listed)))
        self._seen = []
        if not listed:
            return head + self._nothing()
        self._scroll(listed, room, width)
        cursor, last = self._place(listed), len(listed) - 1
        body: list[Strip] = []
        for place in range(self._first, len(listed)):
            if len(body) >= room:
                break
            most = min(self.TALLEST, room - len(body))
            body += self._row(listed[last - place], place == cursor, width, most)
            self._seen += [place] * (len(body) - len(self._seen))
        return head + self._with_bar(body, len(listed))

    def _with_bar(self, body: list[Strip], rows: int) -> list[Strip]:
        """The lines with a scroll bar at their edge where there are more rows than are seen."""
        bar = range(0)
        if self._rows_seen < rows:
            # As many lines as are there, in the proportions of the rows.
            size = max(1, len(body) * self._rows_seen // rows)
            hidden = rows - self._rows_seen
            start = round(self._first / hidden * (len(body) - size))
            bar = range(start, start + size)
        edge = Line().add(self.glyphs.thumb, self.ink("ink-faint")).strip(1, self.ink())
        return [
            Strip.join([line.crop(0, line.cell_length - 1), edge]) if y in bar else line
            for y, line in enumerate(body)
        ]

    @property
    def _rows_seen(self) -> int:
        """Rows of which any line is in sight."""
        return self._seen[-1] - self._seen[0] + 1 if self._seen else 0

    def _look_for_new(self, listed: Sequence[int]) -> None:
        """Let a new row stand out for three frames, where the screen moves at all."""
        began = self._fresh.see(listed, time.monotonic())
        if began and self.app.animation_level != "none" and self._has_shades:
            self.set_timer(1 / 10, self._fade)
        elif began:
            for _ in range(FRAMES):
                self._fresh.fade()

    @property
    def _has_shades(self) -> bool:
        return not (self.app.native_ansi_color or few_colours(self.app.console.color_system))

    def _fade(self) -> None:
        self._fresh.fade()
        self.redraw()
        if self._fresh.fading:
            self.set_timer(1 / 10, self._fade)

    def _scroll(self, listed: Sequence[int], room: int, width: int) -> None:
        """Keep the marked row where it was on screen, and in sight."""
        place = self._place(listed)
        first = 0 if self.marked is None else place - self._offset
        first = max(min(first, place), self._first_above(place, listed, room, width))
        last = self._first_above(len(listed) - 1, listed, room, width)
        self._first = max(0, min(first, last))
        self._offset = place - self._first

    _offset = 0
    """Rows in sight above the cursor."""

    def _first_above(self, place: int, listed: Sequence[int], room: int, width: int) -> int:
        """Place of the first row in sight where the one at `place` is the last."""
        if self.TALLEST == 1:
            return place - room + 1
        first, left = place + 1, room
        while first > 0:
            left -= len(self._lines(listed[len(listed) - first], width, self.TALLEST, self.ink))
            if left < 0 and first <= place:
                break
            first -= 1
        return first

    def _lines(self, number: int, width: int, most: int, ink: Ink) -> list[Strip]:
        """A row, folded between words into no more lines than it needs."""
        room = width - 2
        line = self.line_of(number, room, ink)
        whole = line.strip(max(line.width, room), ink())
        indent = INDENT if room >= _AMPLE else INDENT // 2
        return folded(whole, room, most, ink(), self.glyphs.ellipsis, indent)

    def _row(self, number: int, cursor: bool, width: int, most: int) -> list[Strip]:
        """The lines of a row, with the mark before the first."""
        here = cursor and self.has_focus
        ink = self.ink.on("cursor-tint") if here else self.ink
        texts = self._lines(number, width, most, ink)
        shown = cursor and (here or self.marked is not None)
        mark = Line().add(self.glyphs.cursor if shown else " ", ink("primary", bold=True))
        edge = Line().add("  ", ink())
        first = Strip.join([mark.strip(1, ink()), texts[0].crop(1, width - 2)])
        share = self._fresh.share(number)
        if share and not here:
            first = lit(first, ink.blend("foreground", share))
        return [
            Strip.join([text, edge.strip(2, ink())]).adjust_cell_length(width)
            for text in (first, *texts[1:])
        ]

    def _nothing(self) -> list[Strip]:
        if self._pattern and len(self.numbers()):
            return self.message(f"Nothing in the whole record matches “{self.filter_text}”.")
        return self.message(*self.empty())

    def _subtitle(self, count: int) -> str:
        held = "" if self.marked is None else "marked · g newest · "
        if self._pattern:
            return f"{held}/{self.filter_text}  {count:,} of {self.searched():,}"
        return held + self.summary()

    # Moving.

    def _room(self) -> int:
        return max(self._rows_seen, 1)

    def _go(self, place: int) -> None:
        listed = self.listed()
        if not listed:
            return
        place = max(0, min(place, len(listed) - 1))
        self._offset += place - self._place(listed)
        self._offset = max(0, min(self._offset, self._room() - 1))
        self.marked = listed[len(listed) - 1 - place] if place else None
        self.redraw()
        self.moved()

    def moved(self) -> None:
        """The cursor came to another row."""

    def mark(self, number: int) -> None:
        """Put the cursor on a row."""
        self.marked = number
        self.redraw()

    def action_move(self, dx: int, dy: int) -> None:
        """Move the cursor by one row."""
        self._go(self._place(self.listed()) + dy)

    def action_page(self, direction: float) -> None:
        """Move the cursor by a page, or a part of one."""
        self._go(self._place(self.listed()) + round(direction * max(self._room() - 1, 1)))

    def action_ends(self, last: bool) -> None:
        """Move the cursor to the newest or the oldest row."""
        self._go(len(self.listed()) - 1 if last else 0)

    def action_activate(self) -> None:
        """Do with the row what this list is for."""
        number = self.marked_number
        if number is not None:
            self.open_row(number)

    def on_click(self, event: Click) -> None:
        """Move the cursor to the row; a double click activates it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        line = offset.y - len(self.head(self.content_size.width - 2))
        if 0 <= line < len(self._seen):
            self._go(self._seen[line])
            if event.chain == 2:
                self.action_activate()

    def on_focus(self, event: Focus) -> None:
        """The cursor shows."""
        self.redraw()

    def on_blur(self, event: Blur) -> None:
        """The cursor hides."""
        self.redraw()
