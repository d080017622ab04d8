"""The compiled loops of matching and grouping. Import this module late: it imports numba.

Two deviations l and r from an agent's normal traffic match if they point the same way and lie
close together:

    l·r ≥ similarity · |l| |r|      and      |l − r|² ≤ radius² · max(|l|, |r|)² + tiny

All sums run over the features in their order, in float32.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from sim.numerics.jit import cached, compiled, read, written
from sim.signatures.deviation import CLIP

TINY = np.float32(1e-6)
TWO = np.float32(2.0)
NOTHING = np.float32(0.0)
SLACK = np.float32(0.98)
"""On the safe side of what rounding may do to a norm."""


@compiled
def deviation(value: np.float32, centre: np.float32, scale: np.float32) -> np.float32:
    """How far a value lies from the centre, in scales, clipped; NaN stays NaN."""
    d = (value - centre) / scale
    if d > CLIP:
        d = CLIP
    elif d < -CLIP:
        d = -CLIP
    return d


@compiled
def same(
    dot: np.float32,
    left: np.float32,
    right: np.float32,
    similarity: np.float32,
    squared: np.float32,
) -> np.bool_:
    """Whether two deviations match, by their product, their squares and the squared radius."""
    longest = max(left, right)
    aligned = dot >= similarity * np.sqrt(left * right)
    both: np.bool_ = aligned & (left + right - TWO * dot <= squared * longest + TINY)
    return both


@compiled
def place_in(
    flow: NDArray[np.float32],
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
    deviations: NDArray[np.float32],
) -> np.float32:
    """Write the deviations (D,) of one flow (D,) from an agent's centre; returns their square."""
    square = NOTHING
    for j in range(flow.shape[0]):
        d = deviation(flow[j], centre[j], scale[j])
        deviations[j] = d
        square += d * d
    return square


@compiled
def place_all(
    flows: NDArray[np.float32],
    wanted: NDArray[np.bool_],
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
    deviations: NDArray[np.float32],
    squares: NDArray[np.float32],
) -> int:
    """Place the `wanted` (P,) ones of some flows (P, D), in front; returns how many they are."""
    used = 0
    for p in range(flows.shape[0]):
        if wanted[p]:
            squares[used] = place_in(flows[p], centre, scale, deviations[used])
            used += 1
    return used


@cached
def flag(
    rows: NDArray[np.int64],
    flows: NDArray[np.float32],
    wanted: NDArray[np.bool_],
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
    signatures: NDArray[np.float32],
    limits: NDArray[np.float32],
    similarity: np.float32,
    out: NDArray[np.bool_],
) -> None:
    """Find the flows that match any of the signatures.

    Signature by signature for each flow, so that the compiler computes several at a time. Most
    flows are so near to the centre that no signature can match them: |l − r| ≥ |r| − |l|.

    Args:
        rows: Agents, shape (k,).
        flows: Their flows, shape (k, P, D).
        wanted: Which of these to look at, shape (k, P).
        centre: Centres of all agents of the shard, shape (n, D).
        scale: Scales of all agents of the shard, shape (n, D).
        signatures: Centres of the signatures, shape (S, D).
        limits: Largest relative distance to each signature at each agent, which does not use it
            where this is 0, shape (k, S).
        similarity: Lowest cosine.
        out: Which flows match, written, shape (k, P).
    """
    features, count = signatures.shape[1], signatures.shape[0]
    against = np.empty((features, count), np.float32)
    squares, dots = np.empty(count, np.float32), np.empty(count, np.float32)
    flow = np.empty(features, np.float32)
    squared = np.empty(count, np.float32)
    for k in range(rows.shape[0]):
        row = rows[k]
        used = 0
        least = np.float32(np.inf)
        for s in range(count):
            radius = limits[k, s]
            if radius > NOTHING:
                square = NOTHING
                for j in range(features):
                    d = deviation(signatures[s, j], centre[row, j], scale[row, j])
                    against[j, used] = d
                    square += d * d
                squares[used] = square
                squared[used] = radius * radius
                shrink = SLACK * max(NOTHING, np.float32(1.0) - radius)
                least = min(least, square * shrink * shrink)
                used += 1
        for p in range(flows.shape[1]):
            out[k, p] = False
            if used == 0 or not wanted[k, p]:
                continue
            square = place_in(flows[k, p], centre[row], scale[row], flow)
            if square < least:
                continue
            for s in range(used):
                dots[s] = flow[0] * against[0, s]
            for j in range(1, features):
                d = flow[j]
                for s in range(used):
                    dots[s] += d * against[j, s]
            found: np.bool_ = np.bool_(False)
            for s in range(used):
                found |= same(dots[s], square, squares[s], similarity, squared[s])
            out[k, p] = found


