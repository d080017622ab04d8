"""Every binding of every widget is in the one table, and with it in help, palette and README."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from app_pictures import paused, running
from fake_engine import FakeEngine
from pictures import busy
from pilots import seen, until
from textual.containers import ScrollableContainer
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Input

from sim.commands import Pause, Resume
from sim.config.load import load_config
from sim.config.schema import UiSection
from sim.errors import ConfigError
from sim.snapshot import EMPTY
from tui.actions import EVERYTHING, keymap_in, listed, readme_table
from tui.footer import Keys
from tui.keys.action import readable
from tui.palette import ActionProvider
from tui.panes.pane import Pane
from tui.screens.help import HelpDialog

TABLE = {(action.id, key, action.action) for action in EVERYTHING for key in action.keys}
STOCK = (Input, ScrollableContainer, Screen)
"""Widgets whose keys are Textual's; those of the first two are in the table as well."""


def unknown(node: DOMNode) -> Iterator[str]:
    """Bindings of a widget that the table does not have."""
    stock = {(b.key, b.action) for kind in STOCK if isinstance(node, kind) for b in _own(kind)}
    for key, binding in node._bindings:
        if (binding.id, key, binding.action) in TABLE or (key, binding.action) in stock:
            continue
        yield f"{type(node).__name__}: {key} {binding.action}"


def _own(kind: Any) -> list[Any]:
    return [b for _, b in kind._merged_bindings] if kind._merged_bindings else []


def walked(app: Any) -> set[str]:
    nodes = [app, app.screen, *app.screen.walk_children()]
    return {text for node in nodes for text in unknown(node)}


async def test_no_widget_of_the_dashboard_has_a_key_of_its_own(make_app) -> None:
    app = make_app(FakeEngine(busy()))
    async with app.run_test(size=(200, 60)) as pilot:
        await seen(pilot)
        assert walked(app) == set()


@pytest.mark.parametrize("key", ["i", "a", "f", "t", "S", "e", "T", "question_mark", "ctrl+s"])
async def test_no_dialog_has_a_key_of_its_own(make_app, key) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press(key)
        await until(pilot, lambda: app.screen is not app.dashboard)
        assert walked(app) == set()


async def test_no_inspector_has_a_key_of_its_own(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        for open_one in (app.dialogs.agent, app.dialogs.signature):
            open_one(3)
            await pilot.pause()
            assert walked(app) == set()
        app.edit_parameter("consensus.quorum")
        await pilot.pause()
        assert walked(app) == set()


@pytest.mark.parametrize("picture", [EMPTY, busy()], ids=["loading", "busy"])
async def test_no_key_of_a_pane_breaks_before_the_record_has_a_row(make_app, picture) -> None:
    app = make_app(FakeEngine(picture))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        for pane in app.dashboard.query(Pane):
            app.dashboard.focus_named(pane.PANE)
            for action in sorted({bound.action for _, bound in pane._bindings}):
                await app.run_action(action, pane)
            await pilot.pause()
            while app.screen is not app.dashboard:
                await app.pop_screen()
        assert app.is_running


async def test_a_binding_outside_the_table_would_be_seen(make_app) -> None:
    app = make_app(FakeEngine(busy()))
    async with app.run_test() as pilot:
        await seen(pilot)
        app.dashboard.grid._bindings.bind("f9", "heat")
        assert walked(app) == {"GridPane: f9 heat"}


def test_help_and_readme_say_what_every_key_does() -> None:
    rows = {(name, text): keys.split() for name, found in listed() for keys, text in found}
    for action in EVERYTHING:
        if not action.id.startswith("pane_"):
            assert {readable(key) for key in action.keys} <= set(rows[action.group, action.help]), (
                action.id
            )
            assert action.help in readme_table()


async def test_the_palette_does_what_a_key_of_a_pane_does(make_app) -> None:
    app = make_app(FakeEngine(busy()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        entries = {entry.name: entry for entry in ActionProvider(app.screen).entries()}
        assert {"Heat  (m)", "Ground truth  (M)", "All parameters  (V)", "Whole run  (0)"} <= {
            *entries
        }
        await entries["Heat  (m)"].run()
        assert app.dashboard.grid.heat == "score"
        assert app.focused is app.dashboard.grid


@pytest.mark.parametrize("width", [80, 120])
async def test_other_keys_take_the_place_of_ours_everywhere(make_app, width) -> None:
    engine = FakeEngine(running())
    app = make_app(engine, UiSection(refresh_hz=30, keys="pause=p f5, grid.heat=H"))
    async with app.run_test(size=(width, 40)) as pilot:
        await seen(pilot)
        await pilot.press("space", "p")
        assert engine.commands == [Pause()]
        engine.publish(state=paused().state)
        await seen(pilot)
        await pilot.press("f5")
        assert engine.commands[1:] == [Resume()]
        app.dashboard.grid.focus()
        await pilot.press("m", "H")
        assert app.dashboard.grid.heat == "score"
        shown = [readable(a.keys[0]) for _, a in app.query_one(Keys).layout_of(width)]
        assert shown[0] == "p"
        names = [entry.name for entry in ActionProvider(app.screen).entries()]
        assert "Resume  (p)" in names
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpDialog)
        assert "p f5" in "\n".join(line.plain for line in app.screen.lines())


def test_a_file_may_give_keys_as_a_mapping(tmp_path) -> None:
    file = tmp_path / "keys.yaml"
    file.write_text("ui:\n  keys:\n    undo: [ctrl+z, backspace]\n    suspend: f9\n    pane_1: 5\n")
    with pytest.raises(ConfigError, match="would mean both pane_1 and pane_5"):
        keymap_in(load_config(config=file, environment={}).config.ui.keys)
    file.write_text("ui:\n  keys:\n    undo: [ctrl+z, backspace]\n    suspend: f9\n")
    found = keymap_in(load_config(config=file, environment={}).config.ui.keys)
    assert found == {"undo": ("ctrl+z", "backspace"), "suspend": ("f9",)}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("puase=p", "ui.keys: unknown action 'puase'; did you mean 'pause'"),
        ("pause", "ui.keys: 'pause' is not ACTION=KEY"),
        ("pause=", "ui.keys: 'pause=' is not ACTION=KEY"),
        ("pause=sapce", "ui.keys: pause=sapce: 'sapce' is no key"),
        ("pause=hyperspace+p", "is no key"),
        ("pause=u", "ui.keys: 'u' would mean both pause and undo"),
        ("field.Undo=u", "unknown action"),
    ],
)
def test_what_is_wrong_with_other_keys_is_said_in_one_line(written, message) -> None:
    with pytest.raises(ConfigError) as found:
        keymap_in(written)
    assert message in str(found.value)
    assert "\n" not in str(found.value)
