"""The table of flows that a traffic file becomes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BENIGN = "benign"
"""Name of class 0."""

UNKNOWN = -1
"""Label of a row whose truth the file does not tell."""


@dataclass(frozen=True, slots=True, eq=False)
class FlowTable:
    """All flows of one file, encoded, in file order."""

    path: Path
    """The file that was read."""

    format: str
    """What the file was read as: the name of a format."""

    features: tuple[str, ...]
    """The D feature names, unique, printable, at most 64 characters, without markup brackets."""

    flows: NDArray[np.float32]
    """(N, D), C-contiguous, finite: signed log1p of numbers, 0 or 1 for one-hot columns."""

    labels: NDArray[np.int16]
    """(N,) index into `classes`; 0 is benign, -1 unknown. Never shown to an agent."""

    classes: tuple[str, ...]
    """`benign`, then the names of the attacks, sorted, printable."""

    groups: NDArray[np.object_] | None
    """(N,) value of the dealing column, or internal host, as `str`; None when none was asked."""

    notes: tuple[str, ...]
    """What was left out or filled in, one line each."""

    warnings: tuple[str, ...] = ()
    """What makes figures meaningless or doubtful, one line each."""

    timeless: bool = False
    """Whether no time is recorded: the order of the rows says nothing."""

    @property
    def labelled(self) -> bool:
        """Whether the truth of at least one row is known."""
        return bool((self.labels != UNKNOWN).any())
