"""A text to read: wrapped once for its width, and only the lines in sight are drawn."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets.fold import hanging

_WIDTHS = 4
"""For how many widths the lines are kept."""


class Page(Widget):
    """Styled lines, any number of them, inside something that scrolls.

    A `Static` lays out and draws all of its lines several times until it is first seen.

    Args:
        lines: what is to be read.
        indent: cells before what goes on of a line that begins with blanks.
        id: names the page within its dialog.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = "Page { width: 1fr; height: auto; }"

    def __init__(
        self,
        lines: Sequence[Text],
        *,
        indent: int = 0,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._lines = lines
        self._indent = indent
        self._wraps: dict[int, Sequence[Text]] = {}
        """By width: a layout asks for the height without a scroll bar and with one, each time."""
        self._strips: dict[int, Strip] = {}
        """Lines that have been drawn."""
        self._style: Style | None = None
        self._width = -1
        """What they were drawn for."""

    def _wrapped(self, width: int) -> Sequence[Text]:
        wrapped = self._wraps.get(width)
        if wrapped is None:
            if len(self._wraps) > _WIDTHS:
                self._wraps.clear()
            wrapped = self._wraps[width] = self._wrap(width)
        return wrapped

    def _wrap(self, width: int) -> Sequence[Text]:
        wrapped: list[Text] = []
        indent = min(self._indent, width // 3)
        for line in self._lines:
            if cell_len(line.plain) <= width:
                wrapped.append(line)
            else:
                inner = line.plain.startswith(" ")
                wrapped += hanging(line, max(width, 1), indent * inner).split("\n")
        return wrapped

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the text has at this width."""
        return len(self._wrapped(width))

    def render_line(self, y: int) -> Strip:
        """One line."""
        lines = self._wrapped(self.size.width)
        if self._width != self.size.width:
            self._width = self.size.width
            self._strips.clear()
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._drawn(lines[y] if y < len(lines) else Text())
        return strip

    def _drawn(self, line: Text) -> Strip:
        if self._style is None:
            self._style = self.rich_style
        console, style = self.app.console, self._style
        whole = style + console.get_style(line.style)
        segments = Segment.apply_style(line.render(console), whole)
        return Strip(segments).adjust_cell_length(self._width, style)

    def notify_style_update(self) -> None:
        """Another theme needs other colours."""
        super().notify_style_update()
        self._style = None
        self._strips.clear()
