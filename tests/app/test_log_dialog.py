"""Enter in the errors pane shows what the log of the run says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from laboratory import loaded
from pictures import busy, faulted

from sim.archive.log_tail import BYTES, log_about, log_tail
from sim.config.load import LoadedConfig
from sim.config.schema import UiSection
from tui.app import DecsimApp
from tui.screens.log import LogDialog

LOG = (
    "2026-01-01T00:00:00.000+0000 INFO    sim.engine.engine: run begins\n"
    "2026-01-01T00:00:01.000+0000 WARNING sim.model: step 4: agent.refit × 1: \x1b[2Jsingular\n"
    "    Traceback (most recent call last):\n"
)
LATER = "2026-01-01T00:00:02.000+0000 WARNING sim.model: step 5: agent.crash × 1: of another kind\n"


def test_the_end_of_a_long_log(tmp_path: Path) -> None:
    file = tmp_path / "run.log"
    file.write_text("".join(f"line {i} {'x' * 80}\n" for i in range(3000)))
    assert file.stat().st_size > 2 * BYTES
    lines = log_tail(tmp_path, 100)
    assert len(lines) == 100 and lines[-1].startswith("line 2999 ")
    assert all(line.startswith("line ") for line in log_tail(tmp_path, 10_000))


def test_no_log_is_said(tmp_path: Path) -> None:
    assert "cannot be read" in log_tail(tmp_path)[0]
    (tmp_path / "run.log").write_text("")
    assert log_tail(tmp_path) == ("nothing is logged yet",)


@pytest.mark.usefixtures("closed_world")
async def test_enter_on_an_error_shows_the_log(tmp_path: Path) -> None:
    (tmp_path / "run.log").write_text(LOG + 600 * LATER)
    errors = tuple(error for error in faulted().errors if error.kind == "agent.refit")
    shot = replace(busy(), errors=errors, faults=(), health=(), notices=(), run_dir=str(tmp_path))
    config = LoadedConfig(config=loaded().config, sources={})
    app = DecsimApp(FakeEngine(shot), ui=UiSection(refresh_hz=30), config=config)
    async with app.run_test(size=(120, 40)) as pilot:
        app.dashboard.focus_named("errors")
        await pilot.pause()
        await pilot.press("down", "enter")
        await pilot.pause()
        dialog = app.screen
        assert isinstance(dialog, LogDialog)
        text = dialog.text().plain
        assert text.index("agent.refit × 1") < text.index("Traceback") < text.index("agent.crash")
        assert text.count("agent.crash") == 400, "then the end of all"
        assert "\x1b" not in text
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, LogDialog)


def test_what_is_about_a_kind_is_found_however_long_ago(tmp_path: Path) -> None:
    of_json = '{"message": "step 9: agent.refit", "kind": "agent.refit"}\n'
    (tmp_path / "run.log").write_text(LOG + 2000 * LATER + of_json)
    about = log_about(tmp_path, "agent.refit")
    assert len(about) == 3
    assert "singular" in about[0] and "\x1b" not in about[0]
    assert about[1].strip().startswith("Traceback") and about[2] == of_json.strip()
    assert log_about(tmp_path, "agent.ref") == ()
    assert len(log_about(tmp_path, "agent.crash", 7)) == 7
    assert log_about(tmp_path / "nowhere", "agent.refit") == ()
