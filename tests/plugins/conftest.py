"""The example package as a distribution on the path, without pip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from example_plugins import EXAMPLE, entry_points, write_distribution

from sim.plugins.catalogue import ALL
from sim.plugins.distributions import refresh
from sim.traffic.files.formats import formats


@pytest.fixture(autouse=True)
def looked_at_anew() -> Iterator[None]:
    """What is installed is looked at anew before and after each test."""
    _look_again()
    yield
    _look_again()


def _look_again() -> None:
    refresh()
    formats.cache_clear()
    for registry in ALL:
        registry.forget()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path for distributions."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def example(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example, as if it were installed."""
    write_distribution(site, "decsim-example", "1.0", entry_points())
    monkeypatch.syspath_prepend(str(EXAMPLE))
    refresh()
    return site
