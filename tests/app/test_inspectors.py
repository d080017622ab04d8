"""Agents and signatures from near."""

import math

import pytest
from app_pictures import agent, paused, signature, view
from fake_engine import FakeEngine
from hypothesis import given
from hypothesis import strategies as st
from pilots import seen
from textual.widgets import Static

from sim.commands import Inspect
from sim.snapshot import AgentState, SignatureDetail, View
from tui.forms.rows import Rows
from tui.messages import InspectAgent, InspectSignature
from tui.panes.grid import GridPane
from tui.screens.agent import AgentInspector
from tui.screens.signature import SignatureInspector
from tui.screens.strips import deviation_bar, number, score_strip, share_bar
from tui.theme.ink import Ink


def text(app) -> str:
    return app.screen.text().plain


async def look(app, pilot, message) -> None:
    await seen(pilot)
    app.dashboard.post_message(message)
    await pilot.pause()


async def test_an_agent_is_asked_for_and_shown_when_it_comes(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await look(app, pilot, InspectAgent(17))
        assert engine.commands == [Inspect(agent=17)]
        assert "come with the next picture" in text(app)
        engine.publish(view=View(agent=agent(17, behaviour="poison")))
        await seen(pilot)
        shown = text(app)
        for words in ("▲ alert", "column 7, row 1", "fitted 4×", "poison", "ground truth", "0.83"):
            assert words in shown, words
        assert "syn_ratio" in shown
        assert str(app.screen.query_one("#agent", Static).render()) == shown
        await pilot.press("escape")
        assert engine.commands[-1] == Inspect()


async def test_another_agents_details_are_not_shown_as_its_own(make_app) -> None:
    engine = FakeEngine(paused(view=View(agent(3))))
    app = make_app(engine)
    async with app.run_test() as pilot:
        await look(app, pilot, InspectAgent(17))
        assert "come with the next picture" in text(app)


async def test_left_and_right_go_to_the_neighbours_and_stop_at_the_ends(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await look(app, pilot, InspectAgent(58))
        await pilot.press("right", "right", "left", "l", "h")
        assert [c.agent for c in engine.given(Inspect)] == [58, 59, 58, 59, 58]
        assert str(app.screen.query_one("#box").border_title) == "Agent 58"


async def test_a_learning_agent_has_no_scores_yet(make_app) -> None:
    detail = agent(17, state=AgentState.LEARNING, scores=(), features=(), trust=math.nan)
    app = make_app(FakeEngine(paused(view=View(detail))))
    async with app.run_test() as pilot:
        await look(app, pilot, InspectAgent(17))
        assert "none yet" in text(app)


async def test_a_signature_with_its_ballots_and_verdict(make_app) -> None:
    engine = FakeEngine(paused(view=View(signature=signature())))
    app = make_app(engine)
    async with app.run_test() as pilot:
        await look(app, pilot, InspectSignature(42))
        assert engine.commands == [Inspect(signature=42)]
        shown = text(app)
        for words in ("by agent 17 at step 37", "ACCEPTED at step 39", "8 confirm", "88 % ≥ 60 %",
                      "attack (port_scan)", "ground truth", "9f3ac1d27b0"):  # fmt: skip
            assert words in shown, words
        rows = app.screen.query_one(Rows)
        assert len(rows._rows) == 12
        await pilot.press("down", "down")
        assert str(app.screen.query_one("#says").render()) == "never saw anything near"
        await pilot.press("v", "v")
        assert {"REFUTE" in row.plain for row in rows._rows} == {True}
        await pilot.press("escape")
        assert engine.commands[-1] == Inspect()


async def test_the_list_of_ballots_follows_the_vote(make_app) -> None:
    engine = FakeEngine(paused(view=View(signature=signature())))
    app = make_app(engine)
    async with app.run_test() as pilot:
        await look(app, pilot, InspectSignature(42))
        full = signature()
        pending = view(verdict="PENDING", decided=None)
        engine.publish(
            view=View(
                signature=SignatureDetail(pending, "ff", (), full.ballots[:2], "needs 3 more")
            )
        )
        await seen(pilot)
        assert len(app.screen.query_one(Rows)._rows) == 2
        assert "PENDING expires at step 49" in text(app)


async def test_untrusted_text_is_shown_and_never_obeyed(make_app) -> None:
    evil = "[red]x[/]\x1b[2J\u202e"
    bad = view(features=(evil,), attack=evil)
    detail = SignatureDetail(bad, evil, ((evil, 1.0, 1.0),), (), evil)
    app = make_app(FakeEngine(paused(view=View(agent(1, profile=evil), detail))))
    async with app.run_test() as pilot:
        for message, kind in (
            (InspectSignature(42), SignatureInspector),
            (InspectAgent(1), AgentInspector),
        ):
            await look(app, pilot, message)
            assert isinstance(app.screen, kind)
            assert "[red]x[/]" in text(app)
            assert "\x1b" not in text(app)
            assert "\u202e" not in text(app)
            await pilot.press("escape")


async def test_enter_on_the_grid_inspects_the_agent_under_the_cursor(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        app.dashboard.query_one(GridPane).cursor = 21
        await pilot.press("1", "enter")
        await pilot.pause()
        assert engine.commands == [Inspect(agent=21)]


async def test_what_is_inspected_can_be_copied(make_app) -> None:
    app = make_app(FakeEngine(paused(view=View(agent(17)))))
    async with app.run_test() as pilot:
        await look(app, pilot, InspectAgent(17))
        await pilot.press("y")
        assert app.clipboard.startswith("Agent 17\nState")


# Drawings.


@pytest.fixture
def ink() -> Ink:
    from textual.color import Color

    return Ink({"foreground": "#ffffff"}, Color.parse("#000000"))


@given(st.lists(st.floats(), max_size=90), st.integers(1, 40))
def test_a_strip_of_scores_fits(scores, width) -> None:
    from textual.color import Color

    ink = Ink({}, Color.parse("#000000"))
    assert len(score_strip(scores, width, 0.6, ink).plain) == min(width, len(scores))


@given(st.floats(), st.integers(1, 12))
def test_deviations_and_shares_have_a_fixed_width(value, half) -> None:
    from textual.color import Color

    ink = Ink({}, Color.parse("#000000"))
    assert len(deviation_bar(value, half, ink).plain) == 2 * half + 1
    assert len(share_bar(value, half, "primary", ink).plain) == half
    assert len(number(value)) <= 9


def test_a_strip_shows_the_highest_score_of_each_cell(ink) -> None:
    assert score_strip((0.0, 0.99, 0.1, 0.2), 2, 0.6, ink).plain == "█▂"


def test_deviations_go_to_their_side(ink) -> None:
    assert deviation_bar(5.0, 2, ink).plain == "  │━━"
    assert deviation_bar(-2.5, 2, ink).plain == " ━│  "
    assert deviation_bar(math.nan, 1, ink).plain == " · "
