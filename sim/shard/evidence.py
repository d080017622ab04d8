"""What agents remember of their own anomalous flows: the evidence for their votes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.expect import within
from sim.checkpoint.memory import Memory
from sim.numerics.arrays import Flags, Floats
from sim.signatures.grouping import ROUNDS, Groups

Ints = NDArray[np.int64]
SLOTS = 24
"""Groups that an agent remembers."""
LEAST_FLOWS = 2
"""Flows a group needs to be evidence: a single odd flow proves nothing."""
_NEVER = -(10**9)


class Evidence:
    """The latest groups of anomalous flows of `n` agents, as a ring per agent."""

    memory: ClassVar = Memory()

    def __init__(self, agents: int, features: int) -> None:
        self.centres: Floats = np.zeros((agents, SLOTS, features), dtype=np.float32)
        """(n, SLOTS, D) in the units of the models."""
        self._steps: Ints = np.full((agents, SLOTS), _NEVER, dtype=np.int64)
        self._head: Ints = np.zeros(agents, dtype=np.int64)

    def check_memory(self) -> None:
        """Refuse what is no ring.

        Raises:
            CheckpointError: a head is outside of its ring.
        """
        within("a head of the evidence", self._head, 0, SLOTS - 1)

    def place(self) -> Ints:
        """(n,) where each ring goes on."""
        return self._head.copy()

    def go_back(self, rows: Ints, place: Ints) -> None:
        """Let the rings of these rows go on from where they stood; what follows is overwritten."""
        self._head[rows] = place[rows]

    def remember(self, rows: Ints, groups: Groups, step: int) -> None:
        """Keep the centres of the groups of these agents."""
        for group in range(ROUNDS):
            some = groups.size[:, group] >= LEAST_FLOWS
            agents = rows[some]
            slot = self._head[agents]
            self.centres[agents, slot] = groups.centre[some, group]
            self._steps[agents, slot] = step
            self._head[agents] = (slot + 1) % SLOTS

    def recent(self, rows: Ints, step: int, steps: int) -> Flags:
        """(k, SLOTS) which memories are at most `steps` old."""
        fresh: Flags = step - self._steps[rows] <= steps
        return fresh
