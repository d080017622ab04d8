"""Makes the laboratory importable, and Ray available where it is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_ray import FakeRay

sys.path[:0] = [str(Path(__file__).parent.parent)]


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of five agents: a small population then has several."""
    monkeypatch.setattr("sim.model.SHARD_SIZE", 5)


@pytest.fixture
def fake_ray(monkeypatch: pytest.MonkeyPatch) -> FakeRay:
    """Ray in this process: the same calls, serialised the same way, and workers that can be killed
    at any moment."""
    fake = FakeRay()
    monkeypatch.setattr("sim.execution.ray_session.connect", lambda address, workers: fake)
    monkeypatch.setattr("sim.execution.ray_session.disconnect", fake.disconnect)
    return fake


@pytest.fixture(scope="session")
def real_ray() -> Iterator[None]:
    """A Ray on this machine for all tests that need one."""
    pytest.importorskip("ray")
    from sim.execution import ray_session

    ray_session.connect("", 2)
    yield
    ray_session.disconnect()
