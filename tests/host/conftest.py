"""Engines in processes of their own, always closed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "engine"))

from laboratory import loaded
from waiting import PATIENCE

from sim.commands import Steering
from sim.config.parameters import Value
from sim.engine import Engine
from sim.host.remote import RemoteEngine

MakeRemote = Callable[..., RemoteEngine]
MakeEngine = Callable[..., Engine]


@pytest.fixture
def make_remote(tmp_path: Path) -> Iterator[MakeRemote]:
    """Makes remote engines, not started, with run directories `run-0`, `run-1`, …"""
    made: list[RemoteEngine] = []

    def make(
        settings: dict[str, Value] | None = None, timeline: Iterable[tuple[int, Steering]] = ()
    ) -> RemoteEngine:
        engine = RemoteEngine.new(loaded(settings, timeline), tmp_path / f"run-{len(made)}")
        made.append(engine)
        return engine

    yield make
    for engine in made:
        assert engine.close(PATIENCE)
        engine._child._process.wait(PATIENCE)


@pytest.fixture
def make_engine(tmp_path: Path) -> Iterator[MakeEngine]:
    """Makes engines in this process, paused, with run directories `here-0`, `here-1`, …"""
    made: list[Engine] = []

    def make(settings: dict[str, Value] | None = None) -> Engine:
        engine = Engine(loaded(settings), tmp_path / f"here-{len(made)}", paused=True)
        made.append(engine)
        return engine

    yield make
    for engine in made:
        assert engine.close(PATIENCE)
