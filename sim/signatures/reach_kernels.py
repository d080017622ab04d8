"""The compiled loops of evidence over time. Import this module late: it imports numba.

What an agent remembers are flows with their step and score, in a ring of fixed size per agent; see
`sim.shard.past`. All sums run over the features in their order, in float32, agent by agent.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from sim.numerics.jit import cached, compiled, read, written
from sim.signatures.kernels import deviation, place_in, same

NOTHING = np.float32(0.0)
FAR = np.float32(0.24)
"""Deviations whose squares differ by more than this factor lie more than .5 apart (a quarter, and
room for rounding)."""


@compiled
def square_of(
    flow: NDArray[np.float32], centre: NDArray[np.float32], scale: NDArray[np.float32]
) -> np.float32:
    """Square of the deviation of a flow (D,) from an agent's centre."""
    square = NOTHING
    for j in range(flow.shape[0]):
        d = deviation(flow[j], centre[j], scale[j])
        square += d * d
    return square


@cached
def remember(
    rows: NDArray[np.int64],
    flows: NDArray[np.float32],
    scores: NDArray[np.float32],
    truth: NDArray[np.int16],
    flagged: NDArray[np.bool_],
    threshold: np.float32,
    limit: int,
    now: int,
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
    ring: NDArray[np.float32],
    ring_scores: NDArray[np.float32],
    odd: NDArray[np.bool_],
    ring_steps: NDArray[np.int32],
    ring_truth: NDArray[np.int16],
    squares: NDArray[np.float32],
    known: NDArray[np.bool_],
    head: NDArray[np.int64],
) -> None:
    """Put scored flows into rings, over the oldest: suspicious ones first, at most `limit`.

    Args:
        rows: Agents, shape (k,).
        flows: Their flows, shape (k, B, D).
        scores: Their scores, NaN for what was not judged, shape (k, B).
        truth: For counting only, shape (k, B).
        flagged: Whether an accepted signature matches them, shape (k, B).
        threshold: Score from which a flow is suspicious.
        limit: Flows that one step may add.
        now: The step.
        centre: Centres of all agents of the shard, shape (n, D).
        scale: Scales of all agents of the shard, shape (n, D).
        ring: Flows remembered, written, shape (n, M, D).
        ring_scores: Written, shape (n, M).
        odd: Whether they are suspicious, written, shape (n, M).
        ring_steps: Step of each, -1 for none, written, shape (n, M).
        ring_truth: Written, shape (n, M).
        squares: Squares of their deviations, written, shape (n, M).
        known: Whether an accepted signature matches them, written, shape (n, M).
        head: Next place of each ring, written, shape (n,).
    """
    for k in range(rows.shape[0]):
        row = rows[k]
        place = head[row]
        left = limit
        for suspicious in (True, False):
            for b in range(flows.shape[1]):
                score = scores[k, b]
                if left == 0 or score != score or (score >= threshold) != suspicious:
                    continue
                for j in range(flows.shape[2]):
                    ring[row, place, j] = flows[k, b, j]
                ring_scores[row, place] = score
                odd[row, place] = suspicious
                squares[row, place] = square_of(flows[k, b], centre[row], scale[row])
                ring_steps[row, place] = now
                ring_truth[row, place] = truth[k, b]
                known[row, place] = flagged[k, b]
                left -= 1
                place += 1
                if place == ring.shape[1]:
                    place = 0
        head[row] = place


@cached
def suspicious(
    rows: NDArray[np.int64],
    ring: NDArray[np.float32],
    ring_scores: NDArray[np.float32],
    odd: NDArray[np.bool_],
    ring_steps: NDArray[np.int32],
    ring_truth: NDArray[np.int16],
    head: NDArray[np.int64],
    since: int,
    flows: NDArray[np.float32],
    scores: NDArray[np.float32],
    steps: NDArray[np.int32],
    truth: NDArray[np.int16],
) -> None:
    """Copy the latest suspicious flows of each ring, the latest first.

    Args:
        rows: Agents, shape (k,).
        ring: See `remember`, as all up to `head`.
        ring_scores: Likewise.
        odd: Likewise.
        ring_steps: Likewise.
        ring_truth: Likewise.
        head: Likewise.
        since: First step that counts.
        flows: Written, shape (k, C, D).
        scores: Zero before, written, shape (k, C).
        steps: -1 before, written, shape (k, C).
        truth: Written, shape (k, C).
    """
    for k in range(rows.shape[0]):
        row = rows[k]
        count = 0
        place = head[row]
        for _ in range(ring.shape[1]):
            place -= 1
            if place < 0:
                place = ring.shape[1] - 1
            if ring_steps[row, place] < since or count == flows.shape[1]:
                break
            if odd[row, place]:
                for j in range(ring.shape[2]):
                    flows[k, count, j] = ring[row, place, j]
                scores[k, count] = ring_scores[row, place]
                steps[k, count] = ring_steps[row, place]
                truth[k, count] = ring_truth[row, place]
                count += 1


