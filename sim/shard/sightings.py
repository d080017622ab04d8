"""Which accepted signatures the agents of a shard have sighted in their batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.numerics.compilation import kernels_of

if TYPE_CHECKING:
    from sim.shard.shard import Shard

Ints = NDArray[np.int64]


def sightings_of(shard: Shard) -> Ints:
    """(m, 2) agent and signature, for every accepted signature that flagged flows of an agent.

    Only flows that the blocklist flags are looked at, so it costs nothing in quiet times.
    """
    rows = np.flatnonzero(shard.blocked.any(axis=1)).astype(np.int64)
    known = shard.accepted
    if not len(rows) or not len(known):
        return np.zeros((0, 2), dtype=np.int64)
    settings = shard.orders.config.signature
    found = np.zeros((len(rows), len(known)), dtype=np.bool_)
    kernels_of("sim.signatures.kernels").sight(
        rows,
        shard.batch.flows,
        np.ascontiguousarray(shard.blocked[rows]),
        shard.models.centre,
        shard.models.scale,
        known.centres,
        np.ones_like(found),
        settings.similarity,
        settings.radius,
        found,
    )
    row, place = np.nonzero(found)
    ids = np.array(known.ids, dtype=np.int64)
    return np.stack([shard.ids[rows[row]], ids[place]], axis=1)
