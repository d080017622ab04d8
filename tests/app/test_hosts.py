"""The same keys over an engine in a thread of the app, and over one in a process of its own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from laboratory import SCAN, head_of, loaded
from textual.pilot import Pilot
from waiting import PATIENCE

from sim.engine.engine import Engine
from sim.host.remote import RemoteEngine
from sim.ledger.verify import verify
from sim.snapshot import RunState
from tui.app import DecsimApp
from tui.command_line.opening import _resumed

STEPS = 4
TIMELINE = [(3, SCAN)]


async def reached(pilot: Pilot[Any], app: DecsimApp, step: int) -> None:
    """Wait until the screen shows this step, paused."""
    until = time.monotonic() + 3 * PATIENCE  # a busy machine loads an engine slowly
    while True:
        app.poll()
        shot = app.dashboard.snapshot
        if shot.step == step and shot.state is RunState.PAUSED:
            return
        assert time.monotonic() < until, (step, shot.state, shot.cause)
        await pilot.pause(0.02)


@pytest.mark.parametrize("host", ["thread", "process"])
async def test_the_same_screen_and_the_same_ledger(make_app, host: str, tmp_path: Path) -> None:
    settings = {"simulation.steps_per_second": 0.0, "ui.on_hangup": "end"}
    configuration = loaded(settings, TIMELINE)
    make = Engine if host == "thread" else RemoteEngine.new
    engine = make(configuration, tmp_path / "run", paused=True)
    app: DecsimApp = make_app(engine, config=configuration)
    try:
        async with app.run_test(size=(100, 32)) as pilot:
            await reached(pilot, app, 0)
            for step in range(1, STEPS + 1):
                await pilot.press("s")
                await reached(pilot, app, step)
            shot = app.dashboard.snapshot
            assert shot.performance.ledger_head == head_of({}, STEPS, {}, TIMELINE)
            assert [attack.kind for attack in shot.attacks] == ["port_scan"]
            await pilot.press("q")  # else the run would outlive its screen
    finally:
        assert engine.close(PATIENCE)
    assert verify(tmp_path / "run" / "ledger.db").ok


def test_a_run_in_a_thread_of_the_app_is_resumed_in_one(tmp_path: Path) -> None:
    engine = Engine(loaded({"simulation.host": "thread"}), tmp_path / "run")
    engine.open()
    engine.run(2)
    engine.close()
    configuration = engine.run_directory.load()
    again = _resumed(configuration, tmp_path / "run", lambda step: None, group=None)
    try:
        assert isinstance(again, Engine) and again.snapshot.step == 2
    finally:
        assert again.close(PATIENCE)
