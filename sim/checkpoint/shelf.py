"""The folder of a run's checkpoints: the latest are kept, damaged ones are put aside."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sim.checkpoint import file
from sim.checkpoint.checkpoint import Checkpoint
from sim.machine import files

KEPT = 2
"""Checkpoints that are kept: the latest, and one in case that it is damaged."""
MOST = 50
"""Checkpoints that are looked at, the latest of them: no run of ours leaves more than a few."""
_NAME = re.compile(r"step-([0-9]{1,12})\.npz")


class Shelf:
    """Checkpoints as `step-<n>.npz` in one folder, which is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self, up_to: int | None = None) -> list[Path]:
        """What claims to be a checkpoint, the latest step first.

        Args:
            up_to: the latest step that is of interest; None is any.
        """
        named: list[tuple[int, Path]] = []
        with suppress(OSError):
            files.check_folder(self.folder)
            named = [(_step_of(path), path) for path in self.folder.iterdir()]
        wanted = (n for n in named if n[0] >= 0 and (up_to is None or n[0] <= up_to))
        return [path for _, path in heapq.nlargest(MOST, wanted)]

    def file_of(self, step: int) -> Path:
        """Where the checkpoint of a step is, or would be."""
        return self.folder / f"step-{step}.npz"

    def put(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, then drop what is older than the ones to keep.

        Raises:
            OSError: it cannot be written; the older ones stay.
        """
        with suppress(FileExistsError):
            self.folder.mkdir(mode=files.PRIVATE_FOLDER)
        files.check_folder(self.folder)
        file.write(checkpoint, self.file_of(checkpoint.header.step))
        with suppress(OSError):
            for old in [*self.files()[KEPT:], *self._unfinished()]:
                old.unlink(missing_ok=True)

    def put_aside(self, damaged: Path) -> None:
        """Give a checkpoint that is of no use a name that nobody takes for one."""
        with suppress(OSError):
            damaged.replace(damaged.with_name(f"{damaged.name}.unusable"))

    def _unfinished(self) -> Iterator[Path]:
        """What a killed process has left: only one at a time writes here."""
        return self.folder.glob(".step-*")


def _step_of(path: Path) -> int:
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else -1
