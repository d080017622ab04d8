"""Numbers as text: charts over time and bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.snapshot import SignatureView
from tui.theme.glyphs import Glyphs


def buckets(values: Sequence[float], width: int, end: int = 0) -> NDArray[np.float64]:
    """`values` as at most `width` means of neighbours.

    Neighbours are grouped by their absolute number, so that a picture of a growing series does not
    tremble as values shift from one group to the next.

    Args:
        values: oldest first; NaN where there is none.
        width: largest number of means.
        end: number of the last value, e.g. its step.
    """
    series = np.asarray(values, np.float64)
    if len(series) <= width or width <= 0:
        return series[len(series) - max(width, 0) :] if width <= 0 else series
    size = -(-len(series) // width)
    number = np.arange(end - len(series), end) // size
    group = number - number[0]
    there = ~np.isnan(series)
    counts = np.bincount(group, there)
    sums = np.bincount(group, np.where(there, series, 0.0))
    means = np.full(len(counts), np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means[-width:]


def area(
    values: Sequence[float],
    width: int,
    height: int,
    glyphs: Glyphs,
    *,
    low: float = 0.0,
    high: float | None = None,
    end: int = 0,
) -> list[str]:
    """A chart of a series, newest at the right.

    Args:
        values: oldest first; NaN leaves a gap.
        width: cells.
        height: lines; each has eight levels.
        glyphs: symbols to draw with.
        low: value at the lower edge.
        high: value at the upper edge; the largest value by default.
        end: number of the last value, see `buckets`.

    Returns:
        `height` lines of `width` cells, uppermost first.
    """
    series = buckets(values, width, end)
    known = series[~np.isnan(series)]
    top = high if high is not None else float(known.max(initial=low))
    steps = len(glyphs.levels)
    with np.errstate(over="ignore"):  # far beyond the edge is at the edge
        share = np.clip((series - low) / (top - low if top > low else 1.0), 0, 1)
    # A value of nothing still shows as the lowest line, so that it differs from no value.
    level = np.where(np.isnan(share), 0, np.maximum(np.round(share * steps * height), 1))
    lines = []
    for floor in range(steps * (height - 1), -1, -steps):
        cells = np.clip(level - floor, 0, steps).astype(int)
        lines.append("".join(glyphs.levels[c - 1] if c else " " for c in cells).rjust(width))
    return lines


def bar(share: float, width: int, glyphs: Glyphs) -> tuple[str, str]:
    """The filled and the empty part of a bar, together `width` cells."""
    halves = round(min(max(share, 0.0), 1.0) * width * 2)
    if share > 0:
        halves = max(halves, 1)
    filled = glyphs.full * (halves // 2) + glyphs.half * (halves % 2)
    return filled, glyphs.track * (width - len(filled))


def vote_bar(view: SignatureView, width: int, quorum: float) -> list[tuple[str, str]]:
    """The parts of a vote bar from left to right, `width` cells in all.

    Confirmations and refutations take their share of the weight, abstentions what is left of the
    cells. The quorum stands where confirmations must reach.

    Returns:
        (what, text) pairs; what is `confirm`, `refute`, `abstain` or `quorum`, the text a number of
        `x` as long as the part, for the caller to replace by its symbol.
    """
    decided = view.confirmations + view.refutations
    everyone = decided + view.abstentions
    if width <= 0:
        return []
    if not everyone:
        return [("abstain", "x" * width)]
    cells = round(width * decided / everyone)
    cells = max(cells, 1) if decided else 0
    weight = view.confirm + view.refute
    confirm = round(cells * view.confirm / weight) if weight else 0
    kinds = ["confirm"] * confirm + ["refute"] * (cells - confirm) + ["abstain"] * (width - cells)
    if not weight and cells:
        kinds[:cells] = ["abstain"] * cells
    if cells > 1 and weight:
        kinds[min(int(cells * quorum), cells - 1)] += "+quorum"
    return _runs(kinds)


def _runs(kinds: list[str]) -> list[tuple[str, str]]:
    """Neighbours of one kind as one pair."""
    runs: list[tuple[str, str]] = []
    for kind in kinds:
        if runs and runs[-1][0] == kind:
            runs[-1] = (kind, runs[-1][1] + "x")
        else:
            runs.append((kind, "x"))
    return runs
