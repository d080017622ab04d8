"""A sweep in its folder: begun, gone on with where it stopped, and brought to its table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Literal

from sim.archive.directory import RunDirectory
from sim.errors import DecsimError, RunDirectoryError
from sim.ledger.reader import open_read_only
from sim.machine import files
from sim.sweep.folder import PLAN, check_folders
from sim.sweep.performance import INTERRUPTED, Outcome, Task
from sim.sweep.plan import Plan, Point, plan_of, points_of, read_plan
from sim.sweep.table import Row, read_rows, row_of, write_table
from sim.sweep.workers import check_ray, done_by_ray, done_here, done_in_processes
from sim.text import shown

Executor = Literal["processes", "ray"]


@dataclass(frozen=True, slots=True)
class Result:
    """What a sweep has come to."""

    keys: tuple[str, ...]
    """That were varied."""
    rows: list[Row]
    """In the order of the plan; only of runs that have ended."""
    runs: int
    """That there are to be."""

    @property
    def failed(self) -> int:
        """Runs with an error."""
        return sum(bool(row["error"]) for row in self.rows)


def run_sweep(
    plan: Plan,
    folder: Path,
    jobs: int,
    executor: Executor,
    stop: Event,
    on_run: Callable[[int, int], None] = lambda done, runs: None,
) -> Result:
    """Do what is left to do of a sweep.

    Args:
        plan: what; nothing is written before every run of it is known to be usable.
        folder: where; new, empty, or with this very sweep.
        jobs: runs at once.
        executor: where they are done.
        stop: set it to stop after the steps that are under way.
        on_run: called with the number of runs that have ended, and of all.

    Raises:
        InputError: the plan or the folder is unusable, or Ray is missing.
        ExecutorError: Ray cannot be reached.
    """
    if executor == "ray":
        check_ray()
    points = points_of(plan)
    _prepare(folder, plan)
    check_folders(folder, points)
    keys = tuple(plan.vary)
    rows = _finished(folder, points)
    tasks = [
        Task(p.name, p.loaded, folder / p.name, plan.steps) for p in points if p.name not in rows
    ]
    by_name = {point.name: point for point in points}
    on_run(len(rows), len(points))
    for outcome in _outcomes(tasks, jobs, executor, stop):
        if outcome.error == INTERRUPTED:
            continue
        rows[outcome.name] = row_of(by_name[outcome.name], outcome.measures, outcome.error)
        write_table(folder, _ordered(rows, points), keys)
        on_run(len(rows), len(points))
    ordered = _ordered(rows, points)
    write_table(folder, ordered, keys)
    return Result(keys, ordered, len(points))


def _outcomes(
    tasks: Sequence[Task], jobs: int, executor: Executor, stop: Event
) -> Iterator[Outcome]:
    if not tasks:
        return iter(())
    if executor == "ray":
        return done_by_ray(tasks, jobs, stop)
    if min(jobs, len(tasks)) == 1:
        return done_here(tasks, stop)
    return done_in_processes(tasks, min(jobs, len(tasks)), stop)


def _ordered(rows: dict[str, Row], points: Sequence[Point]) -> list[Row]:
    return [rows[point.name] for point in points if point.name in rows]


def _prepare(folder: Path, plan: Plan) -> None:
    """Make the folder with its plan, or see that it is of this one."""
    text = plan.text()
    try:
        if (folder / PLAN).exists():
            if plan_of(read_plan(folder / PLAN), PLAN).text() != text:
                raise RunDirectoryError(
                    f"--out: {shown(folder)}: is a sweep of another plan (see {PLAN} there),"
                    " expected a new folder"
                )
            return
        if folder.exists() and any(folder.iterdir()):
            raise RunDirectoryError(
                f"--out: {shown(folder)}: is neither empty nor a sweep, expected a new folder"
            )
        folder.mkdir(mode=files.PRIVATE_FOLDER, parents=True, exist_ok=True)
        files.write_whole(folder / PLAN, text)
    except OSError as error:
        raise RunDirectoryError(
            f"--out: {shown(folder)}: cannot be a folder of runs ({error.strerror})"
        ) from None


def _finished(folder: Path, points: Sequence[Point]) -> dict[str, Row]:
    """The rows of the runs that are done, as far as their records are still what they were."""
    _, rows = read_rows(folder)
    known = {point.name: point for point in points}
    return {
        str(row["run"]): row
        for row in rows
        if row.get("run") in known
        and not row.get("error")
        and row.get("head") == _head(folder / str(row["run"]))
    }


def _head(path: Path) -> str:
    try:
        with closing(open_read_only(RunDirectory.open(path).ledger_file)) as reader:
            return reader.head().hex()
    except DecsimError:
        return ""
