"""A signature: what an agent publishes about a group of similar anomalous flows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from sim.numerics.arrays import Floats

GRAIN = 8.0
"""Centre and spread are published in eighths of a log1p unit: two agents that saw the same attack
then often publish the same content, so that a judgement of one serves for the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """The content of a signature, as agents exchange it."""

    publisher: int
    flows: int
    """Number of flows in the group."""
    confidence: float
    """Mean score of the group under the publisher's model."""
    centre: Floats
    """(D,) in the units of the models."""
    spread: Floats
    """(D,)."""
    features: tuple[str, ...]
    """Features that stand out."""

    @property
    def fingerprint(self) -> bytes:
        """Eight bytes that are equal for signatures with the same centre."""
        return fingerprint_of(self.centre)


def quantise(values: Floats) -> Floats:
    """Values rounded to the published grain."""
    grains: Floats = np.rint(values * np.float32(GRAIN))
    # Adding zero turns -0.0 into 0.0: equal values shall have equal bytes.
    return grains / np.float32(GRAIN) + np.float32(0.0)


def fingerprint_of(centre: Floats) -> bytes:
    """Eight bytes of BLAKE2b over the quantised centre."""
    return hashlib.blake2b(centre.astype("<f4").tobytes(), digest_size=8).digest()
