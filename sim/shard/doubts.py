"""What stays out of a training window because agent and peers find it clearly anomalous."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.memory import Memory
from sim.numerics.arrays import Flags, Floats

Ints = NDArray[np.int64]
MUCH = 0.125
"""Share of a batch from which clearly anomalous flows are left out. A few of them belong to any
traffic: leaving these out, too, would narrow what counts as normal, refit by refit, until a service
that is rare but normal is taken for an attack by everyone (tried: it is)."""


class Doubts:
    """For how long each of `n` agents has left out much of its traffic."""

    memory: ClassVar = Memory()

    def __init__(self, agents: int) -> None:
        self._streak: Ints = np.zeros(agents, dtype=np.int64)
        """(n,) steps in a row."""

    def place(self) -> Ints:
        """(n,) for how long each agent has left out much."""
        return self._streak.copy()

    def go_back(self, rows: Ints, place: Ints) -> None:
        """Let it be for these rows as it was."""
        self._streak[rows] = place[rows]

    def doubted(
        self, rows: Ints, scores: Floats, observed: Flags, least: Floats, patience: int
    ) -> Flags:
        """Which flows stay out of the windows; may be asked once in a step.

        An agent that has left out much of its traffic for `detection.patience` steps leaves out no
        more until that is over: traffic that stays is the new normal, or nobody would ever learn
        it.

        Args:
            rows: agents, (k,).
            scores: joint scores of their flows, (k, B).
            observed: which of these are flows, (k, B).
            least: score from which a flow is clearly anomalous, (k,).
            patience: see above.

        Returns:
            (k, B).
        """
        out: Flags = observed & (scores >= least[:, None])
        seen = observed.any(axis=1)
        much = out.sum(axis=1) > MUCH * observed.sum(axis=1)
        # Who observes nothing in this step learns nothing about whether it goes on.
        self._streak[rows] = np.where(
            seen, np.where(much, self._streak[rows] + 1, 0), self._streak[rows]
        )
        out[~much | (self._streak[rows] > patience)] = False
        return out
