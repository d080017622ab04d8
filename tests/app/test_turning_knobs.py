"""Knobs by the arrow keys in the app."""

from __future__ import annotations

from dataclasses import replace

from fake_engine import FakeEngine
from pictures import busy, settings
from pilots import seen, until

from sim.commands import Inspect, SetParameter, Withdraw
from sim.config.load import LoadedConfig
from sim.config.schema import Config
from sim.snapshot import Preview, View


def text(app) -> str:
    return "\n".join(strip.text for strip in app.dashboard.knobs._built())


def steered(engine) -> list:
    return [c for c in engine.commands if not isinstance(c, Inspect)]


async def test_a_threshold_is_nudged_with_two_keys(make_app) -> None:
    engine = FakeEngine(replace(busy(), parameters=settings(detection__threshold=0.6), pending=()))
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("6", "right")
        await until(pilot, lambda: steered(engine))
        assert steered(engine) == [SetParameter("detection.threshold", 0.61)]


async def test_many_presses_are_one_command_and_what_waits_is_replaced(make_app) -> None:
    engine = FakeEngine(replace(busy(), parameters=settings(detection__threshold=0.6), pending=()))
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("6", "right", "right", "L")
        await pilot.pause()
        assert "0.6 → 0.72" in text(app)
        await until(pilot, lambda: steered(engine))
        await seen(pilot)
        assert "0.6 → 0.72" in text(app), "still waits"
        await pilot.press("left")
        await until(pilot, lambda: len(steered(engine)) == 3)
        first, second, third = steered(engine)
        assert first == SetParameter("detection.threshold", 0.72)
        assert isinstance(second, Withdraw)
        assert third == SetParameter("detection.threshold", 0.71)
        await seen(pilot)
        await pilot.press("H", "left")
        await until(pilot, lambda: len(steered(engine)) == 4)
        await seen(pilot)
        assert isinstance(steered(engine)[3], Withdraw), "back where it is: nothing to ask"
        assert engine.picture.pending == ()
        assert "→" not in text(app)


async def test_what_it_would_have_done_is_asked_of_the_engine_and_shown(make_app) -> None:
    engine = FakeEngine(replace(busy(), parameters=settings(detection__threshold=0.6), pending=()))
    app = make_app(engine)
    async with app.run_test(size=(200, 60)) as pilot:
        await seen(pilot)
        app.dashboard.zoom("parameters")
        await pilot.pause()
        await pilot.press("right")
        asked = ("detection.threshold", 0.61)
        await until(pilot, lambda: asked in [(c.knob, c.value) for c in engine.given(Inspect)])
        engine.publish(view=View(preview=Preview("detection.threshold", 0.61, 18, 3, 1000)))
        await seen(pilot)
        assert "would flag 1.8 % of the last step's flows (now 0.3 %)" in text(app)
        app.dashboard.zoom(None)
        app.dashboard.focus_named("grid")
        await until(pilot, lambda: engine.given(Inspect)[-1].knob == "")


async def test_the_difference_to_the_scenario_is_listed(make_app) -> None:
    begun = Config()
    begun.consensus.quorum = 0.7
    values = settings(consensus__quorum=0.8, detection__threshold=0.5)
    app = make_app(
        FakeEngine(replace(busy(), parameters=values)), config=LoadedConfig(begun, sources={})
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("6", "D")
        await pilot.pause()
        rows = [row.key for row in app.dashboard.knobs.listed if row.selectable]
        assert rows == ["detection.threshold", "consensus.quorum"]
        assert "began with 0.7" in text(app)
        await pilot.press("D")
        assert len(app.dashboard.knobs.listed) > 20


async def test_only_exceptions_say_when_they_take_effect(make_app) -> None:
    app = make_app(FakeEngine(busy()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        app.dashboard.zoom("parameters")
        await pilot.press("V")
        await pilot.pause()
        shown = text(app)
        assert "next step" not in shown
        assert "restart" in shown


async def test_a_dot_turns_the_knob_as_far_again(make_app) -> None:
    engine = FakeEngine(replace(busy(), parameters=settings(detection__threshold=0.6), pending=()))
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("6", "right", "right")
        await until(pilot, lambda: steered(engine))
        await seen(pilot)
        await pilot.press("full_stop")
        await seen(pilot)
        first, second, third = steered(engine)
        assert first == SetParameter("detection.threshold", 0.62)
        assert isinstance(second, Withdraw)
        assert third == SetParameter("detection.threshold", 0.64)
        engine.publish(parameters=settings(detection__threshold=1.0), pending=())
        await seen(pilot)
        await pilot.press("full_stop")
        assert len(steered(engine)) == 3
        assert "1 already" in app.book.story.lines[-1].text
