"""Shuts the world out, and builds the app over a fake engine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual import constants

from sim.config.load import LoadedConfig
from sim.config.schema import Config, UiSection
from tui.app import DecsimApp
from tui.themes import ThemeShelf, load_themes

# `tests` is no package: what several of its folders share is found by name.
sys.path.insert(0, str(Path(__file__).parent.parent))

if TYPE_CHECKING:
    from fake_engine import FakeEngine


@pytest.fixture(autouse=True)
def _closed_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TEXTUAL", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (
        ("TERM", "xterm-256color"),
        ("COLUMNS", "80"),
        ("LINES", "24"),
        ("LC_ALL", "C.UTF-8"),
        ("HOME", str(tmp_path)),
        ("XDG_CONFIG_HOME", str(tmp_path / "config")),
        ("XDG_STATE_HOME", str(tmp_path / "state")),
        ("TEXTUAL_ANIMATIONS", "none"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(constants, "TEXTUAL_ANIMATIONS", "none")


MakeApp = Callable[..., DecsimApp]


@pytest.fixture(scope="session")
def shipped_themes() -> ThemeShelf:
    return load_themes()


@pytest.fixture
def make_app(monkeypatch: pytest.MonkeyPatch, shipped_themes: ThemeShelf) -> MakeApp:
    """An app over an engine; with `own_themes` it reads the theme files anew."""

    def make(
        engine: FakeEngine,
        ui: UiSection | None = None,
        config: LoadedConfig | None = None,
        *,
        own_themes: bool = False,
        **options: object,
    ) -> DecsimApp:
        if not own_themes:
            monkeypatch.setattr("tui.dialogs.load_themes", lambda: shipped_themes)
        return DecsimApp(
            engine,
            ui=ui or UiSection(refresh_hz=30),
            config=config or LoadedConfig(config=Config(), sources={}),
            **options,  # type: ignore[arg-type]
        )

    return make
