"""Engines in processes of their own, always closed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from laboratory import loaded
from waiting import PATIENCE

from sim.commands import Steering
from sim.config.parameters import Value
from sim.host.remote import RemoteEngine

MakeRemote = Callable[..., RemoteEngine]


@pytest.fixture
def make_remote(tmp_path: Path) -> Iterator[MakeRemote]:
    """Makes remote engines, not started, with run directories `remote-0`, `remote-1`, …"""
    made: list[RemoteEngine] = []

    def make(
        settings: dict[str, Value] | None = None, timeline: Iterable[tuple[int, Steering]] = ()
    ) -> RemoteEngine:
        ended = {"ui.on_hangup": "end", **(settings or {})}
        engine = RemoteEngine.new(loaded(ended, timeline), tmp_path / f"remote-{len(made)}")
        made.append(engine)
        return engine

    yield make
    for engine in made:
        assert engine.close(PATIENCE)
        engine._child._process.wait(PATIENCE)
