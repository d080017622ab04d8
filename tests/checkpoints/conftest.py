"""Makes the laboratory and the fake Ray importable, and cuts populations into several shards."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "execution"))

from fake_ray import FakeRay


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of five agents: a small population then has several."""
    monkeypatch.setattr("sim.model.SHARD_SIZE", 5)


@pytest.fixture
def fake_ray(monkeypatch: pytest.MonkeyPatch) -> FakeRay:
    """Ray in this process: the same calls, serialised the same way."""
    fake = FakeRay()
    monkeypatch.setattr("sim.execution.ray_session.connect", lambda address, workers: fake)
    monkeypatch.setattr("sim.execution.ray_session.disconnect", fake.disconnect)
    return fake
