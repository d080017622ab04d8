"""Where each pane goes on a dashboard of a given size; a pure function of area and aspect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual.geometry import NULL_REGION, Region

ORDER = (
    "grid",
    "timeline",
    "signatures",
    "story",
    "ledger",
    "parameters",
    "journal",
    "errors",
    "engine",
    "attacks",
    "quality",
)
"""Panes in the order in which tab goes through them."""
TABBED = ("story", "ledger", "parameters", "journal", "errors", "engine", "attacks", "quality")
"""Panes that share the strip at the bottom."""
TITLES = {
    "grid": ("1", "Agents"),
    "timeline": ("2", "Timeline"),
    "signatures": ("3", "Signatures"),
    "story": ("4", "Story"),
    "ledger": ("5", "Ledger"),
    "parameters": ("6", "Knobs"),
    "journal": ("7", "Journal"),
    "errors": ("8", "Errors"),
    "engine": ("9", "Engine"),
    "attacks": ("A", "Attacks"),
    "quality": ("Q", "Quality"),
    "inspector": ("", "Details"),
}
"""Key and name of each pane, for who draws frames before there are panes."""
DOCKED = ("inspector",)
"""Panes that are there only where there is room, and follow the others."""
LEAST = (40, 10)
"""Smallest terminal on which anything can be shown."""
Extent = Literal["none", "single", "narrow", "standard", "wide"]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Places for panes; a pane without a place is not shown."""

    places: dict[str, Region]
    tabs: tuple[str, ...] = ()
    """Panes that share a place, empty where none do."""
    bar: Region = NULL_REGION
    """Place of the tab bar, one line; it may lie on the border of the pane that it belongs to."""


def extent(width: int, height: int) -> Extent:
    """Which arrangement suits a terminal of `width` × `height` cells."""
    if width < LEAST[0] and height < 40:
        return "none"
    if height < LEAST[1] or width < 20:
        return "none"
    if width >= 168 and height >= 16:
        return "wide"
    if width >= 60 and height >= 20:
        return "standard"
    if height >= 40:
        return "narrow"
    return "single"


def arrange(
    width: int,
    height: int,
    front: str,
    tab: str,
    zoomed: str | None = None,
    *,
    tabbed: tuple[str, ...] = TABBED,
    terminal: tuple[int, int] | None = None,
) -> Arrangement:
    """The arrangement for a board of `width` × `height` cells.

    Args:
        width: of the board, without status line and footer.
        height: likewise.
        front: the pane that was used last; the only one on a small board.
        tab: which of `tabbed` is in front.
        zoomed: the pane that has the whole board, if any.
        tabbed: panes that share the strip.
        terminal: its cells; where there are more lines beside the board than two, it is larger.
    """
    whole = Region(0, 0, width, height)
    room = extent(*(terminal or (width, height + 2)))
    if zoomed is not None and room != "none":
        return Arrangement({zoomed: whole})
    match room:
        case "none":
            return Arrangement({})
        case "single":
            bar, rest = whole.split_horizontal(1)
            order = (*ORDER[:3], *tabbed)
            return Arrangement({front: rest}, order, bar)
        case "narrow":
            return _narrow(whole, tab, tabbed)
        case "standard":
            return _standard(whole, tab, tabbed)
        case _:
            return _wide(whole, tab, tabbed)


def _strip(place: Region, tab: str, tabbed: tuple[str, ...]) -> tuple[dict[str, Region], Region]:
    """The pane in front of the strip, and the bar on its upper border."""
    bar = Region(place.x + 2, place.y, max(place.width - 4, 1), 1)
    return {tab: place}, bar


def _narrow(whole: Region, tab: str, tabbed: tuple[str, ...]) -> Arrangement:
    """High and narrow: one upon the other."""
    height = whole.height
    grid, rest = whole.split_horizontal(height * 38 // 100)
    timeline, rest = rest.split_horizontal(max(rest.height * 22 // 100, 7))
    signatures, strip = rest.split_horizontal(rest.height * 48 // 100)
    places, bar = _strip(strip, tab, tabbed)
    return Arrangement(
        {"grid": grid, "timeline": timeline, "signatures": signatures, **places}, tabbed, bar
    )


def _standard(whole: Region, tab: str, tabbed: tuple[str, ...]) -> Arrangement:
    """Map at the left, time and signatures at the right, the strip below."""
    tall = 7 if whole.height < 30 else max(whole.height * 22 // 100, 8)
    upper, strip = whole.split_horizontal(whole.height - tall)
    left = max(min(whole.width * 35 // 100, upper.height * 2), 28)
    grid, right = upper.split_vertical(left)
    timeline, signatures = right.split_horizontal(max(upper.height * 46 // 100, 7))
    places, bar = _strip(strip, tab, tabbed)
    return Arrangement(
        {"grid": grid, "timeline": timeline, "signatures": signatures, **places}, tabbed, bar
    )


def _wide(whole: Region, tab: str, tabbed: tuple[str, ...]) -> Arrangement:
    """Three columns: the population, time over signatures, details over knobs."""
    rest = tuple(name for name in tabbed if name != "parameters")
    front = tab if tab in rest else rest[0]
    low = whole.height < 30
    if low:  # the strip is a column of its own
        grid, others = whole.split_vertical(min(whole.height * 3, whole.width * 30 // 100))
        middle, right = others.split_vertical(others.width * 60 // 100)
        timeline, signatures = middle.split_vertical(middle.width // 2)
        places, bar = _strip(right, front if tab != "parameters" else tab, tabbed)
        return Arrangement(
            {"grid": grid, "timeline": timeline, "signatures": signatures, **places}, tabbed, bar
        )
    upper, strip = whole.split_horizontal(whole.height - max(whole.height * 21 // 100, 10))
    grid, others = upper.split_vertical(whole.width * 32 // 100)
    middle, right = others.split_vertical(others.width * 62 // 100)
    inspector, parameters = right.split_horizontal(right.height * 68 // 100)
    timeline, signatures = middle.split_horizontal(upper.height * 46 // 100)
    places, bar = _strip(strip, front, rest)
    return Arrangement(
        {
            "grid": grid,
            "timeline": timeline,
            "signatures": signatures,
            "inspector": inspector,
            "parameters": parameters,
            **places,
        },
        rest,
        bar,
    )
