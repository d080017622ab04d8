"""Below 60×20 one pane and whole tabs; below 40×10 one line that says so; both recover."""

from __future__ import annotations

import pytest
from app_pictures import paused, running, signature
from fake_engine import FakeEngine
from pictures import busy, faulted
from pilots import seen
from textual.geometry import Region, Size

from sim.snapshot import View
from tui.forms.choice import Choice
from tui.messages import InspectSignature
from tui.terminal.delta.updates import pieces, size_of
from tui.widgets.tab_bar import TabBar


def lines(app) -> list[str]:
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in strips]


@pytest.mark.parametrize("size", [(59, 20), (60, 19), (50, 15), (40, 10)], ids=str)
async def test_one_pane_and_every_key_of_the_others(make_app, size) -> None:
    app = make_app(FakeEngine(faulted()))
    async with app.run_test(size=size) as pilot:
        await seen(pilot)
        await pilot.press("escape")  # the fault's own dialog
        await pilot.pause()
        for key in "123456789A":
            await pilot.press(key)
            await pilot.pause()
            assert [pane.KEY for pane in app.dashboard._panes if pane.display] == [key]
            bar = app.dashboard.query_one(TabBar)
            text = bar.render_line(0).text
            assert f"[{key} " in text and "]" in text, text
            assert all(f" {k}" in text or f"[{k}" in text for k in "123456789A"), text


@pytest.mark.parametrize("size", [(39, 10), (40, 9), (20, 5), (5, 3)], ids=str)
async def test_too_small_says_what_it_needs_and_recovers(make_app, size) -> None:
    app = make_app(FakeEngine(running()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        shown = lines(app)
        words = "needs 40×10"[: size[0]]
        assert sum(words in line for line in shown) == 1
        assert not any(pane.display for pane in app.dashboard._panes)
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        text = "\n".join(lines(app))
        assert "needs" not in text and "1 Agents" in text and "2 Timeline" in text


async def test_a_tab_of_keys_alone_is_chosen_by_the_mouse(make_app) -> None:
    app = make_app(FakeEngine(busy()))
    async with app.run_test(size=(50, 15)) as pilot:
        await seen(pilot)
        bar = app.dashboard.query_one(TabBar)
        place = bar.render_line(0).text.index(" 7") + 1
        await pilot.click(bar, offset=(place, 0))
        await pilot.pause()
        assert [pane.PANE for pane in app.dashboard._panes if pane.display] == ["journal"]


async def test_a_terminal_that_grows_behind_an_open_dialog(make_app, monkeypatch) -> None:
    """The dialog hears of the new size first: what is behind it still has lines of the old one."""
    app = make_app(FakeEngine(paused()))
    drawn = []
    async with app.run_test(size=(60, 20)) as pilot:
        await seen(pilot)
        await pilot.press("i")
        await pilot.pause()
        # What a driver would be given; there is none in a test.
        monkeypatch.setattr(app, "_display", lambda screen, update: drawn.append(update))
        for size in [(80, 24), (120, 40), (300, 60)]:
            drawn.clear()
            await pilot.resize_terminal(*size)
            await pilot.pause()
            whole = [list(pieces(update)) for update in drawn if size_of(update) == size]
            assert whole
            for parts in whole:
                assert sum(end - start for _, _, _, start, end in parts) == size[0] * size[1]


async def test_a_dialog_has_lines_as_wide_as_they_are_asked_for(make_app) -> None:
    """The compositor goes by the size that it was laid out for, a screen by the terminal's own."""
    app = make_app(FakeEngine(paused()))
    async with app.run_test(size=(60, 20)) as pilot:
        await seen(pilot)
        await pilot.press("i")
        await pilot.pause()
        for region in (Region(0, 0, 120, 40), Region(0, 0, 50, 10), Region(5, 3, 100, 30)):
            drawn = app.screen.render_lines(region)
            assert [line.cell_length for line in drawn] == [region.width] * region.height


@pytest.mark.parametrize("size", [(60, 20), (40, 10), (30, 80)], ids=str)
async def test_parameters_show_their_values_and_no_cut_unit(make_app, size) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test(size=size) as pilot:
        await seen(pilot)
        await pilot.press("t")
        await pilot.pause()
        rows = [line for line in lines(app) if "steps_per_second" in line]
        assert len(rows) == 1
        assert rows[0].rstrip(" │╮").endswith(" 0"), rows
        assert "esc close" in "\n".join(lines(app))


@pytest.mark.parametrize("size", [(60, 20), (40, 10)], ids=str)
async def test_a_ballot_is_seen_under_a_signature(make_app, size) -> None:
    app = make_app(FakeEngine(paused(view=View(signature=signature()))))
    async with app.run_test(size=size) as pilot:
        await seen(pilot)
        app.post_message(InspectSignature(signature().view.id))
        await pilot.pause()
        await pilot.pause()
        text = "\n".join(lines(app))
        assert "× ■ confirm" in text, text
        assert "esc close" in text


async def test_a_choice_never_shows_half_of_its_place(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test(size=(40, 10)) as pilot:
        await seen(pilot)
        await pilot.press("f")
        await pilot.pause()
        for choice in app.screen.query(Choice):
            for width in range(20, 40):
                choice._size = choice._container_size = Size(width, 1)
                text = choice.render_line(0).text.rstrip()
                place = f"{choice.index + 1}/{len(choice.options)}"
                assert text.endswith(("▸", place)), text
