"""Makes the laboratory importable, and cuts populations into several shards."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of five agents: a small population then has several."""
    monkeypatch.setattr("sim.model.SHARD_SIZE", 5)
