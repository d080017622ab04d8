"""Shuts the world out, and builds the app over a fake engine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from fake_engine import FakeEngine

from sim.config.load import LoadedConfig
from sim.config.schema import Config, UiSection
from tui.app import DecsimApp


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("NO_COLOR", "COLUMNS", "LINES", "TEXTUAL", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none", raising=False)
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))


MakeApp = Callable[..., DecsimApp]


@pytest.fixture
def make_app() -> MakeApp:
    def make(engine: FakeEngine, **options: object) -> DecsimApp:
        ui = options.pop("ui", UiSection(refresh_hz=30))
        config = options.pop("config", LoadedConfig(config=Config(), sources={}))
        return DecsimApp(engine, ui=ui, config=config, **options)  # type: ignore[arg-type]

    return make
