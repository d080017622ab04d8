"""The dashboard: places for every size, focus, tabs, zoom, and what is handed down."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import busy, crowded, faulted, record
from stage import DashboardStage, text_of

from sim.snapshot import LedgerEntry, RunState
from tui.messages import InspectAgent
from tui.panes.pane import Pane
from tui.screens.arrangement import ORDER, TABBED, arrange, extent
from tui.screens.dashboard import PANES, TURNS
from tui.theme.glyphs import ASCII
from tui.widgets.tab_bar import TabBar

SIZES = [(80, 24), (120, 40), (200, 60)]


def shown(app: DashboardStage) -> list[str]:
    return [p.id for p in app.dashboard.query(Pane) if p.id != "status" and p.is_on_screen]


def pane_of(app: DashboardStage, name: str) -> Pane:
    return app.dashboard.query_one(f"#{name}", Pane)


@given(
    st.integers(20, 260),
    st.integers(6, 100),
    st.sampled_from(ORDER),
    st.sampled_from(TABBED),
    st.one_of(st.none(), st.sampled_from(ORDER)),
)
def test_places_fill_the_board_without_overlap(width, height, front, tab, zoomed) -> None:
    found = arrange(width, height, front, tab, zoomed)
    regions = [*found.places.values(), *([found.bar] if found.tabs else [])]
    assert sum(region.area for region in regions) == width * height
    for index, region in enumerate(regions):
        assert region.width > 0
        assert region.height > 0
        assert all(not region.overlaps(other) for other in regions[:index])
    if zoomed:
        assert set(found.places) == {zoomed}
    else:
        assert set(found.places) | set(found.tabs) == set(ORDER)


def test_sizes_get_the_arrangement_they_have_room_for() -> None:
    assert [extent(w, h - 2) for w, h in SIZES] == ["single", "medium", "large"]


def test_panes_are_in_the_order_of_their_keys() -> None:
    assert tuple(pane.PANE for pane in PANES) == ORDER


def test_twenty_rows_of_agents_stay_countable_under_a_fault() -> None:
    for height in (38, 37, 36):
        # Two lines are the border's, two the legend's.
        assert arrange(120, height, "grid", "errors").places["grid"].height - 4 >= 20


@pytest.mark.parametrize("size", SIZES[:2])
async def test_every_pane_is_reachable_by_its_number(size) -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=size) as pilot:
        for number, name in enumerate(ORDER, 1):
            app.dashboard.focus_pane(number)
            await pilot.pause()
            assert app.focused is pane_of(app, name)
            assert name in shown(app)
            assert "".join(text_of(pane_of(app, name))).strip()
        app.dashboard.focus_pane(9)
        assert app.focused is pane_of(app, ORDER[-1])


async def test_large_terminals_show_everything_at_once() -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=(200, 60)):
        assert set(shown(app)) == set(ORDER)
        assert not app.dashboard.query_one(TabBar).display


async def test_small_terminals_show_one_pane_and_tabs() -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=(80, 24)) as pilot:
        assert shown(app) == ["grid"]
        tabs = app.dashboard.query_one(TabBar).render_line(0).text
        assert "[1 Agents]" in tabs
        assert all(f"{n} {pane.SHORT}" in tabs for n, pane in enumerate(PANES, 1))
        await pilot.click(TabBar, offset=(tabs.index("3 Votes"), 0))
        assert shown(app) == ["consensus"]
        assert "[3 Votes]" in app.dashboard.query_one(TabBar).render_line(0).text


async def test_tab_walks_through_what_is_shown() -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=(120, 40)) as pilot:
        seen = set()
        for _ in range(len(ORDER)):
            seen.add(app.focused.id)
            await pilot.press("tab")
        assert seen == set(ORDER) - {"parameters", "journal"}


async def test_zoom_and_back() -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=(120, 40)) as pilot:
        before = shown(app)
        app.dashboard.zoom("quality")
        await pilot.pause()
        assert shown(app) == ["quality"]
        assert app.focused is pane_of(app, "quality")
        app.dashboard.focus_pane(8)
        await pilot.pause()
        assert shown(app) == ["journal"]
        await pilot.press("escape")
        assert app.dashboard.zoomed is None
        assert set(shown(app)) == {*before, "journal"} - {"errors"}
        app.dashboard.toggle_zoom()
        await pilot.pause()
        assert shown(app) == ["journal"]


async def test_a_resize_keeps_the_pane_in_use() -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=(200, 60)) as pilot:
        app.dashboard.focus_pane(7)
        await pilot.resize_terminal(80, 24)
        assert shown(app) == ["parameters"]
        await pilot.resize_terminal(120, 40)
        assert "parameters" in shown(app)
        assert app.focused is pane_of(app, "parameters")


async def test_what_was_chosen_before_it_was_small_is_focused_when_it_is() -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=(120, 40)) as pilot:
        app.dashboard.focus_pane(2)
        await pilot.pause()
        await pilot.resize_terminal(80, 24)
        assert shown(app) == ["ledger"]
        assert app.focused is pane_of(app, "ledger")


async def test_snapshot_filter_and_freeze_are_handed_down() -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=(200, 60)) as pilot:
        app.dashboard.snapshot = replace(busy(), step=777)
        app.dashboard.filter_text = "port_scan"
        app.dashboard.frozen = True
        await pilot.pause()
        status = pane_of(app, "status")
        assert "step 777" in text_of(status)[0]
        assert "FROZEN" in text_of(status)[0]
        ledger = [line for line in text_of(pane_of(app, "ledger")) if line.strip()]
        assert all("port_scan" in line for line in ledger)
        assert "Nothing here contains" in "".join(text_of(pane_of(app, "parameters")))


async def test_hidden_panes_do_not_draw_and_are_up_to_date_when_shown() -> None:
    app = DashboardStage(busy())
    async with app.run_test(size=(200, 60)) as pilot:
        ledger, drawn = pane_of(app, "ledger"), []
        assert "9641" in text_of(ledger)[0]
        await pilot.resize_terminal(80, 24)
        assert shown(app) == ["grid"]
        original = ledger.draw
        ledger.draw = lambda *size: drawn.append(size) or original(*size)
        newest = LedgerEntry(9642, 482, "step", "the newest")
        app.dashboard.snapshot = replace(faulted(), ledger=(newest, *record()))
        await pilot.pause()
        assert drawn == []
        app.dashboard.focus_pane(2)
        await pilot.pause()
        assert drawn
        assert "the newest" in text_of(ledger)[0]


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
        assert [region.height for region in painted] == [1, 1]
        assert painted[0].y == 5


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
        before = pane_of(app, "quality").render_line(0)
        app.theme = "decsim-light"
        await pilot.pause()
        after = pane_of(app, "quality").render_line(0)
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

    def after(step: int, **changes: object) -> set[int]:
        app.dashboard.snapshot = replace(first, step=step, **changes)
        return {pane.snapshot.step for pane in app.dashboard.query(Pane)}

    async with app.run_test(size=(120, 40)):
        assert after(501) == {501}
        app.dashboard.hurried = True
        assert after(502) == {501, 502}
        assert pane_of(app, "grid").snapshot.step == 502
        assert after(503) == {502, 503}, "nobody waits for more than one turn"
        assert pane_of(app, "grid").snapshot.step == 503
        app.dashboard.catch_up()
        assert after(504) == {503, 504}
        assert after(505, state=RunState.PAUSED) == {505}


def test_each_pane_has_a_turn() -> None:
    assert {name for turn in TURNS for name in turn} == set(ORDER)
