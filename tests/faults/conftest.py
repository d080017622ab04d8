"""Engines on small runs, always closed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "engine"))
sys.path.insert(0, str(Path(__file__).parent.parent / "cli"))

from laboratory import loaded
from waiting import PATIENCE, MakeEngine

from sim.commands import Steering
from sim.config.parameters import Value
from sim.engine import Engine


@pytest.fixture
def make_engine(tmp_path: Path) -> Iterator[MakeEngine]:
    """Makes engines with run directories `run-0`, `run-1`, … under `tmp_path`."""
    made: list[Engine] = []

    def make(
        settings: dict[str, Value] | None = None,
        timeline: Iterable[tuple[int, Steering]] = (),
        *,
        steps: int | None = None,
        paused: bool = True,
    ) -> Engine:
        folder = tmp_path / f"run-{len(made)}"
        engine = Engine(loaded(settings, timeline), folder, steps=steps, paused=paused)
        made.append(engine)
        return engine

    yield make
    for engine in made:
        assert engine.close(PATIENCE)
