"""Which accepted signatures the agents of a shard have sighted in their batches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.numerics.arrays import Floats
from sim.numerics.compilation import kernels_of
from sim.shard.models import Models
from sim.shard.step import Step
from sim.signatures.signature_set import SignatureSet

Ints = NDArray[np.int64]


def sightings_of(
    step: Step, ids: Ints, models: Models, accepted: SignatureSet, limits: Floats, similarity: float
) -> Ints:
    """(m, 2) agent and signature, for every accepted signature that flagged flows of an agent.

    Only flows that the blocklist flags are looked at, so it costs nothing in quiet times.

    Args:
        step: what the agents observed and flagged.
        ids: (n,) of the agents.
        models: the agents' own scales.
        accepted: the blocklist.
        limits: (n, S) largest relative distances, 0 for signatures that an agent does not use.
        similarity: lowest cosine.
    """
    rows = np.flatnonzero(step.blocked.any(axis=1)).astype(np.int64)
    if not len(rows) or not len(accepted):
        return np.zeros((0, 2), dtype=np.int64)
    matches = np.zeros((len(rows), len(accepted)), dtype=np.bool_)
    kernels_of("sim.signatures.kernels").sight(
        rows,
        step.batch.flows,
        np.ascontiguousarray(step.blocked[rows]),
        models.centre,
        models.scale,
        accepted.centres,
        np.ascontiguousarray(limits[rows]),
        similarity,
        matches,
    )
    row, place = np.nonzero(matches)
    signatures = np.array(accepted.ids, dtype=np.int64)
    return np.stack([ids[rows[row]], signatures[place]], axis=1)
