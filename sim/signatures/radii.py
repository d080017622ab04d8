"""The radii that a voter tries, and their codes as ballots and verdicts carry them.

Code 0 is a radius that could not be measured, 1 a signature that is harmful within any radius, and
c > 1 is `RADII[c - 2]`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.numerics.arrays import Floats

Codes = NDArray[np.uint8]

RADII = np.array([0.1, 0.15, 0.25, 0.35, 0.5], dtype=np.float32)
"""Relative distances, ascending."""
UNMEASURED, HARMFUL = 0, 1
FARTHEST = HARMFUL + len(RADII)
"""Code of the largest radius."""


def radius_of(codes: Codes, unmeasured: float) -> Floats:
    """The radii of codes: 0 where nothing is harmless.

    Args:
        codes: any shape.
        unmeasured: what stands in for code 0.
    """
    table = np.concatenate([[unmeasured, 0.0], RADII]).astype(np.float32)
    radii: Floats = table[codes]
    return radii
