"""Standardised deviations: how flows differ from an agent's own normal traffic, and what matches.

An agent measures every feature against the median and the robust scale of its own window, so the
same pattern has a different deviation for different agents; two patterns match for an agent when
their deviations point the same way (cosine) and lie close together (relative distance).
"""

from __future__ import annotations

import numpy as np

from sim.numerics.arrays import Floats

CLIP = np.float32(12.0)
"""Deviations beyond this say no more; without the bound one feature would drown all others."""
SCALE_FLOOR = np.float32(0.15)
"""Smallest scale, in log1p units (15 %): a feature that never varied must not explode."""


def standardise(flows: Floats, centre: Floats, scale: Floats) -> Floats:
    """Deviations of `flows` (..., D) from `centre` in units of `scale`, clipped to ±`CLIP`."""
    deviations: Floats = np.clip((flows - centre) / scale, -CLIP, CLIP)
    return deviations


def standout(deviation: Floats, names: tuple[str, ...], limit: int = 4) -> tuple[str, ...]:
    """The features that stand out most, strongest first, each with its direction."""
    order = np.argsort(-np.abs(deviation), kind="stable")[:limit]
    chosen = [int(i) for i in order if abs(deviation[i]) >= 1.5] or [int(order[0])]
    return tuple(f"{names[i]}{'↑' if deviation[i] > 0 else '↓'}" for i in chosen)
