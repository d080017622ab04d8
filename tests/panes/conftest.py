"""Shuts the world out, on the reference terminal."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _reference(closed_world: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("LINES", "40")
