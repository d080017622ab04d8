"""The folder of a sweep, as its readers see it: the plan, the table and the runs."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from sim.archive.directory import RunDirectory
from sim.archive.kept import is_run
from sim.errors import RunDirectoryError
from sim.machine import files
from sim.sweep.plan import LARGEST, Point, plan_of, points_of, read_plan
from sim.sweep.table import CSV, JSON, csv_text, json_text, read_rows
from sim.text import quantity, shown

PLAN: Final = "plan.yaml"


def is_sweep(path: Path) -> bool:
    """Whether the folder of a sweep lies there."""
    try:
        return (path / PLAN).exists() and not is_run(path)
    except (OSError, ValueError):
        return False


def points_in(folder: Path) -> list[Point]:
    """The runs that the plan in a folder asks for.

    Raises:
        InputError: there is no usable plan.
    """
    file = folder / PLAN
    return points_of(plan_of(read_plan(file), shown(file)))


def check_folders(folder: Path, points: Iterable[Point]) -> None:
    """Make sure that no run of a sweep lies elsewhere: what is in the folder may be a stranger's.

    Raises:
        RunDirectoryError: a link, or what is no folder, is in the place of one.
    """
    for point in points:
        with suppress(FileNotFoundError):
            files.check_folder(folder / point.name)


def content_of(folder: Path) -> tuple[list[RunDirectory], dict[str, str]]:
    """The runs of a sweep that is done, and its own files by name.

    Raises:
        InputError: it is not done, or something in it is unusable.
    """
    points = points_in(folder)
    check_folders(folder, points)
    keys, rows = read_rows(folder)
    done = {row.get("run") for row in rows if not row.get("error")}
    lacking = [point.name for point in points if point.name not in done]
    if lacking:
        raise RunDirectoryError(
            f"{shown(folder)}: {quantity(len(lacking), 'run')} of {len(points):,} not done"
            f" ({shown(lacking[0])}), expected a sweep that is finished"
        )
    with files.reading(folder / PLAN, largest=LARGEST) as stream:
        plan = stream.read().decode("utf-8")
    beside = {PLAN: plan, JSON: json_text(rows, keys), CSV: csv_text(rows, keys)}
    return [RunDirectory.open(folder / point.name) for point in points], beside
