"""Single keys that steer, and what is told of their fate."""

import pytest
from app_pictures import paused, running
from fake_engine import FakeEngine
from hypothesis import given
from hypothesis import strategies as st
from pictures import journaled
from pilots import seen

from sim.commands import (
    Pause,
    Redo,
    Resume,
    SetPace,
    SetParameter,
    Step,
    StopAttack,
    Undo,
    Withdraw,
)
from sim.snapshot import Performance, RunState, UndoStep
from tui import speed
from tui.footer import Keys
from tui.panes.status import StatusPane
from tui.tickets import Tickets, settled
from tui.widgets.line import printable


def toasts(app) -> list[str]:
    return [f"{n.severity}: {n.message}" for n in app._notifications]


@pytest.mark.parametrize(
    ("snapshot", "key", "given"),
    [
        (running(), "space", [Pause()]),
        (paused(), "space", [Resume()]),
        (running(state=RunState.FAULT), "space", [Resume()]),
        (paused(), "s", [Step(1)]),
        (running(), "s", []),
        (running(), "S", []),
        (running(undo=UndoStep("x")), "u", [Undo()]),
        (running(undo=UndoStep("x", ticket=3)), "u", [Withdraw(3)]),
        (running(), "u", []),
        (running(redo=UndoStep("x")), "U", [Redo()]),
        (running(), "U", []),
        (running(), "x", [StopAttack(3)]),
        (running(attacks=()), "x", []),
        (running(state=RunState.FINISHED), "space", []),
        (running(), "minus", [SetPace(32.0)]),
        (running(), "plus", []),
    ],
)
async def test_a_key_gives_its_command(make_app, snapshot, key, given) -> None:
    engine = FakeEngine(snapshot)
    async with make_app(engine).run_test() as pilot:
        await seen(pilot)
        if snapshot.state is RunState.FAULT:
            await pilot.press("escape")
        await pilot.press(key)
        assert engine.commands == given


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@pytest.mark.parametrize(
    ("picture", "key", "said"),
    [
        (running(), "s", "only while paused"),
        (running(), "u", "nothing to undo"),
        (running(), "U", "nothing to redo"),
        (running(attacks=()), "x", "no attack is under way"),
        (running(attack_kinds=()), "i", "no attacks to inject"),
        (running(state=RunState.LOADING), "i", "has not begun yet"),
        *(
            (running(watched=True), key, "this screen only watches")
            for key in ("space", "s", "plus", "a")
        ),
        (running(state=RunState.STOPPED), "space", "the run is over"),
        (running(), "full_stop", "nothing has been steered yet"),
    ],
)
async def test_a_key_that_can_do_nothing_says_why(make_app, size, picture, key, said) -> None:
    engine = FakeEngine(picture)
    app = make_app(engine)
    async with app.run_test(size=size) as pilot:
        await seen(pilot)
        line = app.dashboard.query_one(StatusPane).render_line
        assert ("only watching" in line(0).text) is (picture.watched and size[0] > 80)
        await pilot.press(key)
        assert said in line(0).text
    assert not engine.commands


async def test_a_pause_shows_before_the_step_is_done_and_can_be_taken_back(make_app) -> None:
    engine = FakeEngine(running())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("space")
        await seen(pilot)
        assert "PAUSING" in app.export_screenshot()
        await pilot.press("space")
        await seen(pilot)
        assert "PAUSING" not in app.export_screenshot()
        await pilot.press("space")
        engine.publish(state=RunState.PAUSED)
        await seen(pilot)
        assert "PAUSING" not in app.export_screenshot()
        engine.publish(state=RunState.RUNNING)
        await seen(pilot)
        assert "PAUSING" not in app.export_screenshot()
    assert engine.commands[:3] == [Pause(), Resume(), Pause()]


async def test_the_pace_is_halved_again_before_the_first_time_is_acknowledged(make_app) -> None:
    engine = FakeEngine(running())
    async with make_app(engine).run_test() as pilot:
        await seen(pilot)
        await pilot.press("minus", "minus", "minus", "plus")
        assert [c.steps_per_second for c in engine.given(SetPace)] == [32.0, 16.0, 8.0, 16.0]


