"""Training windows: the last flows of each agent, as a ring per agent."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.expect import within
from sim.checkpoint.memory import Memory
from sim.numerics.arrays import Flags, Floats
from sim.numerics.compilation import kernels_of

Ints = NDArray[np.int64]


class Windows:
    """Rings of `n` agents; a flow that was taken out leaves a hole until it is overwritten."""

    memory: ClassVar = Memory(without=("size",))

    def __init__(self, agents: int, size: int, features: int) -> None:
        self.size = size
        self.flows: Floats = np.zeros((agents, size, features), dtype=np.float32)
        self.kept: Flags = np.zeros((agents, size), dtype=np.bool_)
        self._head: Ints = np.zeros(agents, dtype=np.int64)

    def check_memory(self) -> None:
        """Refuse what is no ring.

        Raises:
            CheckpointError: a head is outside of its ring.
        """
        within("a head of the windows", self._head, 0, self.size - 1)

    @property
    def counts(self) -> Ints:
        """(n,) flows in each window."""
        counts: Ints = self.kept.sum(axis=1)
        return counts

    def place(self) -> Ints:
        """(n,) where each ring goes on."""
        return self._head.copy()

    def go_back(self, rows: Ints, place: Ints) -> None:
        """Let the rings of these rows go on from where they stood; what follows is overwritten."""
        self._head[rows] = place[rows]

    def append(self, rows: Ints, flows: Floats, wanted: Flags) -> None:
        """Put the `wanted` (k, B) ones of `flows` (k, B, D) into the windows of `rows`."""
        kernels_of("sim.shard.kernels").append(
            rows,
            np.ascontiguousarray(flows),
            np.ascontiguousarray(wanted),
            self.flows,
            self.kept,
            self._head,
        )

    def take_out(self, rows: Ints, unwanted: Flags) -> Ints:
        """Take the `unwanted` (k, W) flows out; returns how many each of `rows` lost."""
        lost: Ints = (self.kept[rows] & unwanted).sum(axis=1)
        self.kept[rows] &= ~unwanted
        return lost

    def packed(self, rows: Ints) -> tuple[Floats, Ints]:
        """(k, W, D) windows with their flows in front, oldest first, and (k,) their numbers."""
        windows = np.zeros((len(rows), *self.flows.shape[1:]), dtype=np.float32)
        counts = np.zeros(len(rows), dtype=np.int64)
        kernels_of("sim.shard.kernels").pack(
            rows, self.flows, self.kept, self._head, windows, counts
        )
        return windows, counts
