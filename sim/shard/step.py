"""One step of a shard: what its agents observe, and what they make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.checkpoint.memory import Memory
from sim.numerics.arrays import Flags, Floats
from sim.traffic.source import Batch


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """The arrays of one step for `n` agents; the phases fill them in."""

    memory: ClassVar = Memory(values=(Batch,))

    batch: Batch
    scores: Floats
    """(n, B) under each agent's own model; NaN where nothing was scored."""
    joint: Floats
    """(n, B) own scores and second opinions together."""
    solo: Flags
    """(n, B) flows that the agent's own model flags."""
    suspected: Flags
    """(n, B) flows that the agent flags after it has heard its peers."""
    blocked: Flags
    """(n, B) flows that an accepted signature flags."""

    @classmethod
    def blank(cls, agents: int, size: int, features: int) -> Step:
        """A step in which nothing has happened yet.

        Args:
            agents: n.
            size: B, flows of a batch at most.
            features: D.
        """
        return cls(
            batch=Batch(
                flows=np.zeros((agents, size, features), dtype=np.float32),
                lengths=np.zeros(agents, dtype=np.int64),
                truth=np.full((agents, size), -1, dtype=np.int16),
            ),
            scores=np.full((agents, size), np.nan, dtype=np.float32),
            joint=np.full((agents, size), np.nan, dtype=np.float32),
            solo=np.zeros((agents, size), dtype=np.bool_),
            suspected=np.zeros((agents, size), dtype=np.bool_),
            blocked=np.zeros((agents, size), dtype=np.bool_),
        )

    @property
    def judged(self) -> Flags:
        """(n, B) flows that a model scored."""
        return ~np.isnan(self.scores)

    @property
    def collective(self) -> Flags:
        """(n, B) flows that the agent flags with the help of the others.

        By its committee's opinion, and by what all have accepted.
        """
        return self.suspected | self.blocked
