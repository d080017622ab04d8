"""A rectangle of characters and styles, turned into lines: one segment for each run of a style."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip


class Canvas:
    """Characters (one cell wide each) and numbers of styles, `(height, width)`."""

    def __init__(self, width: int, height: int) -> None:
        self.characters: NDArray[np.uint32] = np.full((height, width), ord(" "), np.uint32)
        self.styles: NDArray[np.int32] = np.zeros((height, width), np.int32)

    def strips(self, styles: Sequence[Style]) -> list[Strip]:
        """One strip for each line.

        Args:
            styles: style of each number.
        """
        width = self.styles.shape[1]
        strips = []
        for characters, numbers in zip(self.characters, self.styles, strict=True):
            text = characters.astype("<u4").tobytes().decode("utf-32-le")
            ends = [*(np.flatnonzero(np.diff(numbers)) + 1).tolist(), width]
            segments, start = [], 0
            for end in ends:
                segments.append(Segment(text[start:end], styles[numbers[start]]))
                start = end
            strips.append(Strip(segments, width))
        return strips
