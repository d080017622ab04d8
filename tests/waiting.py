"""Waiting for what an engine does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable

from sim.engine.engine import Engine
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
