"""Engines on small runs, always closed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from laboratory import loaded

from sim.commands import Steering
from sim.config.parameters import Value
from sim.engine import Engine
from sim.snapshot import Snapshot

MakeEngine = Callable[..., Engine]
PATIENCE = 20.0
"""Seconds after which a thing will not happen any more."""


def wait_for(engine: Engine, condition: Callable[[Snapshot], bool]) -> Snapshot:
    """The first snapshot that fulfils a condition."""
    until = time.monotonic() + PATIENCE
    while not condition(snapshot := engine.snapshot):
        assert time.monotonic() < until, (snapshot.state, snapshot.step, snapshot.cause)
        time.sleep(0.005)
    return snapshot


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
