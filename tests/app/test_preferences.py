"""What was chosen is there again next time: one small private file, and a bad one is ignored."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from app_pictures import running
from fake_engine import FakeEngine
from pilots import seen, until

from sim.config.schema import UiSection
from tui.preferences import PreferenceFile, Preferences
from tui.theme.choice import automatic_theme


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "screen.json"


async def test_theme_heat_and_tab_are_remembered(make_app, file) -> None:
    app = make_app(FakeEngine(running()), preferences=PreferenceFile(file))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("T", "down", "enter", "1", "m", "5")
        await until(pilot, lambda: app.preferences.now.theme)
        theme, heat = app.theme, app.dashboard.grid.heat
    assert theme != "decsim-dark" and heat != "state"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = PreferenceFile(file).now
    assert (kept.theme, kept.heat, kept.tab) == (theme, heat, "ledger")

    again = make_app(FakeEngine(running()), preferences=PreferenceFile(file))
    async with again.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        assert again.dashboard.grid.heat == heat
        assert "ledger" in again.dashboard._board.arrangement(again.dashboard._board.size).places


async def test_a_theme_that_was_only_tried_is_not(make_app, file) -> None:
    app = make_app(FakeEngine(running()), preferences=PreferenceFile(file))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("T", "down", "escape")
        await pilot.pause()
    assert PreferenceFile(file).now.theme == ""


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"{", "expected an object in JSON"),
        (b"[1]", "expected an object in JSON"),
        (b"\xff\xfe", "expected an object in JSON"),
        (b'{"theme": 3}', "theme"),
        (b'{"welcome": "no"}', "welcome"),
        (b'{"heat": "' + b"x" * 100 + b'"}', "heat"),
        (b"[" * 9000, "expected an object in JSON"),
    ],
)
async def test_bad_content_is_ignored_with_a_note(make_app, file, content, word) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    found = PreferenceFile(file)
    assert found.now == Preferences()
    assert word in found.note and found.note.isprintable()
    app = make_app(FakeEngine(running()), preferences=found)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await seen(pilot)
        assert any(word in note.message for note in app._notifications)


def test_a_folder_that_cannot_be_written_to_harms_nobody(tmp_path) -> None:
    (tmp_path / "config").write_text("a file")
    found = PreferenceFile(tmp_path / "config" / "screen.json")
    found.remember(theme="nord")
    assert found.now.theme == "nord" and "cannot be" in found.note


@pytest.mark.parametrize(
    ("system", "options", "expected"),
    [
        ("truecolor", {}, "decsim-dark"),
        ("256", {"light": True}, "decsim-light"),
        ("truecolor", {"light": True, "chosen": "nord"}, "nord"),
        ("standard", {}, "decsim-16"),
        (None, {"chosen": "nord"}, "decsim-16"),
        ("standard", {"chosen": "nord", "chosen_16": "ansi-dark"}, "ansi-dark"),
    ],
)
def test_the_terminal_and_the_last_choice_decide(system, options, expected) -> None:
    assert automatic_theme(system, **options) == expected


async def test_a_theme_that_was_asked_for_is_used(make_app, file) -> None:
    PreferenceFile(file).remember(theme="decsim-paper")
    ui = UiSection(theme="decsim-contrast")
    app = make_app(FakeEngine(running()), ui=ui, preferences=PreferenceFile(file))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        assert app.theme == "decsim-contrast"
