"""A pane of a plug-in on the dashboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from example_plugins import write_distribution
from fake_engine import FakeEngine
from pictures import busy

from sim.config.load import LoadedConfig
from sim.config.schema import Config, UiSection
from sim.plugins.distributions import refresh
from sim.snapshot import EMPTY
from tui.app import DecsimApp
from tui.panes.plugin import PluginPane, plugin_panes
from tui.record.book import Book
from tui.theme.glyphs import UNICODE
from tui.widgets.tab_bar import TabBar

pytestmark = pytest.mark.usefixtures("closed_world")

BRITTLE = """
from tui.panes.plugin import PaneKind

def _lines(snapshot, width, height):
    if snapshot.step:
        raise ValueError("out of \\x1b[31morder\\nand more")
    return []

RAISES = PaneKind("Raises", _lines)
STRAYS = PaneKind("Strays \\x1b[2J", lambda s, w, h: ["\\x1b[31mred", "x" * 999] * 50)
NO_PANE = _lines
"""


def app_with(picture) -> DecsimApp:
    config = LoadedConfig(config=Config(), sources={})
    return DecsimApp(FakeEngine(picture), ui=UiSection(refresh_hz=30), config=config)


async def fed(app: DecsimApp, pilot) -> None:
    for _ in range(250):
        if app.dashboard.snapshot is not EMPTY:
            break
        await pilot.pause(0.02)
    await pilot.pause()


def text_of(app: DecsimApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize("size", [(50, 20), (80, 24), (120, 40), (200, 60)])
async def test_it_is_a_further_tab_that_shows_the_snapshot(size) -> None:
    picture = busy()
    app = app_with(picture)
    async with app.run_test(size=size) as pilot:
        await fed(app, pilot)
        if size[0] >= 80:  # the bar is cut where there is no room for it
            assert "Census" in app.dashboard.query_one(TabBar).render_line(0).text
        app.dashboard.focus_pane(1)
        await pilot.press("shift+tab")
        await pilot.pause()
        assert isinstance(app.focused, PluginPane)
        assert f"step {picture.step:,}" in text_of(app)
        alert = int((np.asarray(picture.grid.states) == 2).sum())
        assert f"alert       {alert:>6,}" in text_of(app)
        app.dashboard.snapshot = replace(picture, step=picture.step + 1)
        for _ in range(250):  # its turn comes
            await pilot.pause(0.02)
            if f"step {picture.step + 1:,}" in text_of(app):
                break
        assert f"step {picture.step + 1:,}" in text_of(app)
        await pilot.press("z", "escape", "tab")
        await pilot.pause()
        assert app.focused is app.dashboard.grid


async def test_a_broken_one_is_named_and_the_others_stay(site: Path) -> None:
    (site / "brittle_panes.py").write_text(BRITTLE)
    names = {"raises": "RAISES", "strays": "STRAYS", "no-pane": "NO_PANE", "absent": "NOTHING"}
    groups = {"decsim.panes": {name: f"brittle_panes:{value}" for name, value in names.items()}}
    write_distribution(site, "brittle-panes", "0.1", groups)
    refresh()
    panes, broken = plugin_panes(UNICODE, Book())
    assert [pane.NAME for pane in panes] == ["Raises", "Strays [2J"]
    assert all("brittle-panes 0.1" in line and "skipped" in line for line in broken)
    assert {name for name in names if any(f"'{name}'" in line for line in broken)} == {
        "no-pane",
        "absent",
    }
    app = app_with(busy())
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await fed(app, pilot)
        assert {note.message for note in app._notifications} >= set(broken)
        app.dashboard.focus_named("plugin-1")
        await pilot.pause()
        assert "The pane plug-in raises failed: ValueError: out of" in text_of(app)
        app.dashboard.focus_named("plugin-2")
        await pilot.pause()
        assert "[31mred" in text_of(app) and "\x1b" not in text_of(app)
        await pilot.press("end")
        assert app.focused.top > 0
