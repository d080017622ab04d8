"""Training windows: the last flows of each agent, as a ring per agent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.signatures.deviation import Flags, Floats

Ints = NDArray[np.int64]


class Windows:
    """Rings of `n` agents; a flow that was taken out leaves a hole until it is overwritten."""

    def __init__(self, agents: int, size: int, features: int) -> None:
        self.size = size
        self.flows: Floats = np.zeros((agents, size, features), dtype=np.float32)
        self.kept: Flags = np.zeros((agents, size), dtype=np.bool_)
        self._head: Ints = np.zeros(agents, dtype=np.int64)

    @property
    def counts(self) -> Ints:
        """(n,) flows in each window."""
        counts: Ints = self.kept.sum(axis=1)
        return counts

    def append(self, rows: Ints, flows: Floats, wanted: Flags) -> None:
        """Put the `wanted` (k, B) ones of `flows` (k, B, D) into the windows of `rows`."""
        which, column = np.nonzero(wanted)
        if not len(which):
            return
        # Of more flows than the ring holds only the last ones count, so no slot is written twice.
        rank = (np.cumsum(wanted, axis=1) - 1)[which, column]
        added = wanted.sum(axis=1)
        latest = rank >= (added[which] - self.size)
        which, column, rank = which[latest], column[latest], rank[latest]
        agent = rows[which]
        slot = (self._head[agent] + rank) % self.size
        self.flows[agent, slot] = flows[which, column]
        self.kept[agent, slot] = True
        self._head[rows] = (self._head[rows] + added) % self.size

    def take_out(self, rows: Ints, unwanted: Flags) -> Ints:
        """Take the `unwanted` (k, W) flows out; returns how many each of `rows` lost."""
        lost: Ints = (self.kept[rows] & unwanted).sum(axis=1)
        self.kept[rows] &= ~unwanted
        return lost

    def packed(self, rows: Ints) -> tuple[Floats, Ints]:
        """(k, W, D) windows with their flows in front, oldest first, and (k,) their numbers."""
        order = (self._head[rows][:, None] + np.arange(self.size)[None, :]) % self.size
        kept = np.take_along_axis(self.kept[rows], order, axis=1)
        front = np.argsort(~kept, axis=1, kind="stable")
        order = np.take_along_axis(order, front, axis=1)
        return np.take_along_axis(self.flows[rows], order[:, :, None], axis=1), kept.sum(axis=1)
