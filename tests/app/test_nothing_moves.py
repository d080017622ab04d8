"""A command changes the panes that it belongs to and hides none; what did not change stays put."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from app_pictures import grid, paused, running
from fake_engine import FakeEngine
from pictures import busy
from pilots import seen
from textual.geometry import Region

from sim.snapshot import AttackView
from tui.footer import Footer
from tui.panes.grid import GridPane
from tui.panes.status import StatusPane
from tui.widgets.tab_bar import TabBar

Cells = list[list[tuple[str, object]]]


def cells(app) -> Cells:
    found: Cells = []
    for strip in app.screen._compositor.render_strips():
        found.append([(c, style) for text, style, _ in strip for c in text])
    return found


def changed(before: Cells, after: Cells) -> set[tuple[int, int]]:
    return {
        (x, y)
        for y, (old, new) in enumerate(zip(before, after, strict=True))
        for x, (a, b) in enumerate(zip(old, new, strict=True))
        if a != b
    }


def inside(cell: tuple[int, int], regions: list[Region]) -> bool:
    return any(region.contains(*cell) for region in regions)


@pytest.mark.parametrize("picture", [paused, running], ids=["paused", "running"])
@pytest.mark.parametrize(
    "keys", [("plus",) * 6, ("minus",) * 3, ("u",), ("x",), ("y",), ("space",)]
)
async def test_a_command_changes_nothing_outside_its_panes(make_app, picture, keys) -> None:
    engine = FakeEngine(picture())
    app = make_app(engine)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await seen(pilot)
        await pilot.pause(0.2)
        before = cells(app)
        await pilot.press(*keys)
        await seen(pilot)
        after = cells(app)
        own = [app.dashboard.query_one(kind).region for kind in (StatusPane, Footer, TabBar)] + [
            pane.region for pane in app.dashboard._panes if pane.PANE in ("story", "timeline")
        ]
        assert not app._notifications
    strangers = {cell for cell in changed(before, after) if not inside(cell, own)}
    assert strangers == set()


async def test_the_map_stays_where_it_is_when_an_attack_begins(make_app) -> None:
    calm = running(attacks=(), grid=replace(grid(), attacked=np.zeros(60, np.bool_)))
    struck = np.zeros(60, np.bool_)
    struck[[3, 17]] = True
    attack = AttackView(9, "ddos", 0.6, 41, 70, 2)
    engine = FakeEngine(calm)
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        before = cells(app)
        engine.publish(attacks=(attack,), grid=replace(calm.grid, attacked=struck), step=41)
        await seen(pilot)
        await seen(pilot)
        after = cells(app)
        pane = app.dashboard.query_one(GridPane)
        shape = pane._shape
        assert shape is not None
        place = pane.content_region
    moved = {(x - place.x, y - place.y) for x, y in changed(before, after) if place.contains(x, y)}
    legend = {cell for cell in moved if cell[1] >= shape.upper + shape.rows * shape.height}
    agents = {
        ((y - shape.upper) // shape.height, (x - shape.left) // shape.width)
        for x, y in moved - legend
    }
    assert agents == {divmod(3, 10), divmod(17, 10)}


async def test_a_picture_of_the_same_values_changes_no_cell(make_app) -> None:
    engine = FakeEngine(busy())
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await seen(pilot)
        before = cells(app)
        engine.publish()  # another object, the same values
        await seen(pilot)
        assert changed(before, cells(app)) == set()