@given(st.floats(0, 1000), st.floats(0, 5000))
def test_paces_stay_within_their_bounds(pace, measured) -> None:
    up, down = speed.faster(pace), speed.slower(pace, measured)
    assert up == 0 or pace < up <= speed.TOP
    assert speed.LOWEST <= down <= speed.TOP
    if pace > 2 * speed.LOWEST:
        assert down == pace / 2


@given(st.floats(speed.LOWEST, 5000))
def test_leaving_full_speed_is_felt_at_once(measured) -> None:
    down = speed.slower(0.0, measured)
    assert down < measured or down == speed.LOWEST


def test_full_speed_sits_above_the_top() -> None:
    assert speed.faster(speed.TOP) == 0.0
    assert speed.faster(0.0) == 0.0
    assert speed.slower(0.0, 0.0) == speed.TOP


async def test_only_what_is_rejected_disturbs_anyone(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test(notifications=True) as pilot:
        await seen(pilot)
        app.steering.give(SetParameter("cache.capacity", 7))
        app.steering.give(SetParameter("cache.capacity", 9))
        engine.settle(1)
        engine.settle(2, "the cache is [b]fixed[/b]\x1b[2J")
        await seen(pilot)
        engine.publish(step=41)
        await seen(pilot)
        assert toasts(app) == [
            "warning: cache.capacity: the cache is [b]fixed[/b][2J",
        ]
        assert not any(n.markup for n in app._notifications)
        assert len(app.steering.tickets) == 0


async def test_commands_of_others_are_not_told(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test(notifications=True) as pilot:
        engine.publish(journal=(journaled(1, 5, Undo(), "undo", source="scenario"),))
        await seen(pilot)
        assert toasts(app) == []


@pytest.mark.parametrize(
    ("command", "old", "new", "reason", "text"),
    [
        (SetParameter("detection.threshold", 0.7), "0.6", "0.7", "",
         "detection.threshold 0.6 → 0.7 at step 41"),
        (SetParameter("consensus.rule", "majority"), '"quorum"', '"majority"', "",
         "consensus.rule quorum → majority at step 41"),
        (Undo(), "null", "null", "", "what the engine says at step 41"),
        (SetParameter("a.b", 1), "null", "null", "a.b: 1 is not text", "a.b: 1 is not text"),
        (Undo(), "null", "null", "nothing to undo", "what the engine says: nothing to undo"),
    ],
)  # fmt: skip
def test_the_words_of_an_acknowledgement(command, old, new, reason, text) -> None:
    done = journaled(9, 41, command, "what the engine says", old, new, reason=reason, ticket=3)
    tickets = Tickets()
    tickets.note(3)
    assert [settled(found) for found in tickets.settle([done])] == [text]
    assert tickets.settle([done]) == []


@given(st.text())
def test_untrusted_text_loses_what_harms_a_terminal(text) -> None:
    shown = printable(text)
    assert len(shown) <= 240
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2066" for c in shown)


async def test_the_footer_can_be_clicked(make_app) -> None:
    engine = FakeEngine(paused(performance=Performance()))
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await seen(pilot)
        await pilot.click("Keys", offset=(2, 0))
        await pilot.pause()
        assert engine.commands == [Resume()]


def test_a_command_without_a_title_is_told_by_its_kind() -> None:
    assert settled(journaled(1, 2, Undo(), "", ticket=1)) == "undo at step 2"


async def test_the_footer_says_what_space_does_now_and_nothing_moves(make_app) -> None:
    engine = FakeEngine(running())
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        keys = app.query_one(Keys)
        before = keys.render_line(0).text
        engine.publish(state=RunState.PAUSED)
        await seen(pilot)
        after = keys.render_line(0).text
    assert "space Pause " in before and "space Resume" in after
    assert before.index("i Inject") == after.index("i Inject")
