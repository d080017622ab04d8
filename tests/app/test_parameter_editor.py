"""Changing a live parameter: validation, pending, applied, rejected."""

import asyncio

import pytest
from app_pictures import paused, running
from fake_engine import FakeEngine
from hypothesis import given, settings
from hypothesis import strategies as st
from pilots import seen
from textual.widgets import Static

from sim.commands import PACE, SetParameter
from sim.config.load import LoadedConfig
from sim.config.parameters import parameter_named, parameters, parse_value
from sim.config.schema import Config, UiSection
from sim.snapshot import RunState
from tui.app import DecsimApp
from tui.forms.bounds import EntryError
from tui.forms.choice import Choice
from tui.forms.rows import Rows
from tui.messages import EditParameter
from tui.screens.parameter import ParameterEditor
from tui.screens.parameters import ParametersDialog, shown
from tui.screens.theme import ThemeDialog


def says(app) -> str:
    return str(app.screen.query_one("#says").render())


async def edit(app, pilot, key: str) -> None:
    await seen(pilot)
    app.dashboard.post_message(EditParameter(key))
    await pilot.pause()
    assert isinstance(app.screen, ParameterEditor)


async def test_a_value_is_asked_for_and_waits_until_it_is_applied(make_app) -> None:
    engine = FakeEngine(running())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await edit(app, pilot, "detection.threshold")
        await pilot.press("0", ".", "7", "enter")
        assert engine.commands == [SetParameter("detection.threshold", 0.7)]
        assert "0.7 is pending until step 41" in says(app)
        engine.publish(step=40)
        await seen(pilot)
        assert isinstance(app.screen, ParameterEditor)
        engine.settle(1)
        await seen(pilot)
        assert app.screen is app.dashboard


async def test_a_value_asked_for_while_paused_is_queued_and_the_editor_closes(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await edit(app, pilot, "detection.threshold")
        await pilot.press("0", ".", "7", "enter")
        assert engine.commands == [SetParameter("detection.threshold", 0.7)]
        assert app.screen is app.dashboard


async def test_the_list_says_what_the_marked_parameter_does(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("t")
        for word in ("", "quorum"):
            await pilot.press(*word)
            await seen(pilot)
            key = app.screen.query_one(Rows).key
            about = app.screen.query_one("#about", Static)
            assert str(about.render()) == parameter_named(key).help
        await pilot.press(*"nothing")
        assert str(app.screen.query_one("#about", Static).render()) == ""


async def test_a_rejected_value_keeps_the_editor_open_with_the_reason(make_app) -> None:
    engine = FakeEngine(running())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await edit(app, pilot, "detection.min_window")
        await pilot.press("9", "9", "9", "enter")
        engine.settle(1, "larger than detection.window (256)")
        await seen(pilot)
        assert says(app) == "Rejected: larger than detection.window (256)"
        await pilot.press("home", "1", "enter")
        assert len(engine.given(SetParameter)) == 2


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("detection.threshold", "0", "expected a number > 0 and ≤ 1"),
        ("detection.threshold", "abc", "expected a number > 0 and ≤ 1"),
        ("traffic.batch_size", "1.5", "expected a whole number ≥ 1 and ≤ 4096"),
        ("signature.similarity", "inf", "expected a number ≥ -1 and ≤ 1"),
    ],
)
async def test_an_unusable_value_is_told_as_one_types(make_app, key, text, said) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await edit(app, pilot, key)
        app.screen.entry("value").value = text
        await pilot.pause()
        assert app.screen.entry("value").noted == said
        await pilot.press("enter")
        assert engine.commands == []


