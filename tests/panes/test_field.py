"""Blocks of agents: nobody is lost, nobody is counted twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import population

from sim.snapshot import AgentState, Grid
from tui.widgets.field import SEVERITY, cells_of, field_of, geometry

sizes = st.tuples(st.integers(1, 700), st.integers(1, 60), st.integers(2, 90), st.integers(1, 50))


def random_grid(agents: int, width: int, seed: int) -> Grid:
    draw = np.random.Generator(np.random.Philox(seed))
    return Grid(
        width=width,
        height=-(-agents // width),
        states=draw.integers(0, 5, agents).astype(np.uint8),
        scores=np.where(draw.random(agents) < 0.2, np.nan, draw.random(agents)).astype(np.float32),
        trust=draw.random(agents).astype(np.float32),
        hit_rate=draw.random(agents).astype(np.float32),
        attacked=draw.random(agents) < 0.3,
        adversary=draw.random(agents) < 0.1,
    )


@given(sizes, st.integers(0, 1000), st.booleans())
def test_every_agent_is_counted_once(size, seed, halves) -> None:
    agents, grid_width, width, height = size
    grid = random_grid(agents, grid_width, seed)
    field = field_of(grid, geometry(agents, grid_width, width, height, halves), grid.scores)
    assert field.counts.sum(axis=(0, 1)).tolist() == np.bincount(grid.states, minlength=5).tolist()
    assert field.attacked.sum() == grid.attacked.sum()
    assert field.adversary.sum() == grid.adversary.sum()
    assert field.agents.sum() == agents


@given(sizes, st.booleans())
def test_the_field_fits_its_place(size, halves) -> None:
    agents, grid_width, width, height = size
    shape = geometry(agents, grid_width, width, height, halves)
    assert 0 <= shape.left <= shape.left + shape.columns * shape.width <= width
    assert 0 <= shape.upper <= shape.upper + shape.lines <= height
    cells = cells_of(agents, grid_width, shape)
    assert 0 <= cells.min() <= cells.max() < shape.columns * shape.rows


@given(sizes, st.integers(0, 1000), st.booleans())
def test_each_cell_is_the_block_it_says(size, seed, halves) -> None:
    agents, grid_width, width, height = size
    grid = random_grid(agents, grid_width, seed)
    shape = geometry(agents, grid_width, width, height, halves)
    field = field_of(grid, shape, grid.scores)
    agent = seed % agents
    row, column = agent // grid_width // shape.down, agent % grid_width // shape.across
    block = [
        a
        for a in range(agents)
        if a // grid_width // shape.down == row and a % grid_width // shape.across == column
    ]
    states = grid.states[block]
    assert field.agents[row, column] == len(block)
    assert field.worst[row, column] == max(states, key=lambda s: SEVERITY[s])
    assert field.alert_share[row, column] == pytest.approx((states == AgentState.ALERT).mean())
    known = grid.scores[block][~np.isnan(grid.scores[block])]
    expected = known.mean() if len(known) else np.nan
    assert field.value[row, column] == pytest.approx(expected, nan_ok=True, abs=1e-5)


@given(sizes, st.booleans())
def test_a_cell_is_found_where_it_is_drawn(size, halves) -> None:
    agents, grid_width, width, height = size
    shape = geometry(agents, grid_width, width, height, halves)
    for column, row in ((0, 0), (shape.columns - 1, shape.rows - 1)):
        line = row // 2 if shape.halves else row * shape.height
        x, y = shape.left + column * shape.width, shape.upper + line
        found = (column, row - row % 2) if shape.halves else (column, row)
        assert shape.cell_at(x, y) == found
        assert shape.cell_at(x + shape.width - 1, y + shape.height - 1) == found
    assert shape.cell_at(shape.left - 1, shape.upper) is None


@pytest.mark.parametrize(
    ("agents", "width", "halves", "blocks"),
    [
        (64, 8, True, (1, 1)),
        (400, 20, True, (1, 1)),
        (1000, 32, True, (1, 1)),
        (1800, 38, True, (1, 1)),
        (1000, 32, False, (1, 2)),
        (10_000, 100, True, (3, 3)),
    ],
)
def test_each_agent_has_a_cell_up_to_two_thousand(agents, width, halves, blocks) -> None:
    shape = geometry(agents, width, 38, 24, halves)
    assert (shape.across, shape.down) == blocks


def test_a_small_population_fills_its_place() -> None:
    shape = geometry(64, 8, 38, 24, True)
    assert (shape.width, shape.height) == (4, 3)


def test_a_state_from_the_future_counts_as_stopped() -> None:
    grid = population(9, 3)
    grid.states[:] = 200
    field = field_of(grid, geometry(9, 3, 20, 5, False))
    assert field.counts[:, :, AgentState.STOPPED].sum() == 9
