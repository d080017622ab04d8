"""Anomalous flows of one step, grouped by similarity and not averaged together.

Greedy leader clustering (Hartigan: Clustering Algorithms, 1975, ch. 3): the flow with the highest
score leads a group, all flows that match it join, and the rest goes on with the next leader. All
agents of a shard are grouped at once, one leader each per round.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.signatures.deviation import Flags, Floats, matches

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


def group_anomalies(
    flows: Floats,
    deviations: Floats,
    scores: Floats,
    anomalous: Flags,
    similarity: float,
    radius: float,
) -> Groups:
    """Group the anomalous flows of each agent.

    Args:
        flows: (k, B, D).
        deviations: (k, B, D) standardised by each agent's own traffic.
        scores: (k, B).
        anomalous: (k, B) which flows to group.
        similarity: lowest cosine to the leader.
        radius: largest relative distance to the leader.
    """
    k, width, features = flows.shape
    size = np.zeros((k, ROUNDS), dtype=np.int64)
    centre = np.zeros((k, ROUNDS, features), dtype=np.float32)
    spread = np.zeros((k, ROUNDS, features), dtype=np.float32)
    score = np.zeros((k, ROUNDS), dtype=np.float32)
    member = np.full((k, width), -1, dtype=np.int8)
    left = anomalous.copy()
    for group in range(ROUNDS):
        rows = np.flatnonzero(left.any(axis=1))
        if not len(rows):
            break
        ranked = np.where(left[rows], scores[rows], np.float32(-1.0))
        leader = np.argmax(ranked, axis=1)
        lead = deviations[rows, leader]
        joined = left[rows] & matches(deviations[rows], lead[:, None, :], similarity, radius)
        joined[np.arange(len(rows)), leader] = True
        count = joined.sum(axis=1)
        weight = joined[:, :, None] / count[:, None, None].astype(np.float32)
        mean = (flows[rows] * weight).sum(axis=1)
        variance = ((flows[rows] - mean[:, None, :]) ** 2 * weight).sum(axis=1)
        size[rows, group] = count
        centre[rows, group] = mean
        spread[rows, group] = np.sqrt(variance)
        score[rows, group] = np.where(joined, scores[rows], 0).sum(axis=1) / count
        member[rows] = np.where(joined, np.int8(group), member[rows])
        left[rows] &= ~joined
    return Groups(size, centre, spread, score, member)