async def test_choices_and_switches_are_chosen(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await edit(app, pilot, "consensus.rule")
        await pilot.press("w", "enter")
        await edit(app, pilot, "traffic.loop")
        await pilot.press("right", "enter")
        assert engine.commands == [
            SetParameter("consensus.rule", "weighted"),
            SetParameter("traffic.loop", True),
        ]


async def test_the_default_can_be_taken(make_app) -> None:
    engine = FakeEngine(paused(parameters={"detection.threshold": 0.9}))
    app = make_app(engine)
    async with app.run_test() as pilot:
        await edit(app, pilot, "detection.threshold")
        assert app.screen.entry("value").value == "0.9"
        await pilot.press("ctrl+r", "enter")
        default = parameter_named("detection.threshold").default
        assert engine.commands == [SetParameter("detection.threshold", default)]


async def test_what_needs_a_restart_is_read_only(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await edit(app, pilot, "simulation.agents")
        assert not app.screen.query("#value")
        await pilot.press("enter")
        assert engine.commands == []


async def test_nothing_is_asked_of_a_run_that_is_over(make_app) -> None:
    engine = FakeEngine(running(state=RunState.FINISHED))
    app = make_app(engine)
    async with app.run_test() as pilot:
        await edit(app, pilot, "detection.threshold")
        await pilot.press("enter")
        assert engine.commands == []
        assert "over" in says(app)


async def test_the_list_is_narrowed_and_opens_the_editor(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("t", *"quor")
        rows = app.screen.query_one(Rows)
        assert set(rows._keys) >= {"consensus.quorum"}
        assert len(rows._keys) < 5
        while rows.key != "consensus.quorum":
            await pilot.press("down")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, ParameterEditor)
        assert app.screen.parameter.key == "consensus.quorum"
        await pilot.press("escape")
        assert isinstance(app.screen, ParametersDialog)


async def test_the_list_moves_by_one_row_for_one_key(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("t", "down", "down")
        assert app.screen.query_one(Rows).cursor == 2
        await pilot.press("tab", "up")
        assert app.screen.query_one(Rows).cursor == 1


async def test_the_list_has_every_parameter_and_follows_the_run(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("t")
        rows = app.screen.query_one(Rows)
        assert set(rows._keys) == {p.key for p in parameters()}
        units = {p.key: p.unit for p in parameters() if p.unit}
        for key, row in zip(rows._keys, rows._rows, strict=True):
            assert key not in units or f" {units[key]} " in row.plain, "apart from what follows"
        engine.publish(parameters={**engine.picture.parameters, "detection.threshold": 0.77})
        await seen(pilot)
        row = rows._rows[rows._keys.index("detection.threshold")].plain
        assert row.startswith("•")
        assert "0.77" in row


async def test_the_theme_is_picked_and_never_journaled(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        app.edit_parameter("ui.theme")
        await pilot.pause()
        assert isinstance(app.screen, ThemeDialog)
        await pilot.press("down", "enter")
        assert engine.commands == []


LIVE = [p for p in parameters() if p.live and p.key not in ("ui.theme", PACE)]
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.floats().map(str),
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(["", " ", "1e3", "0x10", "1_0", "true", "9" * 5000, "[b]", "\x1b[2J", "½"]),
)


@given(st.sampled_from(LIVE), TEXTS)
def test_any_text_is_a_valid_value_or_refused_with_what_was_expected(parameter, text) -> None:
    editor = ParameterEditor(paused(), lambda command: 1, parameter=parameter)
    value, said = None, ""
    try:
        value = editor.parse(text)
    except EntryError as error:
        said = str(error)
    if said:
        assert said == f"expected {parameter.expected}"
    else:
        assert parse_value(parameter, value) == value
        assert isinstance(value, type(parameter.default))


@settings(max_examples=5, deadline=None)
@given(st.sampled_from(LIVE), st.lists(TEXTS, min_size=8, max_size=16))
def test_any_text_gives_a_valid_command_or_an_error_beside_the_field(parameter, texts) -> None:
    async def type_all() -> None:
        engine = FakeEngine(running())
        config = LoadedConfig(config=Config(), sources={})
        app = DecsimApp(engine, ui=UiSection(refresh_hz=30), config=config)
        async with app.run_test() as pilot:
            await edit(app, pilot, parameter.key)
            for text in texts:
                before = len(engine.commands)
                control = app.screen.query_one("#value")
                if isinstance(control, Choice):
                    control.action_turn(len(text))
                else:
                    control.value = text
                app.screen.submit()
                given = engine.commands[before:]
                if given:
                    assert [parse_value(parameter, c.value) for c in given] == [given[0].value]
                else:
                    assert app.screen.entry("value").has_class("-wrong")
            await pilot.pause()

    asyncio.run(type_all())


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_values_are_written_so_that_they_read_back(value) -> None:
    assert float(shown(value)) == value


async def test_the_list_tells_what_waits_what_may_be_given_and_only_exceptions_of_when(
    make_app,
) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test(size=(120, 40)) as pilot:
        await edit(app, pilot, "consensus.quorum")
        await pilot.press("0", ".", "7", "7", "enter")
        await pilot.press("t")
        await seen(pilot)
        rows = [row.plain for row in app.screen.query_one(Rows)._rows]
        (quorum,) = [row for row in rows if "consensus.quorum" in row]
        assert "→ 0.77" in quorum
        assert "a number > 0 and ≤ 1" in quorum
        assert not any("next step" in row for row in rows)
        (window,) = [row for row in rows if "detection.min_window" in row]
        assert "next refit" in window


def test_bounds_are_figures_as_one_types_them() -> None:
    said = {parameter.key: parameter.expected for parameter in parameters()}
    assert said["simulation.checkpoint_interval"] == "a whole number ≥ 0 and ≤ 1000000"
    assert said["consensus.quorum"] == "a number > 0 and ≤ 1"
    assert not any("e+" in text for text in said.values())