@cached
def sight(
    rows: NDArray[np.int64],
    memories: NDArray[np.float32],
    recent: NDArray[np.bool_],
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
    signatures: NDArray[np.float32],
    limits: NDArray[np.float32],
    similarity: np.float32,
    out: NDArray[np.bool_],
) -> None:
    """Find the signatures that any recent memory matches.

    Args:
        rows: Agents, shape (k,).
        memories: What all agents of the shard remember, shape (n, M, D).
        recent: Which memories of the agents count, shape (k, M).
        centre: Centres of all agents of the shard, shape (n, D).
        scale: Scales of all agents of the shard, shape (n, D).
        signatures: Centres of the signatures, shape (S, D).
        limits: Largest relative distance to each signature at each agent, which is not asked
            about it where this is 0, shape (k, S).
        similarity: Lowest cosine.
        out: Which signatures it has seen, written, shape (k, S).
    """
    slots, features = memories.shape[1], memories.shape[2]
    known = np.empty((slots, features), np.float32)
    squares = np.empty(slots, np.float32)
    wanted = np.empty(features, np.float32)
    for k in range(rows.shape[0]):
        row = rows[k]
        used = place_all(memories[row], recent[k], centre[row], scale[row], known, squares)
        for s in range(signatures.shape[0]):
            out[k, s] = False
            radius = limits[k, s]
            if used == 0 or not radius > NOTHING:
                continue
            squared = radius * radius
            right = place_in(signatures[s], centre[row], scale[row], wanted)
            for m in range(used):
                dot = NOTHING
                for j in range(features):
                    dot += known[m, j] * wanted[j]
                if same(dot, squares[m], right, similarity, squared):
                    out[k, s] = True
                    break


@cached
def familiar(
    rows: NDArray[np.int64],
    windows: NDArray[np.float32],
    kept: NDArray[np.bool_],
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
    signatures: NDArray[np.float32],
    asked: NDArray[np.bool_],
    least: NDArray[np.int64],
    similarity: np.float32,
    radius: np.float32,
    out: NDArray[np.bool_],
) -> None:
    """Find the signatures that several flows of an agent's window match.

    Args:
        rows: Agents, shape (k,).
        windows: Flows of all agents of the shard, shape (n, W, D).
        kept: Which places of the windows hold one, shape (n, W).
        centre: Centres of all agents of the shard, shape (n, D).
        scale: Scales of all agents of the shard, shape (n, D).
        signatures: Centres of the signatures, shape (S, D).
        asked: Which signatures each agent is asked about, shape (k, S).
        least: Matching flows that make a signature familiar, shape (k,).
        similarity: Lowest cosine.
        radius: Largest relative distance.
        out: Which signatures are familiar, written, shape (k, S).
    """
    width, features = windows.shape[1], windows.shape[2]
    known = np.empty((width, features), np.float32)
    squares = np.empty(width, np.float32)
    wanted = np.empty(features, np.float32)
    squared = radius * radius
    for k in range(rows.shape[0]):
        row = rows[k]
        used = -1
        for s in range(signatures.shape[0]):
            out[k, s] = False
            if not asked[k, s]:
                continue
            if used < 0:
                used = place_all(windows[row], kept[row], centre[row], scale[row], known, squares)
            right = place_in(signatures[s], centre[row], scale[row], wanted)
            found = 0
            for w in range(used):
                dot = NOTHING
                for j in range(features):
                    dot += known[w, j] * wanted[j]
                found += int(same(dot, squares[w], right, similarity, squared))
            out[k, s] = found >= least[k]


