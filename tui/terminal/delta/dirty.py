"""What is dirty on a screen, drawn by the widgets that it belongs to and by no other.

Textual's compositor draws every widget that touches a box around all that is dirty, whole, and cuts
each line at the edges of all widgets, which takes it half as long again. Here only the lines
that are dirty are asked for, and they stay whole: whoever takes them knows which part was meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from textual._compositor import Compositor
from textual.geometry import Offset, Region
from textual.strip import Strip
from textual.widget import Widget

Piece: TypeAlias = tuple[int, int, Strip, int, int]
"""Row, column of the strip's first cell, the strip, and the first cell of it that is meant and the
one behind the last; the other cells may be covered by something else."""
_KEPT = 1024
"""Dirty regions remembered; a dashboard has some fifty."""


@dataclass(frozen=True, slots=True)
class Parts:
    """An update of some parts of a screen."""

    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class _Shown:
    """A widget as far as its containers let it be seen.

    Attributes:
        region: on the screen.
        offset: of the widget's own first cell on the screen.
    """

    widget: Widget
    region: Region
    offset: Offset


class DirtyParts:
    """Stands in for a compositor's way to make an update of what is dirty.

    Args:
        compositor: of the screen; what it says is dirty is clean afterwards.
    """

    def __init__(self, compositor: Compositor) -> None:
        self._compositor = compositor
        self._layout: object = None
        """The compositor's widgets and their places, new with every layout."""
        self._owners: dict[Region, list[tuple[_Shown, Region]]] = {}
        """By dirty region: what is in front there, and in which part of it."""

    def __call__(self) -> Parts | None:
        """The update, or None if nothing is dirty."""
        dirty = self._compositor._dirty_regions
        if not dirty:
            return None
        regions = dirty.copy()
        dirty.clear()
        if self._layout is not self._compositor.visible_widgets or len(self._owners) > _KEPT:
            self._layout = self._compositor.visible_widgets
            self._owners.clear()
        found: dict[Widget, tuple[_Shown, list[Region]]] = {}
        for region in regions:
            for shown, part in self._owners.get(region) or self._look_up(region):
                found.setdefault(shown.widget, (shown, []))[1].append(part)
        return Parts([piece for each in found.values() for piece in _drawn(*each)])

    def _look_up(self, region: Region) -> list[tuple[_Shown, Region]]:
        owners = self._owners[region] = list(self._in_front(region))
        return owners

    def _in_front(self, region: Region) -> Iterator[tuple[_Shown, Region]]:
        """Lines as far as nothing is in front of them: what is dirty may begin within a glyph."""
        width, _ = self._compositor.size
        left = [Region(0, region.y, width, region.height)]
        for widget, (place, clip) in self._compositor.visible_widgets.items():  # from front to back
            visible = place.intersection(clip)
            shown = _Shown(widget, visible, place.offset)
            behind: list[Region] = []
            for each in left:
                if part := each.intersection(visible):
                    if part.overlaps(region):
                        yield shown, part
                    behind += _around(part, each)
                else:
                    behind.append(each)
            left = behind
            if not any(each.overlaps(region) for each in left):
                return


def _around(part: Region, whole: Region) -> Iterable[Region]:
    """What is left of a region without a part of it: above, below, left and right."""
    x, y, right, bottom = whole.x, whole.y, whole.right, whole.bottom
    corners = (
        (x, y, right, part.y),
        (x, part.bottom, right, bottom),
        (x, part.y, part.x, part.bottom),
        (part.right, part.y, right, part.bottom),
    )
    return filter(None, (Region.from_corners(*each) for each in corners))


def _drawn(shown: _Shown, parts: list[Region]) -> Iterator[Piece]:
    """The lines of a widget in these parts of the screen."""
    x, _, width, _ = shown.region
    left, top = shown.offset
    if len(parts) > 1:
        largest = max(parts, key=lambda part: part.area)
        parts = [largest, *(part for part in parts if not largest.contains_region(part))]
    first, end = min(part.y for part in parts), max(part.bottom for part in parts)
    strips = shown.widget.render_lines(Region(x - left, first - top, width, end - first))
    for part in parts:
        start, stop = part.x - x, part.right - x
        for y, strip in enumerate(strips[part.y - first : part.bottom - first], part.y):
            yield y, x, strip, start, stop
