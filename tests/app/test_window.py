"""The window's title says how the run stands; a bell rings when somebody is needed."""

from __future__ import annotations

import pytest
from app_pictures import paused, running
from fake_engine import FakeEngine
from pilots import seen

from sim.config.schema import UiSection
from sim.snapshot import RunState
from tui.terminal.herald import Herald


def heard(app) -> list[str]:
    written: list[str] = []
    app._herald = Herald(written.append, {"TERM": "xterm-256color"})
    return written


async def test_the_title_says_state_step_and_scenario(make_app) -> None:
    engine = FakeEngine(running(step=1269))
    app = make_app(engine)
    written = heard(app)
    async with app.run_test() as pilot:
        await seen(pilot)
        assert "\x1b]2;decsim ▶ 1,269 quickstart\x07" in written
        engine.publish(state=RunState.PAUSED, step=1270)
        await seen(pilot)
        assert written[-1] == "\x1b]2;decsim ‖ 1,270 quickstart\x07"
        count = len(written)
        for _ in range(3):  # a paused run says nothing more
            await seen(pilot)
        assert len(written) == count
    assert written[0] == "\x1b[22;0t" and written[-1] == "\x1b[23;0t"


@pytest.mark.parametrize("state", [RunState.FAULT, RunState.FAILED, RunState.FINISHED])
@pytest.mark.parametrize("bell", [True, False])
async def test_a_bell_rings_once_for_a_fault_and_for_the_end(make_app, state, bell) -> None:
    engine = FakeEngine(running())
    app = make_app(engine, ui=UiSection(refresh_hz=30, bell=bell))
    written = heard(app)
    async with app.run_test() as pilot:
        await seen(pilot)
        assert "\x07" not in written
        engine.publish(state=state, cause="why")
        for _ in range(3):
            await seen(pilot)
    assert written.count("\x07") == bell
    assert sum(text.startswith("\x1b]9;decsim") for text in written) == bell


async def test_a_pause_rings_no_bell(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    written = heard(app)
    async with app.run_test() as pilot:
        await seen(pilot)
    assert "\x07" not in written


def test_a_console_without_a_window_gets_the_bell_alone() -> None:
    written: list[str] = []
    herald = Herald(written.append, {"TERM": "linux"})
    herald.entitle("decsim", urgent=True)
    herald.call("over")
    herald.end()
    assert written == ["\x07"]


def test_titles_that_differ_by_a_number_come_once_a_second_at_most() -> None:
    written: list[str] = []
    herald = Herald(written.append, {"TERM": "xterm"})
    for step in range(100):
        herald.entitle(f"decsim {step}", urgent=False)
    assert len(written) < 10
