"""Point and act: who is meant lights up on the map before enter, and what is under the cursor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_engine import FakeEngine
from pictures import busy
from pilots import seen, until

from sim.commands import InjectAttack, StopAttack, Targets
from sim.config.schema import UiSection
from sim.snapshot import AttackOutcome, AttackView
from tui.forms.choice import Choice
from tui.panes.timeline import TimelinePane
from tui.screens.stop import StopDialog

SIZES = [(80, 24), (120, 40), (200, 60)]


def picture():
    """An attack on the first ten of 400 agents, and one on the last ten."""
    shot = busy()
    first, last = np.zeros(400, np.bool_), np.zeros(400, np.bool_)
    first[:10], last[-10:] = True, True
    attacks = (
        AttackView(3, "port_scan", 0.6, 400, 500, 10, first),
        AttackView(4, "beacon", 0.3, 470, 520, 10, last),
    )
    outcomes = tuple(
        AttackOutcome(kind, 400, 10, 1, 2, 3, None, 0, 0) for kind in ("port_scan", "beacon")
    )
    return replace(shot, attacks=attacks, quality=replace(shot.quality, attacks=outcomes))


async def test_a_region_is_attacked_with_four_keys(make_app) -> None:
    engine = FakeEngine(picture())
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        app.dashboard.focus_named("grid")
        app.dashboard.grid.cursor = 21
        await pilot.press("v", "i", "d", "enter")
        assert engine.commands == [InjectAttack("ddos", targets=Targets(agents=(21,)))]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", ["i", "a", "f"])
async def test_a_dialog_leaves_the_whole_map_to_be_seen(make_app, size, key) -> None:
    app = make_app(FakeEngine(picture()))
    async with app.run_test(size=size) as pilot:
        await seen(pilot)
        await pilot.press(key)
        await until(pilot, lambda: app.screen is not app.dashboard)
        await pilot.pause()
        box = app.screen.query_one("#box").region
        assert not box.overlaps(app.dashboard.grid.region)
        assert box.width == 40
        foot = app.screen.query_one("#foot").region
        assert foot.bottom <= box.bottom - 1, "all of it fits"


@pytest.mark.parametrize("theme", ["decsim-dark", "decsim-16"])
async def test_the_map_shows_through_beside_a_dialog(make_app, theme) -> None:
    app = make_app(FakeEngine(picture()), UiSection(theme=theme))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        before = [strip.text[:40] for strip in app.screen._compositor.render_strips()]
        await pilot.press("i")
        await until(pilot, lambda: app.screen is not app.dashboard and app.screen.seen)
        await pilot.pause()
        after = [strip.text[:40] for strip in app.screen._compositor.render_strips()]
    assert before[1:30] == after[1:30]


async def test_who_would_be_reached_lights_up_before_enter(make_app) -> None:
    engine = FakeEngine(picture())
    app = make_app(engine)
    grid = app.dashboard.grid
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        app.dashboard.focus_named("grid")
        grid.cursor = 105
        await pilot.press("i")
        await until(pilot, lambda: app.screen is not app.dashboard)
        reaches = app.screen.query_one("#reaches")
        assert "100 agents by lot" in str(reaches.render())
        assert grid.aimed == frozenset()
        app.screen.query_one("#way", Choice).action_turn(2)
        await until(pilot, lambda: grid.aimed)
        assert len(grid.aimed) == 13  # all within two cells
        assert {105, 103, 107, 65, 145} <= grid.aimed
        assert "13 agents" in str(reaches.render())
        app.screen.entry("radius").value = "0"
        app.screen.set_focus(app.screen.entry("radius"))
        await pilot.press("1")
        await until(pilot, lambda: len(grid.aimed) == 5)
        assert "reaches 5 agents" in grid.border_subtitle
        await pilot.press("escape")
        await until(pilot, lambda: not grid.aimed)


@pytest.mark.parametrize(("agent", "attack"), [(4, 3), (395, 4)])
async def test_x_stops_what_is_under_the_cursor_of_the_map(make_app, agent, attack) -> None:
    engine = FakeEngine(picture())
    app = make_app(engine)
    async with app.run_test(size=(200, 60)) as pilot:
        await seen(pilot)
        app.dashboard.focus_named("grid")
        app.dashboard.grid.cursor = agent
        await pilot.press("x")
        assert engine.given(StopAttack) == [StopAttack(attack)]


async def test_x_stops_the_marked_row_of_the_attacks(make_app) -> None:
    engine = FakeEngine(picture())
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("A", "down", "x")
        assert engine.commands == [StopAttack(4)]


async def test_x_asks_where_several_may_be_meant_and_shows_whom_each_reaches(make_app) -> None:
    engine = FakeEngine(picture())
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        app.dashboard.focus_named("grid")
        app.dashboard.grid.cursor = 200
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, StopDialog))
        assert engine.commands == []
        await until(pilot, lambda: app.dashboard.grid.aimed == frozenset(range(10)))
        await pilot.press("down")
        await until(pilot, lambda: app.dashboard.grid.aimed == frozenset(range(390, 400)))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.dashboard)
        assert engine.commands == [StopAttack(4)]
        assert app.dashboard.grid.aimed == frozenset()


async def test_x_needs_no_pointing_where_there_is_one_attack(make_app) -> None:
    engine = FakeEngine(replace(picture(), attacks=picture().attacks[:1]))
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        app.dashboard.focus_named("timeline")
        assert isinstance(app.dashboard.front, TimelinePane)
        await pilot.press("x")
        assert engine.commands == [StopAttack(3)]
