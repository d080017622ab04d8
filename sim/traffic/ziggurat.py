"""Tables for drawing normal numbers by the Ziggurat method.

Marsaglia and Tsang, "The Ziggurat method for generating random variables", Journal of Statistical
Software 5(8), 2000, in the form of Doornik, "An improved Ziggurat method to generate normal random
samples", 2005: 256 layers of equal area, the index and the position from different bits.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

LAYERS = 256
TAIL = 3.6541528853610088
"""Where the tail begins."""
_AREA = 0.00492867323399
"""Of each layer, the tail with the lowest."""


def make_layers() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Right edges of the layers, (LAYERS + 1,), and the share of each that is surely inside."""
    edges = np.zeros(LAYERS + 1)
    height = math.exp(-0.5 * TAIL * TAIL)
    edges[0], edges[1] = _AREA / height, TAIL
    for i in range(2, LAYERS):
        edges[i] = math.sqrt(-2.0 * math.log(_AREA / edges[i - 1] + height))
        height = math.exp(-0.5 * edges[i] * edges[i])
    return edges, edges[1:] / edges[:-1]
