"""`w` leads from a stop, a verdict, an alert or an event to its causes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from app_pictures import agent, paused, running
from fake_engine import FakeEngine
from pictures import busy
from pilots import seen, until
from recorded import written

from sim.snapshot import AgentState, ErrorCount, RunState
from tui.forms.rows import Rows
from tui.record.book import Book
from tui.screens.agent import AgentInspector
from tui.screens.agent_why import why
from tui.screens.alarm import AlarmDialog
from tui.screens.pause_cause import PauseCause
from tui.screens.signature import SignatureInspector


async def test_a_fault_is_explained_again_after_its_alarm_was_closed(make_app) -> None:
    app = make_app(FakeEngine(running(state=RunState.FAULT, cause="the disk is full")))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("escape")
        assert app.screen is app.dashboard
        await pilot.press("w")
        assert isinstance(app.screen, AlarmDialog)


async def test_a_condition_leads_to_what_happened_and_on_to_its_causes(make_app) -> None:
    app = make_app(FakeEngine(paused(cause="poison_accepted > 0: poison_accepted is 1")))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        tell = app.book.story.tell
        tell(39, "agent 3 is in quarantine, though honest", "wrong", agent=3)
        tell(40, "poison: #11 #12 and 3 more rejected, 0 : 43", "quiet", signature=11)
        tell(40, "poison: #9 accepted, 4 : 1, by agent 5", "wrong", signature=9)
        await pilot.press("w")
        assert isinstance(app.screen, PauseCause)
        rows = app.screen.query_one(Rows)
        assert [row.plain.split()[0] for row in rows._rows[:3]] == ["s40", "s40", "s39"]
        assert "#9 accepted" in rows._rows[0].plain, "what is wrong goes before routine"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SignatureInspector))
        assert app.screen.signature == 9
        await pilot.press("escape", "down", "down", "w")
        assert isinstance(app.screen, PauseCause), "a dialog keeps its keys"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, AgentInspector))
        assert app.screen.agent == 3


@pytest.mark.parametrize(("pane", "inspector"), [("1", AgentInspector), ("3", SignatureInspector)])
async def test_a_verdict_leads_to_its_votes_and_an_alert_to_its_agent(
    make_app, pane, inspector
) -> None:
    app = make_app(FakeEngine(replace(busy(), state=RunState.RUNNING, cause="")))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        source = written()
        app.book.signatures.__dict__.update(source.signatures.__dict__)
        await pilot.press(pane, "w")
        await until(pilot, lambda: isinstance(app.screen, inspector))


def test_an_agent_says_why_it_is_in_its_state() -> None:
    book = Book()
    shot = paused(errors=(ErrorCount("agent.crash", 3, 30, 38, "injected: the agent stopped"),))
    shot = replace(shot, parameters={**shot.parameters, "signature.min_score": 0.9})

    def said(state: AgentState, **changes: object) -> str:
        return why(agent(state=state, **changes), shot, book.signatures)

    assert said(AgentState.LEARNING, window=20) == (
        "no model yet, as it has 20 of the 64 flows that it needs"
    )
    assert said(AgentState.ALERT, scores=(0.1, 0.95, 0.9)) == (
        "2 of 3 flows score 0.9 or more; furthest from its normal: syn_ratio"
    )
    assert said(AgentState.NORMAL, scores=(0.1, 0.2)) == "no flow scores 0.55 or more"
    assert said(AgentState.ALERT, scores=(0.6, 0.7)) == "2 of 2 flows flagged, none at 0.9"
    assert said(AgentState.QUARANTINED, trust=0.1) == "trust fell to 0.10, below 0.25"
    assert said(AgentState.STOPPED) == "agent.crash at s38: injected: the agent stopped"
