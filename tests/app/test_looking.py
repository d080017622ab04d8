"""What changes only the view: filter, zoom, freeze, focus, copy, themes, ASCII."""

import gc
from weakref import ref

import pytest
from app_pictures import paused, running
from fake_engine import FakeEngine
from pictures import journaled
from pilots import seen, until
from textual.command import CommandList

from sim.commands import Undo
from sim.config.schema import UiSection
from sim.snapshot import RunState
from tui.app import DecsimApp
from tui.footer import Filter
from tui.panes.pane import Pane
from tui.panes.status import StatusPane, cost_of
from tui.screens.arrangement import ORDER
from tui.screens.parameter import ParameterEditor
from tui.screens.steps import StepsDialog
from tui.screens.theme import ThemeDialog
from tui.terminal.delta.meter import Reading
from tui.theme.glyphs import ASCII, CONSOLE
from tui.theme.plain import simple_text
from tui.widgets.tab_bar import TabBar


class Ring:
    """Refers to itself, so that only the collector frees it."""

    self: object = None


def drawn_lines(app: DecsimApp) -> list[str]:
    return [strip.text for strip in app.screen._compositor.render_strips()]


async def test_the_filter_narrows_while_one_types_and_esc_clears_it(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("2")
        before = app.focused
        await pilot.press("slash", "a", "b")
        await until(pilot, lambda: app.dashboard.filter_text == "ab")
        await pilot.press("enter")
        assert app.focused is before
        assert app.dashboard.filter_text == "ab", "it stays in force"
        await pilot.press("escape")
        assert app.dashboard.filter_text == ""
        assert not app.footer.query_one("#word").display
        await pilot.press("slash", "c", "escape")
        assert app.dashboard.filter_text == ""
        assert app.focused is before


async def test_a_dialog_is_painted_before_the_next_picture_of_the_run(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        dialog = StepsDialog(app.latest, app.give)
        app.push_screen(dialog)
        shown = app.latest
        engine.publish(step=999)
        app.poll()
        assert app.latest is shown, "the key comes first"
        await until(pilot, lambda: dialog.seen)
        app.poll()
        assert app.latest.step == dialog.snapshot.step == 999


async def test_all_panes_agree_when_nothing_new_comes_and_when_frozen(
    make_app,
) -> None:
    engine = FakeEngine(running())
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)

        def steps() -> set[int]:
            return {pane.snapshot.step for pane in app.dashboard.query(Pane)}

        for step in range(501, 504):
            engine.publish(step=step)
            app.poll()
        await until(pilot, lambda: (app.poll(), steps())[1] == {503})
        for step in range(504, 507):
            engine.publish(step=step)
            app.poll()
        app.action_freeze()
        assert steps() == {506}


@pytest.mark.parametrize("frozen", [False, True])
async def test_garbage_is_collected_by_the_clock_of_the_app_only(make_app, frozen: bool) -> None:
    gc.freeze() if frozen else gc.unfreeze()
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        await seen(pilot)
        assert not gc.isenabled()
        left = ref(loop := Ring())
        loop.self = loop
        del loop
        assert left() is not None
        app._sweeper.sweep()
        assert left() is None
    assert gc.isenabled()
    assert (gc.get_freeze_count() > 0) is frozen


async def test_a_closed_filter_takes_no_keys(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        assert not isinstance(app.focused, Filter)
        for _ in range(12):
            await pilot.press("tab")
            assert not isinstance(app.focused, Filter)


async def test_number_keys_focus_panes(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test(size=(120, 40)) as pilot:
        for key, pane in zip("123456789AQ", ORDER, strict=True):
            await pilot.press(key)
            assert app.focused.id == pane


async def test_zoom_and_back(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("3", "z")
        assert app.dashboard.zoomed == ORDER[2]
        await pilot.press("z")
        assert app.dashboard.zoomed is None


async def test_a_frozen_view_stands_still_while_the_run_goes_on(make_app) -> None:
    engine = FakeEngine(running())
    app = make_app(engine)
    async with app.run_test(notifications=True) as pilot:
        await seen(pilot)
        frozen = app.dashboard.snapshot
        await pilot.press("F")
        app.steering.give(Undo())
        engine.publish(step=50)
        engine.settle(1, "nothing to undo")
        await seen(pilot)
        assert app.dashboard.snapshot is frozen
        assert app.latest.step == 50
        assert len(app._notifications) == 1, "what is rejected is told all the same"
        await pilot.press("F")
        assert app.dashboard.snapshot.step == 50


async def test_a_picture_is_drawn_once(make_app) -> None:
    engine = FakeEngine(running())
    app = make_app(engine)
    drawn = []
    async with app.run_test() as pilot:
        await seen(pilot)
        app.dashboard.watch(app.dashboard, "snapshot", lambda s: drawn.append(s), init=False)
        for _ in range(3):
            await seen(pilot)
        assert drawn == []
        engine.publish(step=41)
        for _ in range(3):
            await seen(pilot)
        assert [s.step for s in drawn] == [41]


async def test_copy_takes_the_marked_row_the_run_and_how_to_replay_it(make_app) -> None:
    done = journaled(9, 5, Undo(), "undo threshold")
    app = make_app(FakeEngine(paused(journal=(done,))))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("8", "y")
        assert app.clipboard.splitlines() == [
            "▲ refit_failure s38→s48 6 agents",
            "/runs/2026-quickstart-7",
            f"step 40 head {'ab' * 16}",
            "decsim-tui replay /runs/2026-quickstart-7",
        ]
        await pilot.press("1", "y")
        assert app.clipboard.startswith("agent 0\n")


async def test_themes_are_tried_kept_and_taken_back(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        await seen(pilot)
        first = app.theme
        assert first == "decsim-dark"
        await pilot.press("T", "down")
        assert isinstance(app.screen, ThemeDialog)
        tried = app.theme
        assert tried != first
        await pilot.press("escape")
        assert app.theme == first
        await pilot.press("T", "down", "enter")
        assert app.theme == tried


async def test_an_unknown_theme_falls_back_and_says_so(make_app) -> None:
    app = make_app(FakeEngine(paused()), ui=UiSection(theme="decsim-drak"))
    async with app.run_test(notifications=True) as pilot:
        await seen(pilot)
        assert app.theme == "decsim-dark"
        assert any("decsim-drak" in n.message for n in app._notifications)


async def test_a_broken_theme_of_the_user_warns_and_does_not_matter(make_app, tmp_path) -> None:
    folder = tmp_path / "config" / "decsim-tui" / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("name: mine\nprimary: [no\n")
    app = make_app(FakeEngine(paused()), own_themes=True)
    async with app.run_test(notifications=True) as pilot:
        await seen(pilot)
        assert app.theme == "decsim-dark"
        assert any("mine.yaml" in n.message for n in app._notifications)


async def test_ascii_leaves_nothing_else_on_the_screen(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine, ui=UiSection(ascii=True, refresh_hz=30))
    async with app.run_test(notifications=True) as pilot:
        await seen(pilot)
        await pilot.press("minus")
        engine.settle(1, "weiß – nicht 漢字")
        for key in ("i", "t", "question_mark", "ctrl+p", "T", "S"):
            await pilot.press(key)
            await seen(pilot)
            foreign = {c for line in drawn_lines(app) for c in line if not c.isascii()}
            assert foreign == set(), key
            await pilot.press("escape")


def test_ascii_keeps_the_width() -> None:
    assert simple_text("╭─ 漢 ▁█ … ≥ é", ASCII) == "+- ?? _# ~ > ?"
    assert simple_text("╭━ 漢 ▁█ … ≥ é ● ▸", CONSOLE) == "┌─ ?? _█ ~ ≥ é • ►"


async def test_the_view_gives_no_steering_command(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        for key in ("slash", "x", "escape", "z", "z", "F", "F", "1", "2", "y", "T", "enter"):
            await pilot.press(key)
        assert engine.commands == []


async def test_the_palette_runs_what_is_chosen(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("ctrl+p", *"detection.thr")
        hits = app.screen.query_one(CommandList)
        await until(
            pilot,
            lambda: (
                hits.option_count
                and hits.get_option_at_index(0).hit.text == "Set detection.threshold …"
            ),
        )
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ParameterEditor))
        assert app.screen.heading == "detection.threshold"


async def test_what_the_screen_costs_is_shown_on_demand(make_app) -> None:
    app = make_app(FakeEngine(running()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        status = app.dashboard.query_one(StatusPane)
        await pilot.press("B")
        await seen(pilot)
        assert "not measured" in status.render_line(0).text
        await pilot.press("B", "B")
        app.meter.wrote(24_600, frame=True)
        app.meter.round_trip = 0.0421
        await until(pilot, lambda: "12.3 KB/s" in status.render_line(0).text)
        assert "42 ms" in status.render_line(0).text
        await pilot.press("F")
        await seen(pilot)
        assert "frozen" in status.render_line(0).text, "what one must know goes before"
        await pilot.press("F", "B")
        await seen(pilot)
        assert "KB/s" not in status.render_line(0).text


async def test_what_the_screen_costs_has_room_on_a_small_one(make_app) -> None:
    app = make_app(FakeEngine(running()))
    async with app.run_test(size=(80, 24)) as pilot:
        await seen(pilot)
        app.meter.wrote(24_600, frame=True)
        await pilot.press("B")
        line = app.dashboard.query_one(StatusPane).render_line
        await until(pilot, lambda: line(0).text.rstrip().endswith("12.3 KB/s"))


def test_the_cost_has_one_width() -> None:
    readings = [Reading(0, 0, None), Reading(999_949, 30, 4.2), Reading(8_200.4, 9.5, 0.03)]
    assert len({len(cost_of(reading)) for reading in readings}) == 1


async def test_a_frozen_view_hears_that_the_pause_has_come(make_app) -> None:
    engine = FakeEngine(running())
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("F", "space")
        assert app.dashboard.pausing
        engine.publish(state=RunState.PAUSED, step=48)
        await seen(pilot)
        assert not app.dashboard.pausing
        line = app.dashboard.query_one(StatusPane).render_line(0).text
        assert "PAUSED" in line and "8 behind" in line
        await pilot.press("space")
        engine.publish(state=RunState.RUNNING, step=49)
        await seen(pilot)
        assert "RUNNING" in app.dashboard.query_one(StatusPane).render_line(0).text


async def test_the_border_that_the_tabs_share_shows_where_one_is(make_app) -> None:
    app = make_app(FakeEngine(running()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        colours = []
        for key in ("5", "1", "5"):
            await pilot.press(key)
            await pilot.pause()
            bar = app.dashboard.query_one(TabBar)
            strip = app.screen._compositor.render_strips()[bar.region.y]
            edges = [s.style.color.name for s in strip if "───" in s.text and s.style.color]
            colours.append(edges[-1])
        assert colours[0] == colours[2] != colours[1]
