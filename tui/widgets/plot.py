"""Curves over steps as dots within cells: braille, half blocks or ASCII."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.theme.glyphs import Glyphs

Floats = NDArray[np.float64]
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

    def groups(self, steps: NDArray[np.int64], parts: int = 1) -> list[slice]:
        """Places of the steps that each part of each cell stands for; `width * parts` slices.

        Where steps are fewer than parts, neighbours share a step.
        """
        edges = self.first + np.arange(self.width * parts + 1) * self.count / (self.width * parts)
        begin = np.searchsorted(steps, edges[:-1])
        end = np.searchsorted(steps, edges[1:])
        here = np.searchsorted(steps, edges[:-1], side="right") - 1
        shared = (end <= begin) & (here >= 0)
        # A part between two steps is that of the step that it lies in; behind the last is nothing.
        shared[shared] = edges[:-1][shared] < steps[here[shared]] + 1
        begin = np.where(shared, here, begin)
        end = np.where(shared, here + 1, end)
        return [slice(a, b) for a, b in zip(begin.tolist(), end.tolist(), strict=True)]


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
    before: tuple[int, int] | None = None
    for part, group in enumerate(scale.groups(steps, across)):
        there = values[group]
        there = there[~np.isnan(there)]
        if not len(there):
            before = None
            continue
        low, high = (
            int(np.clip(round((1 - v) * (rows - 1)), 0, rows - 1))
            for v in (there.max(), there.min())
        )
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
    text = ""
    for group in scale.groups(steps):
        there = values[group]
        value = float(np.nanmax(there, initial=0.0)) if len(there) else 0.0
        level = int(np.ceil(value / most * len(glyphs.levels))) if top else 0
        text += " " if not level else glyphs.levels[level - 1]
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
