"""On sixteen colours: every state can be told from every other, and all text from its ground."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from pictures import busy, crowded, faulted, population
from rich.style import Style
from stage import DashboardStage

from sim.snapshot import AgentState, Snapshot
from tui.panes.grid_legend import legend
from tui.theme.glyphs import ASCII, CONSOLE, UNICODE, Glyphs

SIXTEEN = "decsim-16"
SIZES = [(80, 24), (120, 40), (200, 60)]
Cell = tuple[str, str, str]


def look(style: Style) -> tuple[str, str]:
    """Text and ground as a terminal of sixteen colours gets them."""
    colours = [
        style.color.name if style.color else "default",
        style.bgcolor.name if style.bgcolor else "default",
    ]
    for colour in (style.color, style.bgcolor):
        assert colour is None or colour.is_system_defined, f"{colour} has no number"
    return (colours[1], colours[0]) if style.reverse else (colours[0], colours[1])


def cells(app: DashboardStage) -> list[Cell]:
    """Every cell of the screen: character, text, ground."""
    found = []
    for strip in app.screen._compositor.render_strips():
        for text, style, _ in strip:
            found += [(character, *look(style or Style())) for character in text]
    return found


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("picture", [busy, faulted, crowded])
async def test_no_text_has_the_colour_of_its_ground(picture, size) -> None:
    app = DashboardStage(picture(), SIXTEEN)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        shown = cells(app)
    assert len(shown) == size[0] * size[1]
    # The halves of a cell are two colours of ground, and may be the same.
    lost = {cell for cell in shown if cell[0] not in " ▀▄█" and cell[1] == cell[2]}
    assert lost == set()


def everything(agents: int = 100) -> Snapshot:
    grid = population(agents, 10)
    states = (np.arange(agents) % len(AgentState)).astype(np.uint8)
    truth = np.arange(agents) % 3 == 0
    return replace(busy(), grid=replace(grid, states=states, attacked=truth, adversary=truth))


@pytest.mark.parametrize("glyphs", [UNICODE, CONSOLE, ASCII], ids=["all", "console", "ascii"])
@pytest.mark.parametrize("heat", ["state", "score", "trust", "cache hit rate"])
async def test_what_stands_in_the_legend_differs_in_glyph_or_colour(heat, glyphs: Glyphs) -> None:
    app = DashboardStage(everything(), SIXTEEN, glyphs)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        pane = app.dashboard.grid
        line = legend(pane.snapshot.grid, heat, True, (0.0, 1.0), 80, pane.ink, glyphs)
        strip = line.strip(80, pane.ink())
    symbols = {*glyphs.agent, *glyphs.levels, glyphs.attacked, glyphs.adversary}
    marks = [
        (text[0], *look(style)) if heat == "state" else (text, *look(style))
        for text, style, _ in strip
        if text.strip() and text.strip()[0] in symbols and style is not None
    ]
    marks = [mark for mark in marks if heat == "state" or len(mark[0]) == 1]
    assert len(marks) >= (5 if heat == "state" else 8)
    same = [(a, b) for a, b in combinations(marks, 2) if a == b]
    assert same == []


async def test_states_differ_on_the_map_itself() -> None:
    app = DashboardStage(everything(), SIXTEEN)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        pane = app.dashboard.grid
        assert pane.flat
        drawn = {text[0] for y in range(20) for text, *_ in pane.render_line(y) if text.strip()}
    assert {UNICODE.agent[state] for state in AgentState} <= drawn


async def test_a_row_under_the_cursor_can_be_read() -> None:
    app = DashboardStage(busy(), SIXTEEN)
    async with app.run_test(size=(120, 40)) as pilot:
        app.dashboard.focus_named("signatures")
        await pilot.press("down", "down")
        grounds = {ground for _, _, ground in cells(app)}
    assert "color(4)" in grounds  # blue
