"""On a large terminal what is marked is shown from near beside the panes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from app_pictures import agent, signature
from fake_engine import FakeEngine
from pictures import busy
from pilots import seen, until

from sim.archive.facts import Published
from sim.commands import Inspect
from sim.snapshot import View
from tui.panes.inspector import InspectorPane


def text(app) -> str:
    return "\n".join(strip.text for strip in app.dashboard.query_one(InspectorPane)._built())


def publish(app) -> None:
    for seq in (40, 42):
        app.book.signatures.publish(seq, 37, Published(17, 9, 0.9, ()))


async def test_the_marked_signature_is_asked_for_and_shown(make_app) -> None:
    engine = FakeEngine(busy())
    app = make_app(engine)
    async with app.run_test(size=(200, 60)) as pilot:
        await seen(pilot)
        publish(app)
        await until(pilot, lambda: engine.commands[-1:] == [Inspect(agent=0)])
        await pilot.press("3")
        await until(pilot, lambda: engine.commands[-1:] == [Inspect(signature=42)])
        await pilot.press("down")
        await until(pilot, lambda: engine.commands[-1:] == [Inspect(signature=40)])
        detail = replace(signature(), view=replace(signature().view, id=40))
        engine.publish(view=View(signature=detail))
        await seen(pilot)
        assert "8 × ■ confirm" in text(app)
        assert "From the normal of agent 17" in text(app)
        inspector, knobs = app.dashboard.query_one(InspectorPane), app.dashboard.knobs
        assert inspector.border_title == "Signature #40"
        assert knobs.region.y == inspector.region.bottom, "knobs below"
        assert inspector.region.x > app.dashboard.grid.region.right, "at the right"


async def test_the_agent_under_the_cursor_is_followed(make_app) -> None:
    engine = FakeEngine(busy())
    app = make_app(engine)
    async with app.run_test(size=(200, 60)) as pilot:
        await seen(pilot)
        await pilot.press("1", "right")
        await until(pilot, lambda: engine.commands[-1:] == [Inspect(agent=1)])
        engine.publish(view=View(agent=agent(1)))
        await seen(pilot)
        assert app.dashboard.query_one(InspectorPane).border_title == "Agent 1"
        assert "from its normal" in text(app)


async def test_an_inspector_in_front_and_the_dock_do_not_take_each_others_details(make_app) -> None:
    engine = FakeEngine(busy())
    app = make_app(engine)
    async with app.run_test(size=(200, 60)) as pilot:
        await seen(pilot)
        publish(app)
        await pilot.press("3")
        await until(pilot, lambda: engine.commands[-1:] == [Inspect(signature=42)])
        app.dialogs.agent(7)
        await until(pilot, lambda: engine.commands[-1:] == [Inspect(agent=7)])
        await pilot.press("escape")
        await until(pilot, lambda: engine.commands[-1:] == [Inspect(signature=42)])


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (300, 20)])
async def test_where_there_is_no_room_nothing_is_asked_for(make_app, size) -> None:
    engine = FakeEngine(busy())
    app = make_app(engine)
    async with app.run_test(size=size) as pilot:
        await seen(pilot)
        publish(app)
        await pilot.press("3", "down", "1", "right")
        await pilot.pause()
        assert engine.commands == []
        assert not app.dashboard.query_one(InspectorPane).is_on_screen
