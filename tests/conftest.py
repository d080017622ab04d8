"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Folder of real traffic files, which are not part of the project; skips where it is absent."""
    root = Path(__file__).resolve().parents[1]
    places = [root.parent / "shared" / "data", root.parents[1] / "shared" / "data"]
    named = os.environ.get("DECSIM_TEST_DATA")
    for place in [Path(named)] if named else places:
        if place.is_dir():
            return place
    pytest.skip("no real traffic files (set DECSIM_TEST_DATA to their folder)")
