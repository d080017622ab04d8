"""Scores and trust of all agents in the last pictures, for the history of one."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from sim.snapshot import Grid

KEPT = 120
"""Pictures that are remembered; a run that is faster than the screen has steps between them."""


class Past:
    """Grows with every picture of another step."""

    def __init__(self) -> None:
        self._grids: deque[tuple[int, Grid]] = deque(maxlen=KEPT)

    def add(self, step: int, grid: Grid) -> None:
        """Remember a picture."""
        if not len(grid.states) or (self._grids and self._grids[-1][0] == step):
            return
        if self._grids and len(self._grids[-1][1].states) != len(grid.states):
            self._grids.clear()
        self._grids.append((step, grid))

    @property
    def steps(self) -> tuple[int, int] | None:
        """First and last step that are remembered."""
        return (self._grids[0][0], self._grids[-1][0]) if self._grids else None

    def scores(self, agent: int) -> NDArray[np.float32]:
        """(P,) highest scores of an agent, oldest first; NaN without a model."""
        return np.array([grid.scores[agent] for _, grid in self._grids], np.float32)

    def trust(self, agent: int) -> NDArray[np.float32]:
        """(P,) trust in an agent, oldest first."""
        return np.array([grid.trust[agent] for _, grid in self._grids], np.float32)
