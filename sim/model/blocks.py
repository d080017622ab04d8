"""How a population is cut into shards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHARD_SIZE = 64
LARGEST_SHARD = 256
FEW = 4
"""Shards of a small population at most, so that there is work for more than one processor."""


def blocks_of(population: int) -> list[NDArray[np.int64]]:
    """The ids of the agents of each shard, in order."""
    everyone, size = np.arange(population, dtype=np.int64), shard_size(population)
    return [everyone[i : i + size] for i in range(0, population, size)]


def shard_size(population: int) -> int:
    """Agents in a shard: a function of the population alone, never of the number of workers.

    Small shards keep their arrays in the cache of a processor; of a large population they would be
    so many that calling them costs more than what they do, and so would very small ones.
    """
    if population <= FEW * SHARD_SIZE:
        shards = min(max(population // (3 * SHARD_SIZE // 8), 1), FEW)
        return -(-population // shards)
    return max(SHARD_SIZE, min(LARGEST_SHARD, population // SHARD_SIZE))
