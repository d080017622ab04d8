"""Agents and signatures from near."""

import math
from dataclasses import replace

import pytest
from app_pictures import agent, paused, signature, view
from fake_engine import FakeEngine
from hypothesis import given
from hypothesis import strategies as st
from pilots import seen, until
from textual.widgets import Static

from sim.archive.facts import Published
from sim.commands import InjectAttack, Inspect, SetAdversaries, Targets
from sim.snapshot import AgentState, SignatureDetail, View
from tui.forms.rows import Rows
from tui.messages import InspectAgent, InspectSignature
from tui.panes.grid import GridPane
from tui.screens.agent import AgentInspector
from tui.screens.signature import SignatureInspector
from tui.screens.strips import deviation_bar, number, scales, score_strip, share_bar
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
        assert "Details arrive with the next update" in text(app)
        engine.publish(view=View(agent=agent(17, behaviour="poison")))
        await seen(pilot)
        shown = text(app)
        for words in (
            "▲ alert",
            "column 7, row 1",
            "fitted 4 times",
            "poison",
            "ground truth",
            "0.83",
        ):
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
        assert "Details arrive with the next update" in text(app)


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
        shown = " ".join(text(app).split())
        for words in ("by agent 17 at step 37", "✓ accepted at step 39 right", "88 % ≥ 60 %",
                      "8 : ", "attack (port_scan)", "ground truth"):  # fmt: skip
            assert words in shown, words
        rows = app.screen.query_one(Rows)
        assert [row.plain.split("  weight")[0] for row in rows._rows] == [
            "▸    8 × ■ confirm  anomalous for me (0.93) and sighted 2 steps ago",
            "▸    2 × □ refute   well inside my own normal traffic (0.21)",
            "▸    2 × · abstain  never saw anything near",
        ]
        assert rows.size.height >= 3, "the reasons are in sight on a small terminal, too"
        await pilot.press("escape")
        assert engine.commands[-1] == Inspect()


async def test_the_name_of_an_attack_is_whole_in_the_details(make_app) -> None:
    name = "Infiltration by way of Dropbox, from within, by one that had the key of the house"
    detail = replace(signature(), view=view(attack=name))
    app = make_app(FakeEngine(paused(view=View(signature=detail))))
    async with app.run_test() as pilot:
        await look(app, pilot, InspectSignature(42))
        assert name in " ".join(text(app).split())


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
        assert ["2 ×" in row.plain for row in app.screen.query_one(Rows)._rows] == [True]
        assert "◔ pending expires at step 49" in text(app)


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


async def test_from_a_verdict_to_the_reasons_of_its_votes_in_two_keys(make_app) -> None:
    app = make_app(FakeEngine(paused(view=View(signature=signature()))))
    async with app.run_test(size=(120, 40)) as pilot:
        await look(app, pilot, InspectSignature(42))  # enter on the verdict
        rows = app.screen.query_one(Rows)
        assert "8 × ■ confirm  anomalous for me" in rows._rows[0].plain


async def test_a_reason_opens_to_its_ballots_and_a_ballot_to_its_agent_and_back(make_app) -> None:
    full = signature()
    quiet = replace(full.ballots[0], weight=0.0, cached=True, radius=0.25)
    nowhere = replace(full.ballots[1], radius=0.0)
    detail = replace(full, ballots=(quiet, nowhere, *full.ballots[2:]))
    engine = FakeEngine(paused(view=View(signature=detail)))
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await look(app, pilot, InspectSignature(42))
        rows = app.screen.query_one(Rows)
        assert "1 in quarantine: 0" in rows._rows[0].plain
        assert "1 of 12 judgements would be hits now" in text(app)
        await pilot.press("enter")
        assert len(rows._rows) == 3 + 8
        for words in ("agent 20", "weight 0.00", "was in quarantine", "cache hit", "within 0.25"):
            assert words in rows._rows[1].plain, words
        assert " harmful " in rows._rows[2].plain
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, AgentInspector))
        assert app.screen.agent == 20
        assert engine.commands[-1] == Inspect(agent=20)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SignatureInspector))
        await until(pilot, lambda: engine.commands[-1] == Inspect(signature=42))
        await pilot.press("v")
        assert len(rows._rows) == 3 + 12
        await pilot.press("v", "a")
        await until(pilot, lambda: isinstance(app.screen, AgentInspector))
        assert app.screen.agent == detail.view.publisher


