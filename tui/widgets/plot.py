"""Curves over steps as dots within cells: braille, half blocks or ASCII."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tui.theme.glyphs import Glyphs

Floats = NDArray[np.float64]
Value = TypeVar("Value", np.float64, np.bool_)
_BRAILLE = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
_ROUND = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
"""What full bars stand for, but for powers of ten."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Which steps the columns of a plot stand for."""

    first: int
    """First step."""
    last: int
    """Last step."""
    width: int
    """Cells."""

    def column(self, step: float) -> int:
        """Cell of a step; outside of 0..width where the step is not shown."""
        return int(np.floor((step - self.first) * self.width / self.count))

    def step(self, column: int) -> int:
        """First step of a cell."""
        return self.first + -(-column * self.count // self.width)

    @property
    def count(self) -> int:
        """Steps shown."""
        return max(self.last - self.first + 1, 1)

    def reduced(
        self, ufunc: np.ufunc, steps: NDArray[np.int64], values: NDArray[Value], parts: int = 1
    ) -> tuple[NDArray[Value], NDArray[np.bool_]]:
        """What `fmax`, say, makes of the values that each part of each cell stands for.

        Where steps are fewer than parts, neighbours share a step.

        Args:
            ufunc: reduces the values of a part to one.
            steps: ascending, (n,).
            values: one for each step, (n,).
            parts: of each cell.

        Returns:
            The values, (width * parts,), and whether a part has any: without, its value is none.
        """
        if not len(steps):
            none = np.zeros(self.width * parts, bool)
            return none.astype(values.dtype), none
        edges = self.first + np.arange(self.width * parts + 1) * self.count / (self.width * parts)
        begin = np.searchsorted(steps, edges[:-1])
        end = np.searchsorted(steps, edges[1:])
        here = np.searchsorted(steps, edges[:-1], side="right") - 1
        shared = (end <= begin) & (here >= 0)
        # A part between two steps is that of the step that it lies in; behind the last is nothing.
        shared[shared] = edges[:-1][shared] < steps[here[shared]] + 1
        begin, end = np.where(shared, here, begin), np.where(shared, here + 1, end)
        # One more value, since `reduceat` takes no place behind the last.
        padded = np.append(values, values[-1])
        return ufunc.reduceat(padded, np.stack([begin, end], 1).ravel())[::2], end > begin


def curve(
    steps: NDArray[np.int64], values: Floats, scale: Scale, height: int, glyphs: Glyphs
) -> NDArray[np.uint32]:
    """A curve of values in 0..1 as characters; NaN leaves a gap.

    Several steps in one part of a cell show their least and their greatest value.

    Returns:
        (height, width) code points; blank is a space.
    """
    down, across = (1, 1) if glyphs.ascii else (4, 2) if glyphs.braille else (2, 1)
    rows = height * down
    dots = np.zeros((rows, scale.width * across), bool)
    greatest, known = scale.reduced(np.fmax, steps, values, across)
    least, _ = scale.reduced(np.fmin, steps, values, across)
    known &= ~np.isnan(greatest)
    ends = np.where(known, np.stack([greatest, least]), 0.0)
    upper, lower = np.clip(np.rint((1 - ends) * (rows - 1)), 0, rows - 1).astype(int).tolist()
    before: tuple[int, int] | None = None
    for part in range(scale.width * across):
        if not known[part]:
            before = None
            continue
        low, high = upper[part], lower[part]
        if before is not None:  # joined to its neighbour
            low, high = min(low, before[1] + 1), max(high, before[0] - 1)
        dots[low : high + 1, part] = True
        before = (low, high)
    return _characters(dots, height, scale.width, glyphs)


def _characters(
    dots: NDArray[np.bool_], height: int, width: int, glyphs: Glyphs
) -> NDArray[np.uint32]:
    if glyphs.ascii:
        return np.where(dots, np.uint32(ord("*")), np.uint32(ord(" "))).astype(np.uint32)
    if glyphs.braille:
        cells = dots.reshape(height, 4, width, 2).transpose(0, 2, 1, 3)
        code = (cells * _BRAILLE).sum(axis=(2, 3))
        return np.where(code > 0, 0x2800 + code, ord(" ")).astype(np.uint32)
    halves = dots.reshape(height, 2, width)
    code = halves[:, 0] + 2 * halves[:, 1]
    return np.array([ord(c) for c in " ▀▄█"], np.uint32)[code]


def bars(
    steps: NDArray[np.int64], values: Floats, scale: Scale, glyphs: Glyphs
) -> tuple[str, float]:
    """The greatest value in each cell as a bar of one line, and the greatest of all."""
    top = float(np.nanmax(values, initial=0.0)) if len(values) else 0.0
    most = full(top)
    found, known = scale.reduced(np.fmax, steps, values)
    heights = np.where(known & (found > 0), found, 0.0)  # NaN is nothing
    reached = np.ceil(heights / most * len(glyphs.levels)) if top else heights
    levels = (" ", *glyphs.levels)
    text = "".join(levels[level] for level in reached.astype(int).tolist())
    return text, top


def full(top: float) -> float:
    """What a full bar stands for: a round number, so that bars stand still while the top grows.

    Args:
        top: the greatest value, >= 0.
    """
    if top <= 0:
        return 0.0
    power = 10.0 ** (math.floor(math.log10(top)) - 1)
    return next((n * power for n in _ROUND if n * power >= top), top)


def ticks(first: int, last: int, most: int) -> list[int]:
    """Round numbers between two steps, at most about `most`: 1, 2 or 5 times a power of 10."""
    span = max(last - first, 1)
    size = 1
    while span / size > max(most, 1):
        digit = int(str(size)[0])
        size = size * 5 // 2 if digit == 2 else size * 2
    begin = -(-first // size) * size
    return list(range(begin, last + 1, size))
