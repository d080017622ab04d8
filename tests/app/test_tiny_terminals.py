"""The app goes on after any resize, down to a single cell, and shows everything afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from app_pictures import paused, running
from fake_engine import FakeEngine
from pilots import seen, until
from textual.command import CommandList
from thinned import first

from tui.panes.pane import Pane
from tui.screens.arrangement import ORDER

SIZES = [(w, h) for h in range(6, 0, -1) for w in (12, 5, 3, 1)]
DIALOGS = ["i", "f", "a", "t", "S", "e", "ctrl+s", "question_mark", "T", "slash", "ctrl+p"]


def drawn(app: Any) -> list[str]:
    """The lines of the screen."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


def lines_of(app: Any, name: str) -> list[str]:
    """The lines of one pane, without its borders."""
    pane = app.dashboard.query_one(f"#{name}", Pane)
    return [pane.render_line(y).text for y in range(pane.content_size.height)]


@pytest.mark.parametrize(("picture", "zoomed"), first(1, [(paused, True), (running, False)]))
async def test_every_pane_survives_every_size(make_app: Any, picture: Any, zoomed: bool) -> None:
    app = make_app(FakeEngine(picture()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        for pane in ORDER:
            app.dashboard.query_one(f"#{pane}", Pane).focus()
            if zoomed:
                await pilot.press("z")
            await pilot.pause()
            before = lines_of(app, pane)
            for width, height in SIZES[:: 3 if pane == ORDER[0] else 20]:
                await pilot.resize_terminal(width, height)
                app.dashboard.query_one(f"#{pane}", Pane).redraw()
                await pilot.pause()
                drawn(app)
            await pilot.resize_terminal(120, 40)
            await pilot.pause()
            assert lines_of(app, pane) == before
            if zoomed:
                await pilot.press("z")
    assert app.broke_with is None


@pytest.mark.parametrize("key", DIALOGS)
async def test_every_dialog_survives_every_size(make_app: Any, key: str) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press(key)
        await pilot.pause()
        for width, height in [(4, 30), (1, 1), (12, 2)]:
            await pilot.resize_terminal(width, height)
            await pilot.press("down", "tab")
            drawn(app)
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        drawn(app)
    assert app.broke_with is None


async def test_a_start_in_one_cell(make_app: Any) -> None:
    app = make_app(FakeEngine(running()))
    async with app.run_test(size=(1, 1)) as pilot:
        await seen(pilot)
        drawn(app)
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert any("Agents" in line for line in drawn(app))


@pytest.mark.parametrize("size", [(1, 1), (12, 3), (120, 40)], ids=str)
async def test_the_palette_bears_every_key_at_every_size(make_app, size) -> None:
    app = make_app(FakeEngine(running()))
    async with app.run_test(size=size) as pilot:
        await seen(pilot)
        await pilot.press("ctrl+p")
        await pilot.pause()
        for word in ("", "z", "zz"):
            await pilot.press(*word, "pageup", "pagedown", "up", "down", "home", "end")
            await pilot.pause()
        await pilot.resize_terminal(1, 1)
        await pilot.press("pageup", "pagedown", "up", "down", "escape", "escape")
        await pilot.pause()
        assert app.screen is app.dashboard


async def test_a_click_on_an_entry_that_is_gone_does_nothing(make_app) -> None:
    app = make_app(FakeEngine(running()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: app.screen.query_one(CommandList).option_count > 3)
        await pilot.pause()
        found = app.screen.query_one(CommandList)
        with app.batch_update():  # the screen shows what is not there any more
            found._options = found._options[:1]
            await pilot.click(found, offset=(8, 5))
        await pilot.pause()
        assert app._exception is None


async def test_a_search_that_is_done_as_the_palette_closes_shows_nothing(make_app) -> None:
    app = make_app(FakeEngine(running()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: app.screen.query_one(CommandList).option_count > 3)
        palette = app.screen
        await palette.query("*").remove()
        palette._list_visible = not palette._list_visible
        palette._show_busy = not palette._show_busy
        await pilot.pause()
        assert app._exception is None
        await pilot.press("escape")
