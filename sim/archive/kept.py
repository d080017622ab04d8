"""The runs that are kept on this machine, and which of them is meant by a name."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

from sim.archive.directory import RunDirectory
from sim.config import paths
from sim.errors import RunDirectoryError
from sim.text import nearest, quoted, shown

_SHOWN = 5
"""Most ids that a message names."""


def kept_runs() -> list[RunDirectory]:
    """The run directories in the user's own folder, the one that began last first.

    Nothing in them is opened: whether one can be trusted is seen by who opens it.
    """
    try:
        entries = list(paths.runs().iterdir())
    except OSError:
        return []
    began = [(time, entry.name, entry) for entry in entries if (time := _began(entry)) is not None]
    return [RunDirectory(entry) for _, _, entry in sorted(began, reverse=True)]


def began_at(run: RunDirectory) -> float:
    """When its configuration was written, seconds since the epoch; 0 where there is none."""
    return (_began(run.path) or 0) / 1e9


def find_run(name: str | None) -> RunDirectory:
    """The run that a person means, opened.

    Args:
        name: its directory, its id, the unique beginning of its id, or the last part of its id;
            None is the run that began last.

    Raises:
        RunDirectoryError: there is none of that name or more than one, or it is not fit to open.
    """
    runs = {run.run_id: run for run in kept_runs()}
    if name is None:
        if not runs:
            raise RunDirectoryError("no run is kept on this machine, expected RUN, a run directory")
        return RunDirectory.open(next(iter(runs.values())).path)
    if is_path(name) and is_run(Path(name)):
        return RunDirectory.open(Path(name))
    found = matching(name, list(runs))
    if len(found) == 1:
        return RunDirectory.open(runs[found[0]].path)
    if found:
        raise RunDirectoryError(f"{quoted(name)}: {ambiguous(found)}")
    if not name:
        raise RunDirectoryError("'' is no run, expected a run directory or the id of a run")
    try:
        return RunDirectory.open(Path(name))
    except RunDirectoryError as error:
        raise RunDirectoryError(f"{error}{nearest(name, runs)}") from None


def matching(name: str, ids: Sequence[str]) -> list[str]:
    """The run ids that a name may stand for: itself, else those that begin with it or end in it.

    The last part of an id, behind a hyphen, is what tells runs of one scenario apart.
    """
    if name in ids:
        return [name]
    if not name:
        return []
    begun = [run_id for run_id in ids if run_id.startswith(name)]
    return begun or [run_id for run_id in ids if run_id.rpartition("-")[2] == name]


def ambiguous(ids: Sequence[str]) -> str:
    """What is said where more than one run is meant."""
    names = ", ".join(shown(run_id, 80) for run_id in ids[:_SHOWN])
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return f"{len(ids)} runs are meant, expected one of {names}{more}"


def is_path(name: str) -> bool:
    """Whether a name can be looked for on the disk at all."""
    return bool(name) and "\0" not in name


def is_run(path: Path) -> bool:
    """Whether a run directory lies there."""
    try:
        return (path.expanduser() / "config.yaml").exists()
    except (OSError, RuntimeError, ValueError):
        return False


def _began(folder: Path) -> int | None:
    """When the configuration of a run was written, ns; None for what is no run."""
    if folder.name.startswith("."):
        return None
    try:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            return None
        (folder / "ledger.db").lstat()
        return (folder / "config.yaml").lstat().st_mtime_ns
    except OSError:
        return None
