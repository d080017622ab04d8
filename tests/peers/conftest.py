"""Makes the laboratory and the benchmark of detection quality importable."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "benchmarks")]


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of five agents: a small population then has several."""
    monkeypatch.setattr("sim.model.SHARD_SIZE", 5)