@cached
def group(
    rows: NDArray[np.int64],
    flows: NDArray[np.float32],
    scores: NDArray[np.float32],
    anomalous: NDArray[np.bool_],
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
    similarity: np.float32,
    radius: np.float32,
    size: NDArray[np.int64],
    mean: NDArray[np.float32],
    spread: NDArray[np.float32],
    score: NDArray[np.float32],
    member: NDArray[np.int8],
) -> None:
    """Group the anomalous flows of each agent around leaders, strongest first.

    Args:
        rows: Agents, shape (k,).
        flows: Their flows, shape (k, B, D).
        scores: Scores of the flows, shape (k, B).
        anomalous: Which flows to group, shape (k, B).
        centre: Centres of all agents of the shard, shape (n, D).
        scale: Scales of all agents of the shard, shape (n, D).
        similarity: Lowest cosine to the leader.
        radius: Largest relative distance to the leader.
        size: Flows of each group, zero before, written, shape (k, G).
        mean: Means of the groups, zero before, written, shape (k, G, D).
        spread: Standard deviations, zero before, written, shape (k, G, D).
        score: Mean scores, zero before, written, shape (k, G).
        member: Group of each flow, -1 before, written, shape (k, B).
    """
    width, features = flows.shape[1], flows.shape[2]
    deviations = np.empty((width, features), np.float32)
    squares = np.empty(width, np.float32)
    squared = radius * radius
    for k in range(rows.shape[0]):
        row = rows[k]
        left = 0
        for b in range(width):
            if anomalous[k, b]:
                left += 1
                squares[b] = place_in(flows[k, b], centre[row], scale[row], deviations[b])
        for g in range(size.shape[1]):
            if left == 0:
                break
            leader = -1
            for b in range(width):
                if (
                    anomalous[k, b]
                    and member[k, b] < 0
                    and (leader < 0 or scores[k, b] > scores[k, leader])
                ):
                    leader = b
            total = 0.0
            count = 0
            for b in range(width):
                if not anomalous[k, b] or member[k, b] >= 0:
                    continue
                dot = NOTHING
                for j in range(features):
                    dot += deviations[b, j] * deviations[leader, j]
                if b == leader or same(dot, squares[b], squares[leader], similarity, squared):
                    member[k, b] = g
                    total += scores[k, b]
                    count += 1
            left -= count
            size[k, g] = count
            score[k, g] = total / count
            for j in range(features):
                total = 0.0
                for b in range(width):
                    if member[k, b] == g:
                        total += flows[k, b, j]
                middle = total / count
                total = 0.0
                for b in range(width):
                    if member[k, b] == g:
                        gap = flows[k, b, j] - middle
                        total += gap * gap
                mean[k, g, j] = middle
                spread[k, g, j] = np.sqrt(total / count)


_ROWS, _TWO, _THREE = read(types.int64, 1), read(types.float32, 2), read(types.float32, 3)
_FLAGS, _FOUND = read(types.boolean, 2), written(types.boolean, 2)
_SAME = (types.float32, types.float32)
_MATCHED = (_ROWS, _THREE, _FLAGS, _TWO, _TWO, _TWO)
SIGNATURES = {
    "flag": (flag, (*_MATCHED, _TWO, types.float32, _FOUND)),
    "sight": (sight, (*_MATCHED, _TWO, types.float32, _FOUND)),
    "familiar": (familiar, (*_MATCHED, _FLAGS, _ROWS, *_SAME, _FOUND)),
    "group": (
        group,
        (
            _ROWS,
            _THREE,
            _TWO,
            _FLAGS,
            _TWO,
            _TWO,
            *_SAME,
            written(types.int64, 2),
            written(types.float32, 3),
            written(types.float32, 3),
            written(types.float32, 2),
            written(types.int8, 2),
        ),
    ),
}
"""What is compiled, by name: the kernel and the types of its arguments."""
LATER = ("flag", "sight", "familiar")
"""Not called before there are signatures, or bursts of what was not there before."""