@cached
def measure_all(
    rows: NDArray[np.int64],
    ring: NDArray[np.float32],
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
    squares: NDArray[np.float32],
) -> None:
    """Measure everything that these agents remember anew, as their scales have changed.

    Args:
        rows: Agents, shape (k,).
        ring: See `remember`.
        centre: Centres of all agents of the shard, shape (n, D).
        scale: Scales of all agents of the shard, shape (n, D).
        squares: Squares of the deviations, written, shape (n, M).
    """
    for k in range(rows.shape[0]):
        row = rows[k]
        for m in range(ring.shape[1]):
            squares[row, m] = square_of(ring[row, m], centre[row], scale[row])


@compiled
def smallest(
    flow: NDArray[np.float32],
    square: np.float32,
    wanted: NDArray[np.float32],
    right: np.float32,
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
    similarity: np.float32,
    squared: NDArray[np.float32],
) -> int:
    """The place of the smallest radius within which a flow lies; the number of radii if none.

    Args:
        flow: The flow, shape (D,).
        square: Square of its deviation.
        wanted: The deviation that is looked for, shape (D,).
        right: Square of that.
        centre: Of the agent, shape (D,).
        scale: Of the agent, shape (D,).
        similarity: Lowest cosine.
        squared: Squares of the radii, ascending, shape (R,).
    """
    dot = NOTHING
    for j in range(flow.shape[0]):
        dot += deviation(flow[j], centre[j], scale[j]) * wanted[j]
    for place in range(squared.shape[0]):
        if same(dot, square, right, similarity, squared[place]):
            return place
    outside: int = squared.shape[0]
    return outside


@cached
def mark(
    rows: NDArray[np.int64],
    ring: NDArray[np.float32],
    ring_steps: NDArray[np.int32],
    squares: NDArray[np.float32],
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
    centres: NDArray[np.float32],
    limits: NDArray[np.float32],
    similarity: np.float32,
    value: bool,
    known: NDArray[np.bool_],
) -> None:
    """Mark what agents remember that matches signatures.

    Args:
        rows: Agents, shape (k,).
        ring: See `remember`.
        ring_steps: Likewise.
        squares: Likewise.
        centre: Centres of all agents of the shard, shape (n, D).
        scale: Scales of all agents of the shard, shape (n, D).
        centres: Centres of the signatures, shape (S, D).
        limits: Largest relative distances, up to .5; 0 does not use one, shape (k, S).
        similarity: Lowest cosine.
        value: What is set.
        known: Whether a signature matches, set where one of these does, shape (n, M).
    """
    features = ring.shape[2]
    wanted, squared = np.empty(features, np.float32), np.empty(1, np.float32)
    for k in range(rows.shape[0]):
        row = rows[k]
        for s in range(centres.shape[0]):
            if limits[k, s] <= NOTHING:
                continue
            squared[0] = limits[k, s] * limits[k, s]
            right = place_in(centres[s], centre[row], scale[row], wanted)
            low, high = right * FAR, right / FAR
            for m in range(ring.shape[1]):
                square = squares[row, m]
                if square < low or square > high or ring_steps[row, m] < 0:
                    continue
                if known[row, m] == value:
                    continue
                place = smallest(
                    ring[row, m],
                    square,
                    wanted,
                    right,
                    centre[row],
                    scale[row],
                    similarity,
                    squared,
                )
                if place == 0:
                    known[row, m] = value


_INTS, _FLOATS = read(types.int64, 1), read(types.float32, 2)
_FLOWS, _FLAGS, _STEPS = read(types.float32, 3), read(types.boolean, 2), read(types.int32, 2)
_SCALES = (_FLOATS, _FLOATS)
SIGNATURES = {
    "remember": (
        remember,
        (
            _INTS,
            _FLOWS,
            _FLOATS,
            read(types.int16, 2),
            _FLAGS,
            types.float32,
            types.int64,
            types.int64,
            *_SCALES,
            written(types.float32, 3),
            written(types.float32, 2),
            written(types.boolean, 2),
            written(types.int32, 2),
            written(types.int16, 2),
            written(types.float32, 2),
            written(types.boolean, 2),
            written(types.int64, 1),
        ),
    ),
    "suspicious": (
        suspicious,
        (
            _INTS,
            _FLOWS,
            _FLOATS,
            _FLAGS,
            _STEPS,
            read(types.int16, 2),
            _INTS,
            types.int64,
            written(types.float32, 3),
            written(types.float32, 2),
            written(types.int32, 2),
            written(types.int16, 2),
        ),
    ),
    "mark": (
        mark,
        (
            _INTS,
            _FLOWS,
            _STEPS,
            _FLOATS,
            *_SCALES,
            _FLOATS,
            _FLOATS,
            types.float32,
            types.boolean,
            written(types.boolean, 2),
        ),
    ),
    "measure_all": (measure_all, (_INTS, _FLOWS, *_SCALES, written(types.float32, 2))),
}
"""What is compiled, by name: the kernel and the types of its arguments."""
LATER = ("mark",)
"""Not called before there are signatures, or bursts of what was not there before."""
