"""A recorded run, files outside of it that must stay as they are, and a clock."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_harness import call
from victims import Victim

PATIENCE = 30
"""Seconds after which a command counts as hanging."""


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of eight steps with two checkpoints and a journal."""
    home = tmp_path_factory.mktemp("recorded")
    result = call(
        *("run", "--steps", "8", "--agents", "6", "--quiet", "--run-dir", str(home / "run")),
        *("--set", "simulation.checkpoint_interval=4", "--scenario", "port-scan"),
    )
    assert result.code == 0, result
    return home / "run"


@pytest.fixture
def victim(recorded: Path, tmp_path: Path) -> Victim:
    """A copy of the run to be spoiled."""
    run, outside = tmp_path / "run", tmp_path / "outside"
    shutil.copytree(recorded, run)
    (outside / "folder").mkdir(parents=True)
    (outside / "thesis.txt").write_text("three years of work\n")
    shutil.copy(recorded / "ledger.db", outside / "other.db")
    for step in (1, 2, 3, 4):
        shutil.copy(
            recorded / "checkpoints" / "step-8.npz", outside / "folder" / f"step-{step}.npz"
        )
    return Victim(run, outside)


@pytest.fixture(autouse=True)
def no_hanging() -> Iterator[None]:
    """A command that waits for ever fails its test."""

    def give_up(*_: object) -> None:
        raise TimeoutError("the command hangs")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def no_alarm(no_hanging: None) -> None:
    """A test that takes its time on purpose."""
    signal.alarm(0)
