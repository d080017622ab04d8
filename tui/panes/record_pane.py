"""A list over the whole record: rows have numbers for ever, and only those in sight exist."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import ClassVar

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
from tui.widgets.fold import folded
from tui.widgets.freshness import FRAMES, Freshness, lit
from tui.widgets.line import Line
from tui.widgets.line_list import thumb


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
        """One row, `width` cells wide; the first two cells are the cursor's."""
        raise NotImplementedError

    def tall(self, width: int) -> int:
        """Lines of a row; more than one where its sentence would not fit into one."""
        return 1

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
        room = max((height - len(head)) // self.tall(width), 1)
        self._scroll(listed, room)
        self.subtitle(self._subtitle(len(listed)))
        if not listed:
            return head + self._nothing()
        bar = thumb(self._first, room, len(listed))
        last = len(listed) - 1
        body = [
            line
            for place in range(self._first, min(self._first + room, len(listed)))
            for line in self._row(
                listed[last - place],
                place == self._place(listed),
                place - self._first in bar,
                width,
            )
        ]
        return head + body

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

    def _scroll(self, listed: Sequence[int], room: int) -> None:
        """Keep the marked row where it was on screen, and in sight."""
        place = self._place(listed)
        if self.marked is None:
            self._first = 0
        else:
            self._first = place - self._offset
        self._first = max(min(self._first, place), place - room + 1)
        self._first = max(0, min(self._first, len(listed) - room))
        self._offset = place - self._first

    _offset = 0
    """Line of the cursor below the head."""

    def _row(self, number: int, cursor: bool, in_bar: bool, width: int) -> list[Strip]:
        """The lines of a row, with the mark before the first."""
        here = cursor and self.has_focus
        ink = self.ink.on("cursor-tint") if here else self.ink
        lines = self.tall(width)
        line = self.line_of(number, (width - 2) * lines, ink).strip((width - 2) * lines, ink())
        texts = folded(line, width - 2, lines, ink(), self.glyphs.ellipsis)
        shown = cursor and (here or self.marked is not None)
        mark = Line().add(self.glyphs.cursor if shown else " ", ink("primary", bold=True))
        edge = Line().add(" ", ink())
        edge.add(self.glyphs.thumb if in_bar else " ", self.ink("ink-faint"))
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
            return f"{held}/{self.filter_text}  {count:,} of {len(self.numbers()):,}"
        return held + self.summary()

    # Moving.

    def _room(self) -> int:
        width = self.content_size.width
        room = self.content_size.height - len(self.head(width - 2))
        return max(room // self.tall(width), 1)

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
        width = self.content_size.width
        place = (offset.y - len(self.head(width - 2))) // self.tall(width) + self._first
        if self._first <= place < len(self.listed()):
            self._go(place)
            if event.chain == 2:
                self.action_activate()

    def on_focus(self, event: Focus) -> None:
        """The cursor shows."""
        self.redraw()

    def on_blur(self, event: Blur) -> None:
        """The cursor hides."""
        self.redraw()
