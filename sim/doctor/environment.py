"""What this machine offers a run: versions, file systems, executors."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sim.archive.directory import RunDirectory
from sim.config import paths
from sim.doctor.resources import describe_resources
from sim.ledger.filesystem import filesystem_of, journal_for
from sim.machine.capacity import processors

_PACKAGES = ("textual", "mesa", "scikit-learn", "numpy", "apsw", "pydantic", "click")
_OPTIONAL = ("numba", "pyarrow", "ray")


def describe_environment(run_dir: Path | None = None) -> dict[str, Any]:
    """A report in plain data.

    Args:
        run_dir: a run directory to describe, too.

    Raises:
        RunDirectoryError: `run_dir` is none.
    """
    report: dict[str, Any] = {"versions": _versions(), "executors": _executors()}
    report["folders"] = {
        "runs": _folder(paths.runs()),
        "user_config": _folder(paths.user_config()),
        "shipped_config": str(paths.shipped("config")),
        "shipped_themes": str(paths.shipped("themes")),
    }
    report["resources"] = describe_resources(paths.runs())
    if run_dir is not None:
        run = RunDirectory.open(run_dir)
        report["run"] = _folder(run.path) | {"goal": run.goal, "in_use": run.locked().taken}
    return report


def _versions() -> dict[str, str | None]:
    import apsw

    found: dict[str, str | None] = {
        "decsim-tui": _version("decsim-tui"),
        "python": platform.python_version(),
        "sqlite": apsw.sqlite_lib_version(),
    }
    return found | {name: _version(name) for name in (*_PACKAGES, *_OPTIONAL)}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _executors() -> dict[str, Any]:
    return {
        "processors": processors(),
        "sequential": True,
        "threads": True,
        "ray": find_spec("ray") is not None,
    }


def _folder(path: Path) -> dict[str, Any]:
    """A folder that may not exist yet: where it lies, and how a ledger would be kept there."""
    journal = journal_for(path)
    return {
        "path": str(path),
        "exists": path.is_dir(),
        "writable": _writable(path),
        "file_system": filesystem_of(path),
        "journal_mode": journal.mode,
        "because": journal.reason,
    }


def _writable(path: Path) -> bool:
    """Whether one could write there, or make the folder first."""
    nearest = next((p for p in (path, *path.parents) if p.exists()), Path("/"))
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
