"""The population as a field of cells: an agent each, or a block where agents outnumber cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.snapshot import AgentState, Grid

SEVERITY = (1, 0, 4, 2, 3)
"""By `AgentState`: which of several states stands for a block; the highest does."""
_LABELLED = 8
"""Cells this wide have room for a number beside the symbol."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a field lies on a rectangle of the terminal."""

    columns: int
    rows: int
    across: int
    """Agents that one cell stands for, from left to right."""
    down: int
    width: int
    """Of one cell, in columns of the terminal."""
    height: int
    """Of one cell, in lines."""
    left: int
    """Columns before the first cell."""
    upper: int
    """Lines above the first cell."""

    @property
    def single(self) -> bool:
        """Whether each cell is one agent."""
        return self.across == self.down == 1

    @property
    def labelled(self) -> bool:
        """Whether cells have room for a number."""
        return self.width >= _LABELLED

    def spare(self, height: int) -> int:
        """Lines of `height` that no cell takes."""
        return height - self.rows * self.height

    def cell_at(self, x: int, y: int) -> tuple[int, int] | None:
        """Column and row of the cell at a place, if there is one."""
        column, row = (x - self.left) // self.width, (y - self.upper) // self.height
        if 0 <= column < self.columns and 0 <= row < self.rows:
            return column, row
        return None


def geometry(agents: int, grid_width: int, width: int, height: int) -> Geometry:
    """The largest cells with which the whole population fits.

    Args:
        agents: how many there are, > 0.
        grid_width: agents in one row of the grid, > 0.
        width: columns of the terminal.
        height: lines of the terminal.
    """
    grid_height = -(-agents // grid_width)
    across = -(-grid_width // max(width // 2, 1))
    down = -(-grid_height // max(height, 1))
    columns, rows = -(-grid_width // across), -(-grid_height // down)
    cell_width = width // columns
    if cell_width >= _LABELLED and across == down == 1:
        cell_width = min(cell_width, _LABELLED + 2)
        cell_height = min(max(height // rows, 1), 3)
    else:
        cell_width = max(min(cell_width, 4), 2)
        cell_height = min(max(height // rows, 1), max(cell_width // 2, 1))
    left = max((width - columns * cell_width) // 2, 0)
    upper = max((height - rows * cell_height) // 2, 0)
    return Geometry(columns, rows, across, down, cell_width, cell_height, left, upper)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """What each cell stands for; all arrays are (rows, columns)."""

    counts: NDArray[np.int64]
    """(rows, columns, 5) agents by `AgentState`."""
    attacked: NDArray[np.int64]
    """Agents under attack: ground truth."""
    adversary: NDArray[np.int64]
    """Agents that misbehave: ground truth."""
    value: NDArray[np.float64]
    """Mean of the shown value, NaN where no agent has one."""

    @property
    def agents(self) -> NDArray[np.int64]:
        """Agents in each cell."""
        total: NDArray[np.int64] = self.counts.sum(axis=2)
        return total

    @property
    def worst(self) -> NDArray[np.intp]:
        """The state that stands for each cell."""
        weight = np.where(self.counts > 0, np.array(SEVERITY) + 1, 0)
        worst: NDArray[np.intp] = weight.argmax(axis=2)
        return worst

    @property
    def alert_share(self) -> NDArray[np.float64]:
        """Share of the agents of each cell that are in alert."""
        share: NDArray[np.float64] = self.counts[:, :, AgentState.ALERT] / np.maximum(
            self.agents, 1
        )
        return share


def field_of(grid: Grid, shape: Geometry, values: NDArray[np.float32] | None = None) -> Field:
    """Count the agents of each cell.

    Args:
        grid: the population.
        shape: how it is cut into cells.
        values: (A,) what to average per cell, if anything.
    """
    cell = cells_of(len(grid.states), grid.width, shape)
    size = shape.columns * shape.rows
    state = np.minimum(grid.states, AgentState.STOPPED).astype(np.int64)
    counts = np.bincount(cell * 5 + state, minlength=size * 5)
    mean = np.full(size, np.nan)
    if values is not None:
        known = ~np.isnan(values)
        number = np.bincount(cell[known], minlength=size)
        total = np.bincount(cell[known], values[known], minlength=size)
        np.divide(total, number, out=mean, where=number > 0)
    flat = (shape.rows, shape.columns)
    return Field(
        counts=counts.reshape(*flat, 5),
        attacked=np.bincount(cell[grid.attacked], minlength=size).reshape(flat),
        adversary=np.bincount(cell[grid.adversary], minlength=size).reshape(flat),
        value=mean.reshape(flat),
    )


def cells_of(agents: int, grid_width: int, shape: Geometry) -> NDArray[np.int64]:
    """(A,) number of the cell of each agent, row by row."""
    ids = np.arange(agents, dtype=np.int64)
    cells: NDArray[np.int64] = (
        ids // grid_width // shape.down * shape.columns + ids % grid_width // shape.across
    )
    return cells
