"""Any keys in any order leave the app alive, and what it asks for can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from fake_engine import FakeEngine
from laboratory import loaded
from pictures import busy, faulted

from sim.commands import Control, from_payload, kind_of, to_payload
from sim.config.schema import UiSection
from sim.engine.engine import Engine
from sim.ledger.verify import verify
from sim.run.replay import replay_run
from sim.snapshot import Snapshot
from tui.actions import ACTIONS
from tui.app import DecsimApp

LEAVING = {"q", "ctrl+q", "ctrl+c"}
KEYS = sorted({key for action in ACTIONS for key in action.keys} - LEAVING)
MOVING = (
    "up",
    "down",
    "left",
    "right",
    "tab",
    "enter",
    "escape",
    "home",
    "end",
    "j",
    "k",
    "x",
    "5",
)
SEQUENCES = 40
LENGTH = 20


def sequence(seed: int) -> Iterator[str]:
    random = Random(f"keys {seed}")
    for _ in range(LENGTH):
        yield random.choice(KEYS) if random.random() < 0.5 else random.choice(MOVING)


def _picture(seed: int) -> Snapshot:
    """Something to look at; the tickets in the journal are to be the fake engine's own."""
    return replace(faulted() if seed % 4 == 3 else busy(), journal=())


@pytest.mark.parametrize(
    "first", [0, *(pytest.param(n, marks=pytest.mark.long) for n in range(4, SEQUENCES, 4))]
)
async def test_any_keys_over_a_fake_engine(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + 4):
        engine = FakeEngine(_picture(seed), acknowledge=True)
        app = DecsimApp(engine, ui=UiSection(refresh_hz=30), config=loaded())
        async with app.run_test(size=(100, 32)) as pilot:
            for key in sequence(seed):
                await pilot.press(key)
            assert app.is_running, seed
        for command in engine.commands:
            if not isinstance(command, Control):
                again = from_payload(kind_of(command), to_payload(command))
                assert again == command, seed


@pytest.mark.live
@pytest.mark.parametrize("seed", range(100, 102))
async def test_any_keys_over_a_real_run_that_is_replayed(seed: int, tmp_path: Path) -> None:
    small = {"simulation.agents": 9, "detection.window": 64, "detection.min_window": 16}
    configuration = loaded(small)
    engine = Engine(configuration, tmp_path / "run", paused=True)
    app = DecsimApp(engine, ui=UiSection(refresh_hz=30), config=configuration)
    async with app.run_test(size=(100, 32)) as pilot:
        for key in sequence(seed):
            # A run that goes on by itself keeps the pilot waiting.
            await pilot.press("s" if key == "space" else key)
        assert app.is_running
    assert engine.close(20.0)
    run = engine.run_directory
    assert verify(run.ledger_file).ok
    assert replay_run(run.path).ok
