"""The population as a field of cells: an agent each, or a block where agents outnumber cells."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.snapshot import AgentState, Grid

SEVERITY = (1, 0, 4, 2, 3)
"""By `AgentState`: which of several states stands for a block; the highest does."""
_LABELLED = 7
"""Cells this wide have room for a number beside the symbol."""
_WIDEST = 10
"""Columns of the terminal that a cell takes at most."""


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
    halves: bool = False
    """Whether a line of the terminal shows two rows of cells, one in each half of a character."""

    @property
    def single(self) -> bool:
        """Whether each cell is one agent."""
        return self.across == self.down == 1

    @property
    def labelled(self) -> bool:
        """Whether cells are agents and have room for a number."""
        return self.single and self.width >= _LABELLED

    def cell_at(self, x: int, y: int) -> tuple[int, int] | None:
        """Column and row of the cell at a place, if there is one; of two halves the upper."""
        column = (x - self.left) // self.width
        row = (y - self.upper) * 2 if self.halves else (y - self.upper) // self.height
        if 0 <= column < self.columns and 0 <= row < self.rows:
            return column, row
        return None

    @property
    def lines(self) -> int:
        """Lines of the terminal that the field takes."""
        return -(-self.rows // 2) if self.halves else self.rows * self.height


def geometry(agents: int, grid_width: int, width: int, height: int, halves: bool) -> Geometry:
    """The largest cells with which the whole population fills its place.

    An agent has a cell of its own as long as there is half a character for each. Beyond, blocks of
    agents share one.

    Args:
        agents: how many there are, > 0.
        grid_width: agents in one row of the grid, > 0.
        width: columns of the terminal.
        height: lines of the terminal.
        halves: whether the terminal can show two colours in one character.
    """
    width, height = max(width, 1), max(height, 1)
    grid_height = -(-agents // grid_width)
    halved = halves and (grid_height > height or grid_width > width // 2)
    lines = height * 2 if halved else height
    across, down = -(-grid_width // width), -(-grid_height // lines)
    columns, rows = -(-grid_width // across), -(-grid_height // down)
    cell_width = min(width // columns, _WIDEST)
    cell_height = 1
    if not halved:
        cell_height = min(height // rows, max(cell_width * 3 // 4, 1))
    shape = Geometry(columns, rows, across, down, cell_width, cell_height, 0, 0, halved)
    left = (width - columns * cell_width) // 2
    return replace(shape, left=left, upper=(height - shape.lines) // 2)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """What each cell stands for; all arrays are (rows, columns)."""

    counts: NDArray[np.int64]
    """(rows, columns, 5) agents by `AgentState`."""
    attacked: NDArray[np.int64]
    """Agents under attack: ground truth."""
    missed: NDArray[np.int64]
    """Those of them that take it for normal."""
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
        missed=np.bincount(cell[missed(grid)], minlength=size).reshape(flat),
        adversary=np.bincount(cell[grid.adversary], minlength=size).reshape(flat),
        value=mean.reshape(flat),
    )


def missed(grid: Grid) -> NDArray[np.bool_]:
    """(A,) who is attacked and takes it for normal."""
    found: NDArray[np.bool_] = grid.attacked & (grid.states == AgentState.NORMAL)
    return found


def cells_of(agents: int, grid_width: int, shape: Geometry) -> NDArray[np.int64]:
    """(A,) number of the cell of each agent, row by row."""
    ids = np.arange(agents, dtype=np.int64)
    cells: NDArray[np.int64] = (
        ids // grid_width // shape.down * shape.columns + ids % grid_width // shape.across
    )
    return cells
