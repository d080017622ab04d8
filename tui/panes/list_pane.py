"""A pane that is a list of rows with a cursor."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.events import Blur, Click, Focus
from textual.reactive import reactive
from textual.strip import Strip

from tui.keys.inside import bindings_of
from tui.panes.pane import Pane
from tui.record.book import Book
from tui.theme.glyphs import UNICODE, Glyphs
from tui.theme.ink import Ink
from tui.widgets.line import Line
from tui.widgets.line_list import ListCursor, Row, thumb


class ListPane(Pane):
    """Rows under an optional head; only the rows in sight are drawn."""

    DEFAULT_CSS = """
    ListPane { padding: 0 0 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("list")
    filter_text: reactive[str] = reactive("")
    """Only rows that contain it are listed, whatever the case."""

    def __init__(self, glyphs: Glyphs = UNICODE, book: Book | None = None) -> None:
        super().__init__(glyphs, book)
        self.list_cursor = ListCursor()
        self._rows: list[Row] | None = None

    # What a list of its own kind defines.

    def rows(self) -> list[Row]:
        """All rows of the present snapshot."""
        raise NotImplementedError

    def head(self, width: int) -> list[Line]:
        """Lines above the rows, which do not scroll."""
        return []

    def line(self, row: Row, width: int, ink: Ink) -> Line:
        """One row, `width` cells wide; the first two cells are the cursor's."""
        raise NotImplementedError

    def empty(self) -> tuple[str, ...]:
        """What is said when there is no row."""
        return ()

    def activate(self, row: Row) -> None:
        """What enter and a double click do."""

    def summary(self) -> str:
        """Subtitle."""
        return ""

    # Drawing.

    @property
    def listed(self) -> list[Row]:
        """The rows that pass the filter; headings without rows are left out."""
        if self._rows is None:
            rows, word = self.rows(), self.filter_text.casefold()
            if word:
                rows = _with_content([r for r in rows if not r.selectable or word in r.folded])
            self._rows = rows
        return self._rows

    def draw(self, width: int, height: int) -> list[Strip]:
        """The head and the rows in sight."""
        self._rows = None
        rows = self.listed
        ink = self.ink
        head = [line.strip(width, ink()) for line in self.head(width - 2)][:height]
        room = height - len(head)
        self.list_cursor.settle(rows, room)
        self.subtitle(self._subtitle(len(rows)))
        if not any(r.selectable for r in rows):
            return head + self._nothing()
        bar = thumb(self.list_cursor.first, room, len(rows))
        first = self.list_cursor.first
        body = [
            self._row(row, first + y, y in bar, width)
            for y, row in enumerate(rows[first : first + max(room, 0)])
        ]
        return head + body

    def redraw(self) -> None:
        """Forget the rows as well."""
        self._rows = None
        super().redraw()

    def _row(self, row: Row, index: int, in_bar: bool, width: int) -> Strip:
        cursor = index == self.list_cursor.index and row.selectable
        here = cursor and self.has_focus
        ink = self.ink.on("cursor-tint") if here else self.ink
        line = self.line(row, width - 2, ink)
        text = line.strip(width - 2, ink())
        mark = self.glyphs.cursor if cursor and (here or not self.list_cursor.following) else " "
        edge = (
            Line().add(" ", ink()).add(self.glyphs.thumb if in_bar else " ", self.ink("ink-faint"))
        )
        text = Strip.join(
            [Line().add(mark, ink("primary", bold=True)).strip(1, ink()), text.crop(1, width - 2)]
        )
        return Strip.join([text, edge.strip(2, ink())]).adjust_cell_length(width)

    def _nothing(self) -> list[Strip]:
        if self.filter_text and self.rows():
            return self.message(f"Nothing here contains “{self.filter_text}”.")
        return self.message(*self.empty())

    def _subtitle(self, count: int) -> str:
        if self.filter_text:
            return f"“{self.filter_text}”: {sum(r.selectable for r in self.listed)} shown"
        return self.summary()

    # Moving.

    def watch_filter_text(self) -> None:
        """Another filter lists other rows."""
        self.redraw()

    def _room(self) -> int:
        return max(self.content_size.height - len(self.head(self.content_size.width - 2)), 1)

    def action_move(self, dx: int, dy: int) -> None:
        """Move the cursor by one row."""
        self.list_cursor.move(self.listed, dy, self._room())
        self.redraw()

    def action_page(self, direction: float) -> None:
        """Move the cursor by a page, or a part of one."""
        by = round(direction * max(self._room() - 1, 1))
        self.list_cursor.move(self.listed, by, self._room())
        self.redraw()

    def action_ends(self, last: bool) -> None:
        """Move the cursor to the first or the last row."""
        self.list_cursor.to(self.listed, len(self.listed) - 1 if last else 0, self._room())
        self.redraw()

    def action_activate(self) -> None:
        """Do with the row what this list is for."""
        row = self.list_cursor.row(self.listed)
        if row is not None:
            self.activate(row)

    def on_click(self, event: Click) -> None:
        """Move the cursor to the row; a double click activates it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = offset.y - len(self.head(self.content_size.width - 2)) + self.list_cursor.first
        if 0 <= index < len(self.listed) and self.listed[index].selectable:
            self.list_cursor.to(self.listed, index, self._room())
            self.redraw()
            if event.chain == 2:
                self.action_activate()

    def on_focus(self, event: Focus) -> None:
        """The cursor shows."""
        self.redraw()

    def on_blur(self, event: Blur) -> None:
        """The cursor hides."""
        self.redraw()


def _with_content(rows: list[Row]) -> list[Row]:
    """Rows without the headings that nothing follows."""
    after = [row.selectable for row in rows[1:]] + [False]
    return [r for r, follows in zip(rows, after, strict=False) if r.selectable or follows]
