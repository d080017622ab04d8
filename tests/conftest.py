"""Fixtures for all tests. What several folders share lies here, on the path of all tests."""

from __future__ import annotations

import gc
import os
import signal
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from shutil import disk_usage

import pytest
from fake_ray import FakeRay
from laboratory import loaded
from textual import constants
from waiting import PATIENCE, MakeEngine

from sim.commands import Steering
from sim.config.parameters import Value
from sim.engine.engine import Engine
from sim.machine.capacity import processors

pytest.register_assert_rewrite("sim.contracts")
# Hundreds of processes are started, and each would compile all modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Ledgers wait for the disk at every step, in vain: what a killed process has written, the system
# keeps, and no test turns the machine off.
MEMORY, ENOUGH = Path("/dev/shm"), 6 << 30
if (
    MEMORY.is_mount()
    and os.access(MEMORY, os.W_OK)
    and disk_usage(MEMORY).free > ENOUGH
    # An environment that a test makes there has to start, a device to answer.
    and not os.statvfs(MEMORY).f_flag & (getattr(os, "ST_NOEXEC", 0) | getattr(os, "ST_NODEV", 0))
):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
# Under nohup and in a shell's background a signal is ignored, and the app leaves it so.
for number, usual in (
    (signal.SIGHUP, signal.SIG_DFL),
    (signal.SIGINT, signal.default_int_handler),
):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)


def pytest_xdist_auto_num_workers() -> int:
    """More than processors: a test of the screen waits most of its time until nothing moves."""
    return processors() + min(processors(), 4)


@pytest.fixture(autouse=True, scope="module")
def lasting_objects() -> None:
    """What is there when a module of tests begins, stays: engines and apps look for garbage often,
    and need not look at the modules and pictures of all tests before."""
    gc.collect()
    gc.freeze()


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


@pytest.fixture
def make_engine(tmp_path: Path) -> Iterator[MakeEngine]:
    """Makes engines on small runs in `run-0`, `run-1`, … under `tmp_path`; all are closed."""
    made: list[Engine] = []

    def make(
        settings: dict[str, Value] | None = None,
        timeline: Iterable[tuple[int, Steering]] = (),
        *,
        steps: int | None = None,
        paused: bool = True,
    ) -> Engine:
        folder = tmp_path / f"run-{len(made)}"
        engine = Engine(loaded(settings, timeline), folder, steps=steps, paused=paused)
        made.append(engine)
        return engine

    yield make
    for engine in made:
        assert engine.close(PATIENCE)


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of five agents: a small population then has several."""
    monkeypatch.setattr("sim.model.blocks.SHARD_SIZE", 5)


@pytest.fixture
def fake_ray(monkeypatch: pytest.MonkeyPatch) -> FakeRay:
    """Ray in this process: the same calls, serialised the same way, and workers that can be killed
    at any moment."""
    fake = FakeRay()
    monkeypatch.setattr("sim.execution.ray_session.connect", lambda address, workers: fake)
    monkeypatch.setattr("sim.execution.ray_session.disconnect", fake.disconnect)
    return fake


@pytest.fixture(scope="session")
def runtime_folder() -> Iterator[Path]:
    """Where sockets lie; short, as their paths must be."""
    with tempfile.TemporaryDirectory(prefix="dt-") as folder:
        yield Path(folder)


@pytest.fixture
def closed_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runtime_folder: Path) -> None:
    """Terminal, colours, folders of the user, locale and animations are the tests' own."""
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
        ("XDG_RUNTIME_DIR", str(runtime_folder)),
        ("DECSIM_SHARED_DIR", str(runtime_folder)),
        ("TEXTUAL_ANIMATIONS", "none"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(constants, "TEXTUAL_ANIMATIONS", "none")
