"""What is behind a dialog, dimmed.

Textual's own `BackgroundScreen` mixes the colours of every piece of text on every line anew, and
goes through a Rich console; behind an open dialog that happens with every picture of the run. Here
each style is mixed once.
"""

from __future__ import annotations

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.color import Color
from textual.css.styles import RulesMap
from textual.geometry import Region
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, Screen
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual

_KEPT = 4096
"""Styles kept; a heat map has some hundred."""


class Dimmer:
    """Mixes a colour into styles, and remembers the outcome."""

    def __init__(self) -> None:
        self._colour: Color | None = None
        self._mixed: dict[RichStyle | None, RichStyle] = {}

    def dimmed(self, strip: Strip, colour: Color) -> Strip:
        """A line with this translucent colour over it, and nothing in it to click."""
        if colour != self._colour or len(self._mixed) > _KEPT:
            self._colour, self._mixed = colour, {}
        mixed, segments = self._mixed, []
        for segment in strip:
            style = mixed.get(segment.style)
            if style is None:
                style = mixed[segment.style] = _mixed(segment.style, colour)
            segments.append(Segment(segment.text, style))
        return Strip(segments, strip.cell_length)


def _mixed(style: RichStyle | None, colour: Color) -> RichStyle:
    (segment,) = BackgroundScreen.process_segments([Segment(" ", style)], colour)
    return segment.style or RichStyle.null()


class Backdrop(BackgroundScreen):
    """The screen below, under a translucent colour.

    Args:
        screen: the screen to show.
        color: what is laid over it.
        dimmer: keeps what was mixed from one picture to the next.
    """

    def __init__(self, screen: Screen[object], color: Color, dimmer: Dimmer) -> None:
        super().__init__(screen, color)
        self._dimmer = dimmer

    def visualize(self) -> Visual:
        """What Textual asks for before it would go through a Rich console."""
        return _Lines(self.screen, self.color, self._dimmer)


class _Lines(Visual):
    def __init__(self, below: Screen[object], color: Color, dimmer: Dimmer) -> None:
        self._below, self._color, self._dimmer = below, color, dimmer

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        # As `BackgroundScreen` does: there is no public way to the lines of a screen below.
        strips = self._below._compositor.render_strips()
        return [self._dimmer.dimmed(strip, self._color) for strip in strips[:height]]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        return self._below.size.height


class Overlay(ModalScreen[None]):
    """A screen over another one, whose lines show through it as they are.

    Textual would send each of them once more through what draws borders and filters colours.
    """

    _sees_through = False

    def __init__(self) -> None:
        super().__init__()
        self._dimmer = Dimmer()

    def render(self) -> RenderableType:
        """What is behind it."""
        behind = super().render()
        self._sees_through = isinstance(behind, BackgroundScreen)
        if isinstance(behind, BackgroundScreen):
            return Backdrop(behind.screen, behind.color, self._dimmer)
        return behind

    def render_lines(self, crop: Region) -> list[Strip]:
        """What is behind it, where there is no widget of its own."""
        if self._dirty_regions:
            self._render_content()
        if not self._sees_through:
            return super().render_lines(crop)
        # Until a new size of the terminal has reached every screen, what was asked for, what is
        # behind and what was drawn last may each have another width.
        first, end = crop.column_span
        lines = [self.render_line(y).adjust_cell_length(end) for y in crop.line_range]
        return [line.crop(first, end) for line in lines] if first else lines
