"""Shuts the world out: terminal, colours, folders of the user, locale, animations."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import constants


@pytest.fixture(autouse=True)
def _closed_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TEXTUAL", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (
        ("TERM", "xterm-256color"),
        ("COLUMNS", "120"),
        ("LINES", "40"),
        ("LC_ALL", "C.UTF-8"),
        ("HOME", str(tmp_path)),
        ("XDG_CONFIG_HOME", str(tmp_path / "config")),
        ("XDG_STATE_HOME", str(tmp_path / "state")),
        ("TEXTUAL_ANIMATIONS", "none"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(constants, "TEXTUAL_ANIMATIONS", "none")
