"""Removing a run that nobody needs any more."""

from __future__ import annotations

import shutil

from sim.archive.directory import RunDirectory
from sim.archive.safety import check_folder
from sim.errors import RunDirectoryError
from sim.text import shown


def remove_run(run: RunDirectory) -> None:
    """Delete a run directory with all that is in it.

    Raises:
        RunDirectoryError: it is somebody else's, in use, or cannot be removed.
    """
    check_folder(run.path)
    with run.locked():
        try:
            shutil.rmtree(run.path)
        except OSError as error:
            raise RunDirectoryError(
                f"{shown(run.path)}: cannot be removed ({error.strerror or error})"
            ) from None
