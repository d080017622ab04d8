"""Calling the command line in-process, and a stand-in for the engine."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from sim.archive.directory import RunDirectory
from sim.config.load import LoadedConfig
from sim.errors import RunDirectoryError
from tui.cli import main


@dataclass
class Result:
    code: int
    out: str
    err: str


def call(*arguments: str) -> Result:
    """`decsim-tui` with these arguments."""
    out, err = io.StringIO(), io.StringIO()
    umask = os.umask(0o022)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(arguments)
    finally:
        os.umask(umask)
    return Result(code, out.getvalue(), err.getvalue())


def assert_one_error_line(result: Result) -> None:
    assert result.code == 2, result
    assert result.out == ""
    assert result.err.startswith("decsim-tui: error: ")
    assert result.err.endswith("\n")
    assert result.err.count("\n") == 1, result.err
    assert result.err.rstrip("\n").isprintable(), result.err


@dataclass
class FakeEngine:
    """Counts steps instead of computing them."""

    loaded: LoadedConfig
    path: Path | None = None
    directory: RunDirectory | None = None
    done: int = 0
    closed: bool = False
    stop: bool = False
    during: Callable[[int], None] = lambda step: None
    steps_asked: list[int] = field(default_factory=list)

    def open(self, steps: int | None = None) -> None:
        self.directory = RunDirectory.create(self.loaded, self.path)
        self.directory.ledger_file.touch()

    @property
    def run_directory(self) -> RunDirectory:
        if self.directory is None:
            raise RunDirectoryError("not made yet")
        return self.directory

    @property
    def snapshot(self) -> SimpleNamespace:
        return SimpleNamespace(step=self.done)

    def run(self, steps: int, on_step: Callable[[int], None] | None = None) -> None:
        self.steps_asked.append(steps)
        for _ in range(steps):
            if self.stop:
                return
            self.done += 1
            self.during(self.done)
            if on_step is not None:
                on_step(self.done)

    def request_stop(self) -> None:
        self.stop = True

    def close(self, timeout: float | None = None) -> bool:
        self.closed = True
        return True

    def summary(self) -> dict[str, object]:
        quality = {"precision": 0.5, "recall": None, "f1": 0.25, "false_positive_rate": 0.0123}
        return {
            "run_dir": str(self.run_directory.path),
            "run_id": self.run_directory.run_id,
            "seed": self.loaded.config.simulation.seed,
            "steps": self.done,
            "agents": self.loaded.config.simulation.agents,
            "executor": "sequential",
            "workers": 1,
            "wall_s": 0.5,
            "steps_per_s": float("inf"),
            "flows_scored": 640,
            "ledger": {"entries": 3, "head": "ab" * 32},
            "signatures": {
                "published": 3,
                "accepted": 1,
                "rejected": 1,
                "expired": 0,
                "pending": 1,
            },
            "acceptance": {"attack": 1.0, "false_alarm": None, "poison": 0.0},
            "detection": {
                "solo": quality,
                "second_opinion": quality,
                "collective": quality,
                "by_signatures": quality,
            },
            "first_contact": {"flows": 0, "solo": None, "collective": None, "by_signatures": None},
            "protection": {"kinds": 0, "protected": 0, "steps": None, "not_reached": None},
            "attacks": [],
            "cache": {"hits": 1, "misses": 2, "stale": 0, "hit_rate": float("nan")},
            "errors": {"agent.refit": 2},
            "timings": {"observe": 0.1},
        }


@dataclass
class Engines:
    """The stand-in engines that a test made, and how the next ones behave."""

    made: list[FakeEngine] = field(default_factory=list)
    during: Callable[[int], None] = lambda step: None

    def engine(self, loaded: LoadedConfig, path: Path | None = None) -> FakeEngine:
        self.made.append(FakeEngine(loaded, path, during=self.during))
        return self.made[-1]

    def resume_run(self, run_dir: Path, on_progress: Callable[[int], None]) -> FakeEngine:
        directory = RunDirectory.open(run_dir)
        engine = FakeEngine(directory.load(), None, directory, done=self.made[-1].done)
        self.made.append(engine)
        return engine


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str, **content: object) -> None:
    """A module of this name with this content."""
    module = ModuleType(name)
    vars(module).update(content)
    monkeypatch.setitem(sys.modules, name, module)


def tree(folder: Path) -> Sequence[str]:
    """All that is below a folder."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))
