"""A run that nobody watches: it goes on for a while, and then ends with a checkpoint."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from waiting import MakeEngine, wait_for

from sim.archive.directory import RunDirectory
from sim.archive.overview import recorded_steps
from sim.host import serve
from sim.host.address import address_of
from sim.host.line import Line
from sim.host.messages import PROTOCOL, Detach, Hello, own_version
from sim.snapshot import RunState

HOUR = 3600.0


@pytest.fixture
def own_signals() -> Iterator[None]:
    """The handlers as they were: an engine's process has its own."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_it_ends_by_itself_with_a_checkpoint(
    make_engine: MakeEngine,
    closed_world: None,
    own_signals: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = {"simulation.linger": 0.2 / HOUR, "simulation.steps_per_second": 50.0}
    engine = make_engine(settings, paused=False)
    caplog.set_level(logging.INFO)
    near, far = socket.socketpair()
    left_at = []

    def leave() -> None:
        left_at.append(wait_for(engine, lambda s: s.step >= 3).step)
        Line(near).send(Detach())

    viewer = threading.Thread(target=leave)
    viewer.start()
    serve._run(engine, Line(far), Hello(PROTOCOL, own_version()), None)
    viewer.join()
    assert engine.ended and engine.snapshot.state is RunState.STOPPED
    run = RunDirectory.open(Path(engine.snapshot.run_dir))
    assert not run.locked().taken
    assert not address_of(run.path).exists()
    assert "nobody has watched" in caplog.text, "who comes back is told why"
    last = engine.snapshot.step
    assert last > left_at[0], "it went on for a while"
    assert last == recorded_steps(run)
    assert f"step-{last}" in [path.stem for path in run.checkpoints.iterdir()]


@pytest.mark.parametrize(
    ("viewers", "alone", "lost", "state", "over"),
    [
        (0, 23.9 * HOUR, False, RunState.RUNNING, False),
        (0, 24.1 * HOUR, False, RunState.RUNNING, True),
        (0, 24.1 * HOUR, False, RunState.PAUSED, True),
        (1, 24.1 * HOUR, False, RunState.RUNNING, False),
        (0, 0.1, False, RunState.FINISHED, True),
        (1, 0.1, False, RunState.FINISHED, False),
        (0, 0.1, False, RunState.FAILED, True),
        (0, 0.1, True, RunState.RUNNING, True),
    ],
)
@pytest.mark.parametrize("on_hangup", ["detach", "end"])
def test_a_day_is_waited_for_somebody(
    viewers: int, alone: float, lost: bool, state: RunState, over: bool, on_hangup: str
) -> None:
    """Who goes without a word ends the run only where the configuration says so."""
    board = SimpleNamespace(viewers=viewers, alone=alone, listens=True, lost=lost)
    engine = SimpleNamespace(
        snapshot=SimpleNamespace(state=state),
        linger=24 * HOUR,
        outlives_its_screen=on_hangup == "detach",
    )
    expected = over and not (lost and on_hangup == "detach")
    assert serve._abandoned(cast(Any, engine), cast(Any, board)) is expected
