"""Keys that arrive all at once have the effect that they have one by one."""

import asyncio
from unittest.mock import patch

import pytest
from app_pictures import KINDS, paused
from fake_engine import FakeEngine
from hypothesis import given, settings
from hypothesis import strategies as st
from pilots import seen, until
from textual.events import Key, Paste
from textual.pilot import Pilot

from sim.commands import Command, InjectAttack, SetAdversaries, Step
from sim.config.load import LoadedConfig
from sim.config.schema import Config, UiSection
from tui.app import DecsimApp

CHARACTERS = {"full_stop": ".", "question_mark": "?", "slash": "/", "space": " "}


def burst(pilot: Pilot, *names: str) -> None:
    """All keys before the app can do anything about the first."""
    for name in names:
        character = CHARACTERS.get(name, name if len(name) == 1 else None)
        pilot.app.post_message(Key(name, character))


async def test_keys_for_a_dialog_reach_it_before_it_is_drawn(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        burst(pilot, "i", "right", "tab", "tab", "full_stop", "3", "tab", "7", "enter")
        await until(pilot, lambda: engine.commands)
        assert engine.commands == [InjectAttack(KINDS[1], intensity=0.3, duration=7)]


async def test_a_key_that_comes_while_a_dialog_is_built_waits_for_it(make_app) -> None:
    """As on a slow machine, where the next key is handed on before the dialog is there."""
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        app.action_adversaries()
        dialog = app.screen
        assert not dialog.is_mounted
        assert await app.run_action("submit", default_namespace=dialog)
        await until(pilot, lambda: engine.commands)
        assert isinstance(engine.commands[0], SetAdversaries)


async def test_a_dialog_that_begins_with_an_input(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        burst(pilot, "S", "2", "5", "enter", "s")
        await until(pilot, lambda: len(engine.commands) == 2)
        assert engine.commands == [Step(25), Step()]


async def test_a_key_that_is_never_answered_does_not_hold_up_the_others(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        app._type_ahead.follow = lambda start: None
        burst(pilot, "s", "s")
        await until(pilot, lambda: engine.commands == [Step(), Step()])


MEANT = ["i", "f", "a", "S", "s", "t", "T", "1", "2", "3", "z", "F", "u", "tab", "down", "right"]
MEANT += ["enter", "escape", "5", "slash", "question_mark"]


async def given_by(keys: list[str], *, at_once: bool) -> tuple[list[Command], str]:
    """Commands, and what is in front in the end."""
    engine = FakeEngine(paused())
    app = DecsimApp(engine, ui=UiSection(), config=LoadedConfig(config=Config(), sources={}))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        if at_once:
            burst(pilot, *keys)
            arrived = asyncio.Event()
            app.call_later(arrived.set)  # behind them
            await until(pilot, lambda: arrived.is_set() and app._type_ahead.idle)
            await pilot.pause()
        else:
            await pilot.press(*keys)
        return engine.commands, type(app.screen).__name__


@settings(max_examples=6, deadline=None)
@given(st.lists(st.sampled_from(MEANT), min_size=2, max_size=9))
def test_at_once_as_one_by_one(keys: list[str]) -> None:
    with patch("tui.terminal.type_ahead.PATIENCE", 10.0):  # however slow the machine is
        slowly = asyncio.run(given_by(keys, at_once=False))
        assert asyncio.run(given_by(keys, at_once=True)) == slowly


@pytest.mark.parametrize("typed", [Key("s", "s"), Key("enter", None), Paste("words")])
async def test_what_comes_behind_the_last_key_is_nobodys(make_app, typed) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        await seen(pilot)
        with patch.object(app, "_screen_stacks", {app.current_mode: []}):  # the app is ending
            await app.on_event(typed)


async def test_letters_for_a_field_wait_for_nobody(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        await seen(pilot)
        burst(pilot, "slash", *"quorum")
        await until(pilot, lambda: app.focused is not None and app.focused.id == "filter")
        await until(pilot, lambda: app.focused.value == "quorum")
        turns = app._type_ahead._turn
        burst(pilot, *"settled", "x")
        await until(pilot, lambda: app.focused.value == "quorumsettledx")
        assert app._type_ahead._turn == turns, "no letter took a turn"
        assert app._type_ahead.idle


async def test_ctrl_c_waits_for_none_of_the_keys_before_it(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        handled = app._type_ahead.admit
        admitted: list[Key] = []

        def watch(key: Key) -> bool:
            if admit := handled(key):
                admitted.append(key)
            return admit

        app._type_ahead.admit = watch
        burst(pilot, *"s" * 40, "ctrl+c")
        await until(pilot, lambda: app.departure.begun)
        await until(pilot, lambda: app._type_ahead.idle)
    assert len(engine.given(Step)) == 1
    assert [key.key for key in admitted] == ["s", "ctrl+c"]


async def test_a_filter_takes_effect_at_the_pauses_and_at_once_with_enter(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    given: list[str] = []
    async with app.run_test() as pilot:
        await seen(pilot)
        app.dashboard.focus_named("parameters")
        app.dashboard.watch(
            app.dashboard, "filter_text", lambda text: given.append(text), init=False
        )
        await pilot.press("slash")
        burst(pilot, *"detection threshold")
        await until(pilot, lambda: given)
        assert given == ["detection threshold"]
        burst(pilot, "s", "enter")
        await until(pilot, lambda: len(given) == 2)
        assert given[1] == "detection thresholds"
        await pilot.press("escape")
        assert given[2] == ""