async def test_a_row_that_is_cut_says_so_and_is_told_whole_below(make_app) -> None:
    full = signature()
    quiet = replace(full.ballots[0], weight=0.0, reason="lies well inside my normal traffic")
    detail = replace(full, ballots=(quiet, *full.ballots[1:]))
    app = make_app(FakeEngine(paused(view=View(signature=detail))))
    async with app.run_test(size=(56, 30)) as pilot:
        await look(app, pilot, InspectSignature(42))
        rows, says = app.screen.query_one(Rows), app.screen.query_one("#says")
        place = next(n for n, row in enumerate(rows._rows) if "lies well inside" in row.plain)
        rows.cursor = place
        await pilot.pause()
        assert "quarantine" not in rows.render_line(place).text
        assert "1 in quarantine: 0" in str(says.render())
        before = text(app)
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert text(app) != before, "it is as wide as there is room"
        rows.cursor = (place + 1) % 3
        await pilot.pause()
        assert str(says.render()) == "", "what is seen whole is not said again"


async def test_features_are_told_as_distance_from_the_publishers_normal(make_app) -> None:
    full = signature()
    far = replace(full, deviations=tuple(float(i) for i in range(len(full.centre))))
    app = make_app(FakeEngine(paused(view=View(signature=far))))
    async with app.run_test(size=(120, 40)) as pilot:
        await look(app, pilot, InspectSignature(42))
        shown = text(app)
        last = len(full.centre) - 1
        assert f"From the normal of agent {full.view.publisher}" in shown
        first = shown.split("From the normal of agent")[1].splitlines()[1]
        assert first.startswith(full.centre[last][0])
        assert f"+{last:.1f}σ" in first


async def test_an_agents_history_signatures_and_ballots_lead_on(make_app) -> None:
    engine = FakeEngine(paused(view=View(agent(17, ballots=((42, "CONFIRM"), (40, "REFUTE"))))))
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        app.book.signatures.publish(42, 37, Published(17, 9, 0.9, ()))
        app.book.signatures.publish(40, 36, Published(5, 9, 0.9, ()))
        await look(app, pilot, InspectAgent(17))
        shown = text(app)
        assert shown.count("s40 to s40") == 2, "score and trust"
        rows = app.screen.query_one(Rows)
        assert [" ".join(row.plain.split()[:2]) for row in rows._rows] == [
            "published #42", "confirmed #42", "refuted #40",
        ]  # fmt: skip
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, SignatureInspector))
        assert app.screen.signature == 42


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("i", InjectAttack("port_scan", targets=Targets(agents=(17,)))),
        ("a", SetAdversaries("flip_votes", Targets(agents=(17,)))),
    ],
)
async def test_an_agent_is_acted_on_from_its_view(make_app, key, command) -> None:
    engine = FakeEngine(paused(view=View(agent(17))))
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await look(app, pilot, InspectAgent(17))
        await pilot.press(key)
        await until(pilot, lambda: not isinstance(app.screen, AgentInspector))
        await pilot.press("enter")
        await until(pilot, lambda: command in engine.commands)


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


@pytest.mark.parametrize(
    ("deviation", "read"),
    [(-0.01, "0.0σ"), (0.04, "0.0σ"), (-0.4, "-0.4σ"), (12.0, "+12.0σ"), (float("nan"), "")],
)
def test_next_to_nothing_has_no_direction(deviation, read) -> None:
    assert scales(deviation, "σ") == read


@pytest.mark.parametrize(("features", "whole"), [(8, True), (60, False)])
async def test_all_features_are_listed_where_there_is_room(make_app, features, whole) -> None:
    detail = replace(
        signature(), centre=tuple((f"column_{n}", 1.0, 0.1) for n in range(features)),
        deviations=tuple(float(n) for n in range(features)),
    )  # fmt: skip
    app = make_app(FakeEngine(paused(view=View(signature=detail))))
    async with app.run_test(size=(120, 40)) as pilot:
        await look(app, pilot, InspectSignature(detail.view.id))
        await seen(pilot)
        lines = text(app).splitlines()
        found = sum("column_" in line for line in lines)
        assert found == features if whole else 6 < found < features
        assert (f"and {features - found} features nearer to it" in text(app)) is not whole
        assert app.screen.query_one(Rows).region.bottom <= app.screen.query_one("#foot").region.y
