"""The compiled loops of training windows. Import this module late: it imports numba."""

from __future__ import annotations

import math

import numpy as np
from numba import types
from numpy.typing import NDArray

from sim.numerics.jit import cached, compiled, read, written

HALF = np.float32(0.5)
MAD_TO_SIGMA = np.float32(1.4826)


@cached
def append(
    rows: NDArray[np.int64],
    flows: NDArray[np.float32],
    wanted: NDArray[np.bool_],
    ring: NDArray[np.float32],
    kept: NDArray[np.bool_],
    head: NDArray[np.int64],
) -> None:
    """Put flows into rings, over the oldest.

    Args:
        rows: Rings, shape (k,).
        flows: New flows, shape (k, B, D).
        wanted: Which of them to put in, shape (k, B).
        ring: Flows of all rings, written, shape (n, W, D).
        kept: Which places hold a flow, written, shape (n, W).
        head: Next place of each ring, written, shape (n,).
    """
    for k in range(rows.shape[0]):
        row = rows[k]
        place = head[row]
        for b in range(flows.shape[1]):
            if wanted[k, b]:
                for j in range(flows.shape[2]):
                    ring[row, place, j] = flows[k, b, j]
                kept[row, place] = True
                place += 1
                if place == ring.shape[1]:
                    place = 0
        head[row] = place


@cached
def pack(
    rows: NDArray[np.int64],
    ring: NDArray[np.float32],
    kept: NDArray[np.bool_],
    head: NDArray[np.int64],
    windows: NDArray[np.float32],
    counts: NDArray[np.int64],
) -> None:
    """Copy the flows of rings, oldest first; arguments as in `append`.

    Args:
        rows: Rings, shape (k,).
        ring: Flows.
        kept: Which places hold one.
        head: Oldest place.
        windows: Zero before, written, shape (k, W, D).
        counts: Flows of each window, written, shape (k,).
    """
    width = ring.shape[1]
    for k in range(rows.shape[0]):
        row = rows[k]
        place, count = head[row], 0
        for _ in range(width):
            if kept[row, place]:
                for j in range(ring.shape[2]):
                    windows[k, count, j] = ring[row, place, j]
                count += 1
            place += 1
            if place == width:
                place = 0
        counts[k] = count


@compiled
def middle(values: NDArray[np.float32], count: int) -> np.float32:
    """Median of the first `count` finite values, which change places (Hoare's FIND, 1961)."""
    k = count // 2
    low, high = 0, count - 1
    while low < high:
        pivot = values[k]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if j < k:
            low = i
        if k < i:
            high = j
    median: np.float32 = values[k]
    if count % 2 == 0:
        below = values[0]
        for i in range(1, k):
            below = max(below, values[i])
        median = HALF * (below + median)
    return median


@cached
def locate(
    rows: NDArray[np.int64],
    windows: NDArray[np.float32],
    counts: NDArray[np.int64],
    floor: np.float32,
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
) -> None:
    """Median and robust scale of windows; see `sim.signatures.deviation.robust_location`.

    Args:
        rows: Agents, shape (k,).
        windows: Their flows, finite, shape (k, W, D).
        counts: Flows of each window, at least 1, shape (k,).
        floor: Least scale.
        centre: Medians of all agents of the shard, written, shape (n, D).
        scale: Scales of all agents of the shard, written, shape (n, D).
    """
    values = np.empty(windows.shape[1], np.float32)
    for k in range(rows.shape[0]):
        count = counts[k]
        for j in range(windows.shape[2]):
            total = 0.0
            for i in range(count):
                values[i] = windows[k, i, j]
                total += values[i]
            mean = total / count
            total = 0.0
            for i in range(count):
                gap = values[i] - mean
                total += gap * gap
            deviation = np.float32(0.5 * math.sqrt(total / count))
            median = middle(values, count)
            for i in range(count):
                values[i] = abs(values[i] - median)
            spread = middle(values, count) * MAD_TO_SIGMA
            centre[rows[k], j] = median
            scale[rows[k], j] = max(max(spread, deviation), floor)


_INTS = read(types.int64, 1)
SIGNATURES = {
    "append": (
        append,
        (
            _INTS,
            read(types.float32, 3),
            read(types.boolean, 2),
            written(types.float32, 3),
            written(types.boolean, 2),
            written(types.int64, 1),
        ),
    ),
    "pack": (
        pack,
        (
            _INTS,
            read(types.float32, 3),
            read(types.boolean, 2),
            _INTS,
            written(types.float32, 3),
            written(types.int64, 1),
        ),
    ),
    "locate": (
        locate,
        (
            _INTS,
            read(types.float32, 3),
            _INTS,
            types.float32,
            written(types.float32, 2),
            written(types.float32, 2),
        ),
    ),
}
"""What is compiled, by name: the kernel and the types of its arguments."""
