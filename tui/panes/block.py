"""A block of the map, opened: its agents alone, each with a cell of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.snapshot import Grid
from tui.widgets.field import Geometry, cells_of


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some agents of the population that stand together."""

    ids: NDArray[np.int64]
    """(n,) their ids, row by row."""
    width: int
    """Agents in one row of the block."""

    @classmethod
    def whole(cls, grid: Grid) -> Block:
        """The population."""
        return cls(np.arange(len(grid.states), dtype=np.int64), grid.width)

    @classmethod
    def around(cls, grid: Grid, shape: Geometry, agent: int) -> Block:
        """The agents that share a cell with one."""
        cells = cells_of(len(grid.states), grid.width, shape)
        ids = np.flatnonzero(cells == cells[agent])
        return cls(ids, len(np.unique(ids % grid.width)))

    def part(self, grid: Grid) -> Grid:
        """These agents as a population of their own."""
        if len(self.ids) == len(grid.states):
            return grid
        ids = self.ids
        return Grid(
            width=self.width,
            height=-(-len(ids) // self.width),
            states=grid.states[ids],
            scores=grid.scores[ids],
            trust=grid.trust[ids],
            hit_rate=grid.hit_rate[ids],
            attacked=grid.attacked[ids],
            adversary=grid.adversary[ids],
        )

    def place(self, agent: int) -> int:
        """Where an agent stands in the block; the nearest one's place where it is not in it."""
        return min(int(np.searchsorted(self.ids, agent)), len(self.ids) - 1)
