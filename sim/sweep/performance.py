"""One run of a sweep: begun, continued or only read, and what came out."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sim.archive.directory import RunDirectory
from sim.archive.kept import is_run
from sim.archive.overview import recorded_steps
from sim.config.digest import plan_digest
from sim.config.load import LoadedConfig
from sim.engine.engine import Engine
from sim.engine.resuming import resume_run
from sim.errors import DecsimError, RunDirectoryError
from sim.run.recorded import recorded_summary
from sim.sweep.table import Measure
from sim.text import one_line, shown

MEASURED: Final = ("signatures", "acceptance", "detection", "first_contact", "protection")
"""Parts of a summary that are measures: they depend on no clock and no machine."""
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker has to do."""

    name: str
    loaded: LoadedConfig
    path: Path
    """Of the run directory."""
    steps: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out."""

    name: str
    measures: Mapping[str, Measure] | None = None
    """None where it failed or was interrupted."""
    error: str = ""


INTERRUPTED: Final = "interrupted"
"""The error of a run that was asked to stop; it goes on another time."""


def perform(task: Task, stopping: Callable[[], bool] = lambda: False) -> Outcome:
    """Do a run to its last step; whatever goes wrong with it is in the outcome.

    Args:
        task: what.
        stopping: whether to stop after the present step.
    """
    try:
        summary = _summary(task, stopping)
    except DecsimError as error:
        return Outcome(task.name, error=one_line(str(error), _LONGEST))
    except Exception as error:  # the other runs are not to suffer; a row says what it was
        return Outcome(task.name, error=one_line(f"{type(error).__name__}: {error}", _LONGEST))
    if summary is None:
        return Outcome(task.name, error=INTERRUPTED)
    return Outcome(task.name, measures_of(summary))


def measures_of(summary: Mapping[str, Any]) -> dict[str, Measure]:
    """The measures of a summary by dotted names."""
    ledger = summary["ledger"]
    measures: dict[str, Measure] = {"steps": summary["steps"], "head": ledger["head"]}
    measures |= {"entries": ledger["entries"], "flows_scored": summary["flows_scored"]}
    for part in MEASURED:
        measures |= _flat(part, summary[part])
    return measures


def _flat(name: str, value: Any) -> dict[str, Measure]:
    if not isinstance(value, Mapping):
        return {name: value}
    flat: dict[str, Measure] = {}
    for key, each in value.items():
        flat |= _flat(f"{name}.{key}", each)
    return flat


def _summary(task: Task, stopping: Callable[[], bool]) -> dict[str, Any] | None:
    """The summary of the finished run, or None where it was to stop before."""
    if is_run(task.path) and not (task.path / "ledger.db").exists():
        shutil.rmtree(task.path)  # it never began
    if not is_run(task.path):
        if stopping():
            return None
        engine = Engine(task.loaded, task.path)
        return _driven(engine, engine.open, task, stopping)
    run = RunDirectory.open(task.path)
    if plan_digest(run.load()) != plan_digest(task.loaded):
        raise RunDirectoryError(f"{shown(run.path)}: is a run of another plan")
    if (recorded_steps(run) or 0) >= task.steps:
        return recorded_summary(run)
    return _driven(resume_run(run.path), lambda: None, task, stopping)


def _driven(
    engine: Engine, begin: Callable[[], None], task: Task, stopping: Callable[[], bool]
) -> dict[str, Any] | None:
    def watch(_step: int) -> None:
        if stopping():
            engine.request_stop()

    try:
        begin()
        engine.run_directory.set_goal(task.steps)
        engine.run(task.steps - engine.snapshot.step, watch)
        summary = engine.summary()
    finally:
        engine.close()
    return None if stopping() and int(str(summary["steps"])) < task.steps else summary
