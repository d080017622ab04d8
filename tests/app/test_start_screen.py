"""The start screen: runs that are kept can be resumed, replayed and deleted, and new ones begun."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from laboratory import loaded
from pilots import until
from textual.pilot import Pilot
from textual.widgets import Static

from sim.archive.directory import RunDirectory
from sim.archive.kept import kept_runs
from sim.archive.lock import RunLock
from sim.archive.overview import overview_of
from sim.config import paths
from sim.engine.engine import Engine
from tui.forms.rows import Rows
from tui.start.app import StartApp
from tui.start.choice import Choice
from tui.start.run_words import HEADER, run_words
from tui.theme.glyphs import ASCII, UNICODE


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kept") / "small-run"
    engine = Engine(loaded(), path)
    engine.open()
    engine.run(3)
    assert engine.close(60)
    return path


@pytest.fixture
def kept(recorded: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[RunDirectory]:
    import shutil

    folder = tmp_path / "kept"
    for name in ("first-run", "second-run"):
        shutil.copytree(recorded, folder / name)
    monkeypatch.setattr(paths, "runs", lambda: folder)
    return kept_runs()


def start(runs: list[RunDirectory], **options: object) -> StartApp:
    given = {"theme": "decsim-dark", "glyphs": UNICODE, "clock": lambda: 2e9, **options}
    return StartApp(runs, **given)  # type: ignore[arg-type]


async def read(pilot: Pilot[Choice]) -> None:
    app = pilot.app
    assert isinstance(app, StartApp)
    await until(pilot, lambda: len(app._overviews) == len(app._runs))
    await pilot.pause()


def words(app: StartApp) -> str:
    return str(app.query_one("#about", Static).content)


async def test_enter_resumes_the_marked_run(kept) -> None:
    app = start(kept)
    async with app.run_test(size=(100, 30)) as pilot:
        await read(pilot)
        marked = app.query_one("#list", Rows).key
        assert "3 steps are recorded" in words(app)
        await pilot.press("down", "up", "enter")
    assert app.return_value == Choice("resume", marked)


async def test_r_replays_it(kept) -> None:
    app = start(kept)
    async with app.run_test(size=(100, 30)) as pilot:
        await read(pilot)
        await pilot.press("down", "r")
    assert app.return_value == Choice("replay", str(kept[1].path))


async def test_a_run_is_deleted_by_two_presses_on_it(kept) -> None:
    app = start(kept)
    async with app.run_test(size=(100, 30)) as pilot:
        await read(pilot)
        await pilot.press("d")
        assert "d once more deletes" in words(app)
        await pilot.press("down", "d", "up")
        assert len(kept_runs()) == 2
        await pilot.press("d", "d")
        await pilot.pause()
        assert [run.path for run in kept_runs()] == [kept[1].path]
        assert app.query_one("#list", Rows).key == str(kept[1].path)


async def test_a_run_in_use_is_not_deleted(kept) -> None:
    app = start(kept)
    async with app.run_test(size=(100, 30)) as pilot:
        await read(pilot)
        with RunLock(kept[0].path / "lock"):
            await pilot.press("d", "d")
            await pilot.pause()
            assert "in use" in words(app)
    assert len(kept_runs()) == 2


async def test_a_new_run_begins_with_a_scenario_that_says_what_it_shows(kept) -> None:
    app = start(kept)
    async with app.run_test(size=(100, 30)) as pilot:
        await read(pilot)
        await pilot.press("n")
        assert app.query_one("#list", Rows).key == "quickstart"
        await pilot.press("end")
        await pilot.pause()
        assert "Will the verdict be faster than the worm?" in words(app)
        await pilot.press("enter")
    assert app.return_value == Choice("new", "worm")


async def test_it_is_left_without_a_choice(kept) -> None:
    app = start(kept)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("n", "escape", "q")
    assert app.return_value is None


async def test_a_broken_run_says_why_and_cannot_be_resumed(kept) -> None:
    (kept[0].path / "ledger.db").write_bytes(b"no ledger")
    app = start(kept)
    async with app.run_test(size=(100, 30)) as pilot:
        await read(pilot)
        assert "cannot be used" in words(app)
        await pilot.press("enter", "r")
        assert app.is_running
        await pilot.press("q")


async def test_it_stands_in_ascii_and_on_a_small_terminal(kept) -> None:
    app = start(kept, glyphs=ASCII)
    async with app.run_test(size=(40, 10)) as pilot:
        await read(pilot)
        text = "".join(s.text for strip in app.screen._compositor.render_strips() for s in strip)
    assert text.isascii() and "first-run" in text


@pytest.mark.parametrize("width", [200, 80, 60, 40, 20])
async def test_columns_are_whole_or_left_out(kept, width) -> None:
    app = start(kept)
    async with app.run_test(size=(120, 24)) as pilot:
        await read(pilot)
        await pilot.resize_terminal(width, 24)
        await pilot.pause()
        head = str(app.query_one("#head", Static).content).split()
        assert head == [name for name in HEADER if name in head], "in their order"
        assert head[0] == "RUN" and (len(head) == len(HEADER)) is (width >= 80)
        for run in kept:
            told = run_words(app._overviews[str(run.path)], 2e9)
            (line,) = [row.plain for row in app.query_one(Rows)._rows if run.path.name in row.plain]
            shown = [text for name, text in zip(HEADER, told, strict=True) if name in head]
            assert line.split() == " ".join(shown).split()
        keys = str(app.query_one("#keys", Static).content)
        assert len(keys) <= max(width - 2, 7) and keys.endswith("q leave")


def test_a_run_without_more_traffic_is_complete(kept) -> None:
    found = replace(overview_of(kept[0]), goal=9, state="finished", traffic_ended=True)
    told = dict(zip(HEADER, run_words(found, 2e9), strict=True))
    assert (told["STEPS"], told["STATE"]) == ("3", "traffic ended")
    assert "the run is complete" in start(kept)._about(found)
