"""What every pane is: a bordered, focusable widget that draws lines from a snapshot."""

from __future__ import annotations

from textwrap import wrap
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import BindingType
from textual.color import Color
from textual.content import Content
from textual.events import MouseScrollDown, MouseScrollUp, Resize
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from sim.snapshot import EMPTY, Snapshot
from sim.text import clean
from tui.actions import OVER
from tui.keys.inside import bindings_of
from tui.record.book import Book
from tui.theme.glyphs import UNICODE, Glyphs
from tui.theme.ink import Ink
from tui.widgets.line import Line, fit

_PART = " · "
"""Between the parts of a subtitle."""
_MOST_IN_A_CELL = 16
"""Characters of foreign text that are looked at for a cell: some of a few millions take none."""
_CORNERS = 6
"""Cells of the lower border beside its text."""
_EDGES = 2
"""Cells of the upper border beside its text: a blank at either end."""


MEASURE = 76
"""Cells of a line of words in place of content: longer ones are hard to read."""


class Pane(Widget, can_focus=True):
    """A part of the dashboard.

    A pane stores the snapshot, and draws it when it is on screen: `draw` makes all its lines at
    once, `render_line` only looks them up. Of a new snapshot only changed lines are repainted.
    """

    PANE: str = ""
    """Id of the pane on the dashboard."""
    NAME: str = ""
    """Title."""
    KEY: str = ""
    """Key that goes there, shown in the title; empty where there is none."""
    FROM_RECORD: ClassVar[bool] = False
    """Whether it draws from the record, and is drawn again when that has grown."""
    SHORT: str = ""
    """Name of the tab where room is scarce."""
    DEFAULT_CSS = """
    Pane {
        border: round $border-blurred;
        border-title-color: $foreground-muted;
        border-subtitle-color: $foreground-muted;
        background: $background;
        padding: 0 1;
    }
    Pane:focus {
        border: round $border;
        border-title-color: $primary;
        border-title-style: bold;
        border-subtitle-color: $foreground;
    }
    Pane.-ascii { border: ascii $border-blurred; }
    Pane.-ascii:focus { border: ascii $border; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("pane")

    snapshot: reactive[Snapshot] = reactive(EMPTY, repaint=False)
    top: reactive[int] = reactive(0)
    """First line that is shown, for panes that are longer than their place."""

    def __init__(self, glyphs: Glyphs = UNICODE, book: Book | None = None) -> None:
        self.book = book if book is not None else Book()
        """The whole record of the run, for panes that show more than the present."""
        super().__init__(id=self.PANE, classes="-ascii" if glyphs.ascii else None)
        self.glyphs = glyphs
        self.border_title = Content(f"{self.KEY} {self.NAME}".strip())
        self._strips: list[Strip] | None = None
        self._drawn_for = Size()
        """What the lines were made for."""
        self._ink: Ink | None = None

    # What a pane of its own kind defines.

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """What of a snapshot the pane draws; while these are the same objects, nothing is done."""
        return (snapshot,)

    def draw(self, width: int, height: int) -> list[Strip]:
        """All lines of the pane, `width` cells each; `height` is what can be seen at once."""
        raise NotImplementedError

    # What panes draw with.

    @property
    def ink(self) -> Ink:
        """Styles of the present theme."""
        if self._ink is None:
            background: Color = self.background_colors[1]
            self._ink = Ink(self.app.theme_variables, background)
        return self._ink

    def safe(self, text: str, width: int | None = None) -> str:
        """Text from data, clean for the terminal, in exactly `width` cells if given."""
        if width is not None:
            text = text[: _MOST_IN_A_CELL * (width + 1)]
        text = self.glyphs.plain(clean(text))
        return text if width is None else fit(text, width, ellipsis=self.glyphs.ellipsis)

    def subtitle(self, text: str) -> None:
        """Show plain text in the lower border; its last parts are left out where it is too long."""
        content = Content(self.glyphs.plain(self._fitting(text, self.border_room)))
        if getattr(self, "_shown_subtitle", None) != content.plain:
            self._shown_subtitle = content.plain
            self.border_subtitle = content

    def entitle(self, text: str) -> None:
        """Show plain text in the upper border, likewise."""
        content = Content(self.glyphs.plain(self._fitting(text, self.size.width - _EDGES)))
        if str(self.border_title) != content.plain:
            self.border_title = content

    def _fitting(self, text: str, room: int) -> str:
        """Text without the last of its parts, as many as there is no room for."""
        parts = clean(text).split(_PART)
        while len(parts) > 1 and cell_len(_PART.join(parts)) > room:
            parts.pop()
        return _PART.join(parts)

    @property
    def border_room(self) -> int:
        """Cells for text in the lower border."""
        return max(self.size.width - _CORNERS, 0)

    @property
    def over(self) -> bool:
        """Whether nothing will come any more."""
        return self.snapshot.state in OVER

    def message(self, *lines: str) -> list[Strip]:
        """Words in place of content, for when there is nothing to show yet."""
        width = self.content_size.width
        dim = self.ink("ink-dim")
        room = max(min(width, MEASURE), 1)
        wrapped = [part for line in lines for part in wrap(self.safe(line), room)]
        return [Line().add(line, dim).strip(width, dim) for line in ("", *wrapped)]

    # Drawing.

    def watch_snapshot(self, old: Snapshot, new: Snapshot) -> None:
        """Draw what changed, if anything that the pane shows did and it is on screen."""
        if all(a is b for a, b in zip(self.parts(old), self.parts(new), strict=True)):
            return
        self.redraw()

    def redraw(self) -> None:
        """Build the lines again and repaint those that changed."""
        before = self._strips
        self._strips = None
        size = self.content_size
        # A pane that is hidden has no size.
        if before is None or not self.is_mounted or not size:
            self.refresh()
            return
        after = self._built()
        if len(before) != len(after):
            self.refresh()
            return
        seen = range(self.top, min(self.top + size.height, len(after)))
        changed = [Region(0, y - self.top, size.width, 1) for y in seen if before[y] != after[y]]
        if changed:
            self.refresh(*changed)

    def _built(self) -> list[Strip]:
        size = self.content_size
        if self._strips is None or self._drawn_for != size:
            self._drawn_for = size
            if not size:  # for a moment, while a terminal is rearranged
                return []
            self._strips = self.draw(size.width, size.height)
            if self.top > (last := self.validate_top(self.top)):
                self.set_reactive(Pane.top, last)
        return self._strips or []

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        strips = self._built()
        index = y + self.top
        if index < len(strips):
            return strips[index]
        return Strip.blank(self.content_size.width, self.ink())

    def on_resize(self, event: Resize) -> None:
        """Other widths need other lines."""
        self._strips = None
        self.refresh()

    def notify_style_update(self) -> None:
        """Another theme or focus needs other colours."""
        super().notify_style_update()
        self._ink = None
        self._strips = None

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Panes take the place that they are given."""
        return container.height

    # Scrolling.

    def validate_top(self, top: int) -> int:
        """Keep the last line at the lower edge."""
        if self._strips is None:
            return max(top, 0)
        return max(0, min(top, len(self._strips) - self.content_size.height))

    def action_move(self, dx: int, dy: int) -> None:
        """Scroll by one line."""
        self.top += dy

    def action_page(self, direction: float) -> None:
        """Scroll by a page, or a part of one."""
        self.top += round(direction * max(self.content_size.height - 1, 1))

    def action_ends(self, last: bool) -> None:
        """Scroll to the first or the last line."""
        self.top = len(self._built()) if last else 0

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.action_move(0, -1)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.action_move(0, 1)
