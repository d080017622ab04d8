"""The compiled loops of the cache of judgements. Import this module late: it imports numba."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from sim.numerics.jit import GOLDEN, U, cached, compiled, read, written


@compiled
def guard(bits: np.uint32, version: np.int64, step: int) -> np.uint64:
    """Check value of a judgement."""
    return (U(bits) * GOLDEN) ^ (U(version) << U(17)) ^ U(step)


@cached
def look_up(
    slots: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    version: NDArray[np.int64],
    step: int,
    ttl: int,
    scores: NDArray[np.float32],
    bits: NDArray[np.uint32],
    versions: NDArray[np.int32],
    steps: NDArray[np.int32],
    guards: NDArray[np.uint64],
    out: NDArray[np.float32],
    known: NDArray[np.bool_],
    damaged: NDArray[np.bool_],
) -> int:
    """Fetch judgements.

    Args:
        slots: Place of each content, -1 where it is unknown, shape (S,).
        wanted: Which judgements are asked for, shape (n, S).
        version: Present versions of the voters' models, -1 for none, shape (n,).
        step: Now.
        ttl: Steps that a judgement is good for.
        scores: Judgements by place and voter, shape (C, n).
        bits: The same memory as integers.
        versions: Versions that judged, -1 for no judgement, shape (C, n).
        steps: When they judged, shape (C, n).
        guards: Check values, shape (C, n).
        out: Scores, written where known, shape (n, S).
        known: Which are known, written, shape (n, S).
        damaged: Voters with a judgement that was altered, written, shape (n,).

    Returns:
        Judgements that were found but too old.
    """
    stale = 0
    for s in range(slots.shape[0]):
        place = slots[s]
        if place < 0:
            continue
        for i in range(version.shape[0]):
            v = version[i]
            if v < 0 or not wanted[i, s] or versions[place, i] != v:
                continue
            fresh = step - steps[place, i] <= ttl
            stale += not fresh
            if guards[place, i] != guard(bits[place, i], v, int(steps[place, i])):
                damaged[i] = True
            elif fresh:
                known[i, s] = True
                out[i, s] = scores[place, i]
    return stale


@cached
def store(
    slots: NDArray[np.int64],
    given: NDArray[np.float32],
    bits: NDArray[np.uint32],
    judged: NDArray[np.bool_],
    version: NDArray[np.int64],
    step: int,
    scores: NDArray[np.float32],
    versions: NDArray[np.int32],
    steps: NDArray[np.int32],
    guards: NDArray[np.uint64],
) -> None:
    """Keep judgements; arguments as in `look_up`.

    Args:
        slots: Place of each content, -1 where nothing is judged, shape (S,).
        given: New scores, shape (n, S).
        bits: The same memory as integers.
        judged: Which of them are new, shape (n, S).
        version: Versions of the voters' models, shape (n,).
        step: Now.
        scores: Judgements, written.
        versions: Written.
        steps: Written.
        guards: Written.
    """
    for s in range(slots.shape[0]):
        place = slots[s]
        if place < 0:
            continue
        for i in range(version.shape[0]):
            if judged[i, s]:
                scores[place, i] = given[i, s]
                versions[place, i] = version[i]
                steps[place, i] = step
                guards[place, i] = guard(bits[i, s], version[i], step)


_BLOCK = (types.float32, types.uint32, types.int32, types.int32, types.uint64)
_INTS, _FLAGS = read(types.int64, 1), read(types.boolean, 2)
SIGNATURES = {
    "look_up": (
        look_up,
        (
            _INTS,
            _FLAGS,
            _INTS,
            types.int64,
            types.int64,
            *(read(kind, 2) for kind in _BLOCK),
            written(types.float32, 2),
            written(types.boolean, 2),
            written(types.boolean, 1),
        ),
    ),
    "store": (
        store,
        (
            _INTS,
            read(types.float32, 2),
            read(types.uint32, 2),
            _FLAGS,
            _INTS,
            types.int64,
            written(types.float32, 2),
            written(types.int32, 2),
            written(types.int32, 2),
            written(types.uint64, 2),
        ),
    ),
}
"""What is compiled, by name: the kernel and the types of its arguments."""
LATER = ("look_up", "store")
"""Not called before there is a signature."""
