"""The user's own world shut out, and a stand-in engine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_harness import Engines, Result, call, stand_in


@pytest.fixture(autouse=True)
def own_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Home, XDG folders and working directory inside `tmp_path`; no DECSIM_ variables."""
    for name in list(os.environ):
        if name.startswith("DECSIM_"):
            monkeypatch.delenv(name)
    for variable, folder in (
        ("HOME", "home"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CONFIG_HOME", "config"),
    ):
        monkeypatch.setenv(variable, str(tmp_path / folder))
    # Sockets of its own, by a short path: engines of other tests are not for this one to stop.
    for variable in ("XDG_RUNTIME_DIR", "DECSIM_SHARED_DIR"):
        monkeypatch.setenv(variable, tempfile.mkdtemp(prefix="decsim"))
    (tmp_path / "home").mkdir()
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def cli() -> Callable[..., Result]:
    return call


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Engines:
    """Stand-ins in place of `sim.engine.engine` and `sim.engine.resuming`."""
    engines = Engines()
    stand_in(monkeypatch, "sim.engine.engine", Engine=engines.engine)
    stand_in(monkeypatch, "sim.engine.resuming", resume_run=engines.resume_run)
    return engines
