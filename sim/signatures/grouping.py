"""Anomalous flows of one step, grouped by similarity and not averaged together.

Greedy leader clustering (Hartigan: Clustering Algorithms, 1975, ch. 3): the flow with the highest
score leads a group, all flows that match it join, and the rest goes on with the next leader.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.numerics.arrays import Floats

ROUNDS = 4
"""Groups per agent and step; what is left over after as many leaders is noise."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The groups of `k` agents, at most `ROUNDS` each; empty ones have size 0."""

    size: NDArray[np.int64]
    """(k, G) flows."""
    centre: Floats
    """(k, G, D) mean of the members, in the units of the models."""
    spread: Floats
    """(k, G, D) standard deviation of the members."""
    score: Floats
    """(k, G) mean score of the members."""
    member: NDArray[np.int8]
    """(k, B) group of each flow, -1 for none."""


def no_groups(agents: int, flows: int, features: int) -> Groups:
    """Room for the groups of `agents` batches of `flows` flows."""
    return Groups(
        size=np.zeros((agents, ROUNDS), dtype=np.int64),
        centre=np.zeros((agents, ROUNDS, features), dtype=np.float32),
        spread=np.zeros((agents, ROUNDS, features), dtype=np.float32),
        score=np.zeros((agents, ROUNDS), dtype=np.float32),
        member=np.full((agents, flows), -1, dtype=np.int8),
    )
