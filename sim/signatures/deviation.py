"""Standardised deviations: how flows differ from an agent's own normal traffic, and what matches.

An agent measures every feature against the median and the robust scale of its own window, so the
same pattern has a different deviation for different agents; two patterns match for an agent when
their deviations point the same way (cosine) and lie close together (relative distance).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

CLIP = np.float32(12.0)
"""Deviations beyond this say no more; without the bound one feature would drown all others."""
SCALE_FLOOR = np.float32(0.15)
"""Smallest scale, in log1p units (15 %): a feature that never varied must not explode."""
_MAD_TO_SIGMA = np.float32(1.4826)
_TINY = np.float32(1e-6)
_BLOCK = 32
"""Rows of a matrix product at once; 32 x 32 x 256 features is where OpenBLAS begins to share."""


def robust_location(window: Floats) -> tuple[Floats, Floats]:
    """Median and scale of one window.

    Args:
        window: (m, D) flows.

    Returns:
        (D,) medians, and (D,) scales: the larger of 1.4826 times the median absolute deviation and
        half the standard deviation (which catches features that are constant for most flows).
    """
    median = np.median(window, axis=0).astype(np.float32)
    spread = np.median(np.abs(window - median), axis=0).astype(np.float32) * _MAD_TO_SIGMA
    deviation = window.std(axis=0).astype(np.float32) * np.float32(0.5)
    return median, np.maximum(np.maximum(spread, deviation), SCALE_FLOOR)


def standardise(flows: Floats, centre: Floats, scale: Floats) -> Floats:
    """Deviations of `flows` (..., D) from `centre` in units of `scale`, clipped to ±`CLIP`."""
    deviations: Floats = np.clip((flows - centre) / scale, -CLIP, CLIP)
    return deviations


def matches(left: Floats, right: Floats, similarity: float, radius: float) -> Flags:
    """Which deviations mean the same.

    Args:
        left: (..., D).
        right: (..., D), broadcast against `left`.
        similarity: lowest cosine.
        radius: largest distance, relative to the longer of the two.
    """
    dot = (left * right).sum(axis=-1)
    left_norm = np.sqrt((left * left).sum(axis=-1))
    right_norm = np.sqrt((right * right).sum(axis=-1))
    gap = left - right
    distance = np.sqrt((gap * gap).sum(axis=-1))
    aligned: Flags = dot >= np.float32(similarity) * left_norm * right_norm
    aligned &= distance <= np.float32(radius) * np.maximum(left_norm, right_norm) + _TINY
    return aligned


def standout(deviation: Floats, names: tuple[str, ...], limit: int = 4) -> tuple[str, ...]:
    """The features that stand out most, strongest first, each with its direction."""
    order = np.argsort(-np.abs(deviation), kind="stable")[:limit]
    chosen = [int(i) for i in order if abs(deviation[i]) >= 1.5] or [int(order[0])]
    return tuple(f"{names[i]}{'↑' if deviation[i] > 0 else '↓'}" for i in chosen)


def _dots(left: Floats, right: Floats) -> Floats:
    """(k, P, Q) products of every pair.

    In blocks so small that BLAS computes each in one thread: with more threads it cuts a matrix in
    other places, and the last bits would depend on the machine's number of processors.
    """
    left, right = np.ascontiguousarray(left), np.ascontiguousarray(right)
    dots = np.empty((len(left), left.shape[1], right.shape[1]), dtype=np.float32)
    for i in range(0, left.shape[1], _BLOCK):
        for j in range(0, right.shape[1], _BLOCK):
            some = right[:, j : j + _BLOCK].transpose(0, 2, 1)
            dots[:, i : i + _BLOCK, j : j + _BLOCK] = left[:, i : i + _BLOCK] @ some
    return dots


def matches_each(left: Floats, right: Floats, similarity: float, radius: float) -> Flags:
    """`matches` of every pair, agent by agent.

    Args:
        left: (k, P, D).
        right: (k, Q, D).

    Returns:
        (k, P, Q).
    """
    dot = _dots(left, right)
    left_square = (left * left).sum(axis=-1)[:, :, None]
    right_square = (right * right).sum(axis=-1)[:, None, :]
    longest = np.maximum(left_square, right_square)
    aligned: Flags = dot >= np.float32(similarity) * np.sqrt(left_square * right_square)
    squared = left_square + right_square - np.float32(2.0) * dot
    aligned &= squared <= np.float32(radius * radius) * longest + _TINY
    return aligned
