"""Shuts the world out, and builds the app over a fake engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from sim.config.load import LoadedConfig
from sim.config.schema import Config, UiSection
from tui.app import DecsimApp
from tui.theme.themes import ThemeShelf, load_themes

if TYPE_CHECKING:
    from fake_engine import FakeEngine


@pytest.fixture(autouse=True)
def _closed(closed_world: None) -> None:
    """No app looks at the world of whoever runs the tests."""


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
            monkeypatch.setattr("tui.app.load_themes", lambda: shipped_themes)
        return DecsimApp(
            engine,
            ui=ui or UiSection(refresh_hz=30),
            config=config or LoadedConfig(config=Config(), sources={}),
            **options,  # type: ignore[arg-type]
        )

    return make
