"""What stays out of a training window because agent and peers find it clearly anomalous."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.config.schema import DetectionSection
from sim.signatures.deviation import Flags, Floats

Ints = NDArray[np.int64]
CLEARLY = 0.85
"""A flow is clearly anomalous if what its score lacks to 1 is at most this share of what the
threshold lacks: leaving out all that is flagged would narrow what counts as normal, refit by refit.
"""
MUCH = 0.125
"""Share of a batch from which what is left out counts as going on."""


class Doubts:
    """For how long each of `n` agents has left out much of its traffic."""

    def __init__(self, agents: int) -> None:
        self._streak: Ints = np.zeros(agents, dtype=np.int64)
        """(n,) steps in a row."""

    def doubted(
        self, rows: Ints, scores: Floats, observed: Flags, settings: DetectionSection
    ) -> Flags:
        """Which flows stay out of the windows; may be asked once in a step.

        An agent that has left out much of its traffic for `detection.patience` steps leaves out no
        more until that is over: traffic that stays is the new normal, or nobody would ever learn
        it.

        Args:
            rows: agents, (k,).
            scores: joint scores of their flows, (k, B).
            observed: which of these are flows, (k, B).
            settings: as of this step.

        Returns:
            (k, B).
        """
        least = 1.0 - CLEARLY * (1.0 - settings.threshold)
        out: Flags = observed & (scores >= np.float32(least))
        seen = observed.any(axis=1)
        much = out.sum(axis=1) > MUCH * observed.sum(axis=1)
        # Who observes nothing in this step learns nothing about whether it goes on.
        self._streak[rows] = np.where(
            seen, np.where(much, self._streak[rows] + 1, 0), self._streak[rows]
        )
        out[self._streak[rows] > settings.patience] = False
        return out
