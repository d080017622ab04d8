"""The first start, the help that explains itself, and the end of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from app_pictures import paused, running
from fake_engine import FakeEngine
from pictures import busy
from pilots import seen
from textual.widgets import Static

from sim.config.schema import UiSection
from sim.snapshot import AttackOutcome, RunState
from tui.preferences import PreferenceFile
from tui.screens.end import EndDialog
from tui.screens.export import ExportDialog
from tui.screens.help import HelpDialog
from tui.screens.welcome import WelcomeCard
from tui.theme.glyphs import UNICODE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "screen.json"


def screen_text(app) -> str:
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in lines)


@pytest.mark.parametrize("size", [(80, 24), (80, 29), (120, 40)])
async def test_the_first_start_has_a_card_that_hides_nothing(make_app, file, size) -> None:
    app = make_app(FakeEngine(running()), preferences=PreferenceFile(file))
    async with app.run_test(size=size) as pilot:
        await seen(pilot)
        (card,) = app.dashboard.query(WelcomeCard)
        assert card.size.height == (6 if size[1] >= 30 else 3)
        panes = [p.region for p in app.dashboard._panes if p.display]
        assert not any(card.region.overlaps(region) for region in panes)
        text = screen_text(app)
        for words in ("an agent that learns", "space pause", "i inject", "esc never"):
            assert words in text
        assert min(p.content_size.height for p in app.dashboard._panes if p.display) >= 3


async def test_the_card_names_the_keys_that_are_in_force(make_app, file) -> None:
    keys = UiSection(keys="pause=f5, step=n, welcome.leave=f9")
    app = make_app(FakeEngine(running()), keys, preferences=PreferenceFile(file))
    async with app.run_test(size=(80, 24)) as pilot:
        await seen(pilot)
        text = screen_text(app)
        for words in ("f5 pause, then n for one step", "f9 never again"):
            assert words in text


async def test_esc_puts_the_card_away_for_ever(make_app, file) -> None:
    app = make_app(FakeEngine(running()), preferences=PreferenceFile(file))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("1", "escape")
        await pilot.pause()
        assert not app.dashboard.query(WelcomeCard)
    again = make_app(FakeEngine(running()), preferences=PreferenceFile(file))
    async with again.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        assert not again.dashboard.query(WelcomeCard)


async def test_a_card_that_was_not_put_away_comes_again(make_app, file) -> None:
    for _ in range(2):
        app = make_app(FakeEngine(running()), preferences=PreferenceFile(file))
        async with app.run_test(size=(120, 40)) as pilot:
            await seen(pilot)
            assert app.dashboard.query(WelcomeCard)


async def test_a_small_terminal_has_no_room_for_the_card(make_app, file) -> None:
    app = make_app(FakeEngine(running()), preferences=PreferenceFile(file))
    async with app.run_test(size=(60, 20)) as pilot:
        await seen(pilot)
        assert not app.dashboard.query_one(WelcomeCard).display
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert app.dashboard.query_one(WelcomeCard).display


def help_lines(app) -> list[str]:
    return [line.plain for line in app.screen.lines()]


async def test_help_begins_with_the_loop_in_the_symbols_of_the_screen(make_app) -> None:
    app = make_app(FakeEngine(running()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("question_mark")
        lines = help_lines(app)
    assert lines[1].split(" → ")[:3] == ["  observe", "detect", "sign"]
    for symbol, phase in zip(
        (UNICODE.attacked, UNICODE.agent[2], UNICODE.signature, UNICODE.confirm, UNICODE.accepted),
        ("observe", "detect", "sign", "vote", "verdict"),
        strict=True,
    ):
        assert any(line.strip().startswith(symbol) and phase in line for line in lines[2:8])


@pytest.mark.parametrize(("key", "words"), [("1", "Select agents"), ("2", "Show all steps")])
async def test_help_has_the_keys_of_the_pane_in_use_first(make_app, key, words) -> None:
    app = make_app(FakeEngine(running()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press(key, "question_mark")
        assert isinstance(app.screen, HelpDialog)
        lines = help_lines(app)
    place = next(n for n, line in enumerate(lines) if line.startswith("In the pane "))
    first = next(n for n, line in enumerate(lines) if words in line)
    others = next(n for n, line in enumerate(lines) if line == "Run")
    assert place < first < others


def finished():
    outcome = AttackOutcome("ddos", 30, 12, 1, 2, 4, None, 17, 0)
    quality = replace(busy().quality, attacks=(outcome,))
    return running(
        state=RunState.FINISHED, cause="the traffic has ended", quality=quality,
        consensus=busy().consensus,
    )  # fmt: skip


async def test_the_end_shows_the_result_and_what_next(make_app) -> None:
    engine = FakeEngine(running())
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        engine.picture = finished()
        await seen(pilot)
        assert isinstance(app.screen, EndDialog)
        words = str(app.screen.query_one("#end", Static).content)
        for part in ("ddos", "+1", "+2", "+4", "accepted", "F1", "resume"):
            assert part in words
        assert "Inject" not in words
        assert "It goes on with" not in words, "there is no more traffic"
        await pilot.press("e")
        await pilot.pause()
        assert isinstance(app.screen, ExportDialog)
        await pilot.press("escape")
        await seen(pilot)
        assert app.screen is app.dashboard  # told once


async def test_a_paused_run_is_not_over(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        assert app.screen is app.dashboard


async def test_the_name_of_an_attack_is_whole_at_the_end(make_app) -> None:
    name = "Infiltration by way of Dropbox from within"
    shot = busy()
    outcome = AttackOutcome(name, 400, 130, 1, 2, 3, None, 1234, 7)
    over = replace(shot, state=RunState.FINISHED, quality=replace(shot.quality, attacks=(outcome,)))
    app = make_app(FakeEngine(over))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.pause()
        assert isinstance(app.screen, EndDialog)
        lines = screen_text(app).split("\n")
        (place,) = [n for n, line in enumerate(lines) if name in line]
        assert "1.23k" in lines[place + 1] and "s400" in lines[place + 1]


async def test_the_table_of_the_end_keeps_whole_rows_when_the_terminal_shrinks(make_app) -> None:
    quality = replace(running().quality, attacks=(AttackOutcome("ddos", 3, 9, 1, 2, 3, 4, 5, 6),))
    over = replace(running(), state=RunState.FINISHED, quality=quality)
    app = make_app(FakeEngine(over))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        assert isinstance(app.screen, EndDialog)
        assert "false +" in screen_text(app)
        await pilot.resize_terminal(80, 24)
        await seen(pilot)
        lines = screen_text(app).split("\n")
        (place,) = [n for n, line in enumerate(lines) if "began" in line and "missed" in line]
        assert "false +" not in lines[place + 1]
        assert "ddos" in lines[place + 1]


async def test_kinds_that_fit_beside_their_figures_have_no_line_of_their_own(make_app) -> None:
    attacks = tuple(
        AttackOutcome(kind, 3, 9, 1, 2, 3, 4, 5, 6) for kind in ("ddos", "buffer_overflow")
    )
    quality = replace(running().quality, attacks=attacks)
    app = make_app(FakeEngine(replace(running(), state=RunState.FINISHED, quality=quality)))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        rows = [line for line in screen_text(app).split("\n") if "s3 " in line]
        assert ["ddos" in rows[-2], "buffer_overflow" in rows[-1]] == [True, True]
        assert rows[-1].index("s3 ") == rows[-2].index("s3 ")
