"""One step of a shard: what its agents observe, and what they make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.checkpoint.expect import shaped, within
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

    def check_memory(self, agents: int, features: int) -> None:
        """Refuse what is not of these agents and these flows.

        Raises:
            CheckpointError: an array does not have the size that it must have, or a number is out
                of its range.
        """
        shaped("the flows of a step", self.batch.flows, (agents, None, features))
        size = self.batch.flows.shape[1]
        shaped("the lengths of a step", self.batch.lengths, (agents,))
        within("a length of a step", self.batch.lengths, 0, size)
        for name in ("scores", "joint", "solo", "suspected", "blocked"):
            shaped(f"step.{name}", getattr(self, name), (agents, size))
        shaped("the truth of a step", self.batch.truth, (agents, size))

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

    def clear(self, row: int) -> None:
        """Let it be as if nobody had judged the batch of this row."""
        self.scores[row] = self.joint[row] = np.nan
        self.solo[row] = self.suspected[row] = self.blocked[row] = False

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
