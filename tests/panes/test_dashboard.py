"""The dashboard: places for every size, focus, tabs, zoom, and what is handed down."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import busy, crowded, faulted
from stage import DashboardStage, text_of
from textual.screen import ModalScreen

from sim.snapshot import RunState
from tui.messages import InspectAgent
from tui.panes.pane import Pane
from tui.screens.arrangement import DOCKED, ORDER, TABBED, arrange, extent
from tui.screens.dashboard import PANES
from tui.screens.turns import ALWAYS, TURNS, Turns
from tui.theme.glyphs import ASCII
from tui.widgets.tab_bar import TabBar

SIZES = [(80, 24), (120, 40), (200, 60)]


def shown(app: DashboardStage) -> list[str]:
    return [p.id for p in app.dashboard.query(Pane) if p.id != "status" and p.is_on_screen]


def pane_of(app: DashboardStage, name: str) -> Pane:
    return app.dashboard.query_one(f"#{name}", Pane)


@given(
    st.integers(20, 320),
    st.integers(8, 100),
    st.sampled_from(ORDER),
    st.sampled_from(TABBED),
    st.one_of(st.none(), st.sampled_from(ORDER)),
)
def test_places_fill_the_board_without_overlap(width, height, front, tab, zoomed) -> None:
    found = arrange(width, height, front, tab, zoomed)
    places = list(found.places.values())
    if extent(width, height + 2) == "none":
        assert not places
        return
    bar = width if extent(width, height + 2) == "single" and not zoomed else 0
    assert sum(region.area for region in places) + bar == width * height
    for index, region in enumerate(places):
        assert region.width > 0
        assert region.height > 0
        assert all(not region.overlaps(other) for other in places[:index])
    if zoomed:
        assert set(found.places) == {zoomed}
    else:
        assert (set(found.places) | set(found.tabs)) - {"inspector"} == set(ORDER)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((80, 24), "standard"), ((100, 30), "standard"), ((120, 40), "standard"),
        ((200, 60), "wide"), ((300, 20), "wide"), ((30, 80), "narrow"), ((50, 20), "single"),
        ((39, 20), "none"), ((80, 9), "none"),
    ],
)  # fmt: skip
def test_sizes_get_the_arrangement_they_have_room_for(size, expected) -> None:
    assert extent(*size) == expected


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (300, 20), (30, 80)])
async def test_map_time_and_signatures_are_always_in_sight(size) -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=size):
        assert set(shown(app)) >= {"grid", "timeline", "signatures", "story"}


async def test_too_small_a_terminal_says_what_it_needs_and_recovers() -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=(38, 9)) as pilot:
        assert shown(app) == []
        text = "".join(s.text for s in app.dashboard._compositor.render_strips())
        assert "needs 40×10" in text
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "grid" in shown(app)


def test_panes_are_in_the_order_of_their_keys() -> None:
    assert tuple(pane.PANE for pane in PANES) == (*ORDER, *DOCKED)
    assert "".join(pane.KEY for pane in PANES) == "123456789AQ"


@pytest.mark.parametrize("size", SIZES)
async def test_every_pane_is_reachable_by_its_number(size) -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=size) as pilot:
        for number, name in enumerate(ORDER, 1):
            app.dashboard.focus_pane(number)
            await pilot.pause()
            assert app.focused is pane_of(app, name)
            assert name in shown(app)
            assert "".join(text_of(pane_of(app, name))).strip()


async def test_tabs_have_their_keys_and_errors_their_number() -> None:
    app = DashboardStage(faulted())
    async with app.run_test(size=(120, 40)) as pilot:
        tabs = app.dashboard.query_one(TabBar).render_line(0).text
        assert "[4 Story]" in tabs
        assert "8 Errors 36" in tabs
        await pilot.click(TabBar, offset=(tabs.index("5 Ledger"), 0))
        assert "ledger" in shown(app)
        assert "[5 Ledger]" in app.dashboard.query_one(TabBar).render_line(0).text


@pytest.mark.parametrize("width", [60, 70, 80, 100, 120])
@pytest.mark.parametrize("front", ["story", "errors", "quality"])
async def test_no_tab_is_cut(width: int, front: str) -> None:
    app = DashboardStage(faulted())
    async with app.run_test(size=(width, 24)) as pilot:
        app.dashboard.focus_named(front)
        await pilot.pause()
        bar = app.dashboard.query_one(TabBar)
        tabs = bar.render_line(0).text.rstrip("─")
        assert tabs.count("[") == tabs.count("]") == 1 and "Errors 36" in tabs
        assert all(tab.key in tabs for tab in bar.tabs)


@pytest.mark.parametrize("size", SIZES)
async def test_tab_walks_through_all_panes_at_every_size(size) -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=size) as pilot:
        app.dashboard.focus_pane(1)
        seen = []
        for _ in range(len(ORDER)):
            await pilot.pause()
            seen.append(app.focused.id)
            await pilot.press("tab")
        assert seen == list(ORDER)
        await pilot.press("shift+tab")
        await pilot.pause()
        assert app.focused.id == ORDER[-1]


async def test_zoom_and_back() -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=(120, 40)) as pilot:
        before = shown(app)
        app.dashboard.zoom("timeline")
        await pilot.pause()
        assert shown(app) == ["timeline"]
        app.dashboard.focus_named("journal")
        await pilot.pause()
        assert shown(app) == ["journal"]
        await pilot.press("escape")
        assert app.dashboard.zoomed is None
        assert set(shown(app)) == {*before, "journal"} - {"story"}


async def test_a_resize_keeps_the_pane_in_use() -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=(200, 60)) as pilot:
        app.dashboard.focus_named("parameters")
        await pilot.resize_terminal(80, 24)
        assert "parameters" in shown(app)
        await pilot.resize_terminal(120, 40)
        assert app.focused is pane_of(app, "parameters")


async def test_a_filter_belongs_to_the_pane_in_use() -> None:
    app = DashboardStage(faulted())
    async with app.run_test(size=(200, 60)) as pilot:
        app.dashboard.focus_named("errors")
        await pilot.pause()
        app.dashboard.filter_text = "broadcast"
        await pilot.pause()
        errors = [line for line in text_of(pane_of(app, "errors")) if line.strip()]
        assert all("broadcast" in line for line in errors if "×" in line)
        knobs = "".join(text_of(pane_of(app, "parameters")))
        assert "threshold" in knobs, "other lists are whole"
        assert app.dashboard.clear_filter()
        assert pane_of(app, "errors").filter_text == ""


async def test_a_pane_whose_parts_are_the_same_is_not_drawn_again() -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=(200, 60)) as pilot:
        grid, drawn = pane_of(app, "grid"), []
        original = grid.draw
        grid.draw = lambda *size: drawn.append(size) or original(*size)
        app.dashboard.snapshot = replace(app.dashboard.snapshot, step=482)
        await pilot.pause()
        assert drawn == []
        app.dashboard.snapshot = crowded()
        await pilot.pause()
        assert len(drawn) == 1


async def test_only_changed_lines_are_painted_again() -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=(120, 40)) as pilot:
        grid, painted = pane_of(app, "grid"), []
        original = grid.refresh
        grid.refresh = lambda *regions, **k: painted.extend(regions) or original(*regions, **k)
        states = busy().grid.states.copy()
        states[5 * 20 + 3] = 4
        changed = replace(app.dashboard.snapshot, grid=replace(busy().grid, states=states))
        # The population of the picture is made anew, but drawn alike.
        app.dashboard.snapshot = changed
        await pilot.pause()
        assert all(region.height == 1 for region in painted)
        assert len(painted) <= 3, "the line of the agent, the legend, its history"


async def test_messages_reach_the_app() -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=(120, 40)) as pilot:
        app.dashboard.focus_pane(1)
        await pilot.press("right", "enter")
        assert [type(m) for m in app.asked] == [InspectAgent]
        assert app.asked[0].agent == 1


async def test_an_ascii_dashboard_is_ascii() -> None:
    app = DashboardStage(faulted(), glyphs=ASCII)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        strips = app.dashboard._compositor.render_strips()
        assert "".join(strip.text for strip in strips).isascii()


async def test_a_theme_change_repaints_in_its_colours() -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=(120, 40)) as pilot:
        before = pane_of(app, "grid").render_line(0)
        app.theme = "decsim-light"
        await pilot.pause()
        after = pane_of(app, "grid").render_line(0)
        assert before.text == after.text
        assert before != after


@pytest.mark.parametrize("theme", ["nord", "ansi-dark", "ansi-light"])
async def test_themes_that_know_nothing_of_us_work(theme) -> None:
    app = DashboardStage(faulted(), theme=theme)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "FAULT" in text_of(pane_of(app, "status"))[0]


async def test_panes_take_turns_while_pictures_come_one_upon_the_other() -> None:
    first = replace(busy(), state=RunState.RUNNING)
    app = DashboardStage(first)
    now = 0.0

    def after(step: int, seconds: float, **changes: object) -> set[int]:
        nonlocal now
        now += seconds
        app.dashboard.snapshot = replace(first, step=step, **changes)
        return {pane.snapshot.step for pane in app.dashboard.query(Pane)}

    async with app.run_test(size=(120, 40)) as pilot:
        app.dashboard._turns = Turns(app.dashboard._order, lambda: now)
        assert after(501, 0.1) == {501}
        app.dashboard.hurried = True
        assert after(502, 0.1) == {501, 502}
        assert pane_of(app, "grid").snapshot.step == 502
        assert after(503, 0.1) == {501, 502, 503}, "too early for another turn"
        assert pane_of(app, "grid").snapshot.step == 503
        for step in range(504, 510):
            seen = after(step, 0.3)
        assert min(seen) >= 506, "nobody waits for more than four turns"
        app.dashboard.catch_up()
        assert after(511, 0.2, state=RunState.PAUSED) == {511}
        await app.push_screen(ModalScreen())
        await pilot.pause()
        assert after(512, 0.2) == {511}, "nobody looks behind a dialog all the time"
        assert after(513, 0.4) == {513}
        assert after(514, 0.1, state=RunState.PAUSED) == {514}
        assert after(515, 0.1) == {514}
        for seconds, shown in ((0.1, {514}), (0.3, {515})):
            now += seconds
            app.dashboard.idle()
            assert {pane.snapshot.step for pane in app.dashboard.query(Pane)} == shown


def test_each_pane_has_a_turn() -> None:
    assert {ALWAYS, *(name for turn in TURNS for name in turn)} == set(ORDER)
    turns = Turns((*ORDER, "of-a-plugin"), iter(range(99)).__next__)
    drawn = []
    for _ in TURNS:
        turns.advance()
        drawn.append({*ORDER, "of-a-plugin"} - turns.resting)
    assert set().union(*drawn) == {*ORDER, "of-a-plugin"}
    assert all(ALWAYS in panes for panes in drawn)
    assert sum("engine" in panes for panes in drawn) == 1
