"""Where each pane goes on a dashboard of a given size; a pure function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual.geometry import NULL_REGION, Region

ORDER = (
    "grid",
    "ledger",
    "consensus",
    "performance",
    "quality",
    "errors",
    "parameters",
    "journal",
)
"""Panes in the order of their number keys, from 1."""
TABBED = ("errors", "parameters", "journal")
"""Panes that share one place on a dashboard of medium size."""
Extent = Literal["single", "medium", "large"]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Places for panes; a pane without a place is not shown."""

    places: dict[str, Region]
    tabs: tuple[str, ...] = ()
    """Panes that share a place, empty where none do."""
    bar: Region = NULL_REGION
    """Place of the tab bar, one line."""


def extent(width: int, height: int) -> Extent:
    """How many panes fit side by side on `width` × `height` cells."""
    if width >= 168 and height >= 46:
        return "large"
    if width >= 100 and height >= 26:
        return "medium"
    return "single"


def arrange(
    width: int, height: int, front: str, tab: str, zoomed: str | None = None
) -> Arrangement:
    """The arrangement for a board of `width` × `height` cells.

    Args:
        width: of the board, without status line and footer.
        height: likewise.
        front: the pane that was used last; the only one on a small board.
        tab: which of `TABBED` is in front.
        zoomed: the pane that has the whole board, if any.
    """
    whole = Region(0, 0, width, height)
    if zoomed is not None:
        return Arrangement({zoomed: whole})
    match extent(width, height):
        case "single":
            bar, rest = whole.split_horizontal(1)
            return Arrangement({front: rest}, ORDER, bar)
        case "medium":
            return _medium(whole, tab)
        case _:
            return Arrangement(_large(whole))


def _medium(whole: Region, tab: str) -> Arrangement:
    # The upper part keeps 20 rows of agents, with a legend, for as long as it can.
    upper, lower = whole.split_horizontal(max(whole.height - 14, min(24, whole.height - 12)))
    left, right = upper.split_vertical(whole.width * 48 // 100)
    consensus, ledger = right.split_horizontal(right.height * 55 // 100)
    performance, rest = lower.split_vertical(whole.width * 37 // 100)
    quality, tabbed = rest.split_vertical(rest.width // 2)
    bar, place = tabbed.split_horizontal(1)
    return Arrangement(
        {
            "grid": left,
            "ledger": ledger,
            "consensus": consensus,
            "performance": performance,
            "quality": quality,
            tab: place,
        },
        TABBED,
        bar,
    )


def _large(whole: Region) -> dict[str, Region]:
    """Three columns: the population with its numbers, the record, the knobs."""
    left, rest = whole.split_vertical(whole.width * 42 // 100)
    middle, right = rest.split_vertical(rest.width * 54 // 100)
    grid, numbers = left.split_horizontal(whole.height - 19)
    performance, quality = numbers.split_vertical(left.width // 2)
    consensus, record = middle.split_horizontal(whole.height * 40 // 100)
    ledger, errors = record.split_horizontal(record.height * 62 // 100)
    parameters, journal = right.split_horizontal(whole.height * 70 // 100)
    return {
        "grid": grid,
        "ledger": ledger,
        "consensus": consensus,
        "performance": performance,
        "quality": quality,
        "errors": errors,
        "parameters": parameters,
        "journal": journal,
    }
