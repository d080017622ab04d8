"""A list of one-line rows with a cursor, drawn line by line: cheap for thousands of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import BindingType
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.keys.inside import bindings_of


class Rows(ScrollView, can_focus=True):
    """Rows of text; the cursor stays on its key when the rows change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor"}
    DEFAULT_CSS = """
    Rows {
        height: auto;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        .rows--cursor { background: $primary 15%; }
        &:focus .rows--cursor { background: $primary 30%; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("rows")

    cursor: reactive[int] = reactive(0, repaint=False)

    class Moved(Message):
        """The cursor came to another row."""

        def __init__(self, rows: Rows) -> None:
            self.rows = rows
            super().__init__()

        @property
        def control(self) -> Rows:
            """The list."""
            return self.rows

    class Chosen(Moved):
        """Enter or a click on the row under the cursor."""

    def __init__(self, empty: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._empty = Text(empty, "dim")
        self._rows: tuple[Text, ...] = ()
        self._keys: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The key under the cursor, or nothing."""
        return self._keys[self.cursor] if self._keys else ""

    def show(self, rows: Sequence[tuple[str, Text]]) -> None:
        """Show other rows, each with its key."""
        marked = self.key
        self._keys = tuple(key for key, _ in rows)
        self._rows = tuple(text for _, text in rows)
        place = self._keys.index(marked) if marked in self._keys else self.cursor
        self.cursor = max(0, min(place, len(self._rows) - 1))
        self.virtual_size = Size(self.size.width, max(1, len(self._rows)))
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line per row, and one where there is none."""
        return max(1, len(self._rows))

    def render_line(self, y: int) -> Strip:
        """The row at line `y` of what is seen."""
        index = y + self.scroll_offset.y
        width = self.size.width
        if index >= len(self._rows):
            text = self._empty if index == 0 and not self._rows else Text()
            return self._strip(text, width, self.rich_style)
        marked = index == self.cursor
        style = self.get_component_rich_style("rows--cursor") if marked else self.rich_style
        return self._strip(self._rows[index], width, style)

    def _strip(self, text: Text, width: int, style: Style) -> Strip:
        segments = [s for s in text.render(self.app.console) if s.text != "\n"]
        strip = Strip(Segment.apply_style(segments, style))
        if strip.cell_length > width > 0:  # half a number would be another number
            strip = Strip([*strip.crop(0, width - 1), Segment("…", style)])
        return strip.adjust_cell_length(width, style)

    def watch_cursor(self) -> None:
        """Keep the cursor in sight."""
        self.scroll_to_region(
            Region(0, self.cursor, max(1, self.size.width), 1), animate=False, force=True
        )
        self.refresh()
        self.post_message(self.Moved(self))

    def action_move(self, by: int) -> None:
        """Move the cursor; one further than the ends is the field before or after, if any."""
        if self.has_focus and abs(by) == 1 and not 0 <= self.cursor + by < len(self._rows):
            (self.screen.focus_next if by > 0 else self.screen.focus_previous)()
            return
        self.cursor = max(0, min(self.cursor + by, len(self._rows) - 1))

    def action_page(self, by: float) -> None:
        """Move the cursor by what is seen at once, or a part of it."""
        self.action_move(round(by * max(1, self.size.height - 1)))

    def action_choose(self) -> None:
        """Take the row under the cursor."""
        self.post_message(self.Chosen(self))

    def on_click(self, event: Click) -> None:
        """A click marks a row; a second one takes it."""
        index = event.y + self.scroll_offset.y
        if index >= len(self._rows):
            return
        if index == self.cursor:
            self.action_choose()
        self.cursor = index
