"""The compiled loops of second opinions. Import this module late: it imports numba."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from sim.detection.kernels import BLOCK, FEW, descend, descend_together, power_of_half
from sim.detection.normalise import LARGEST_SCORE
from sim.numerics.jit import U, cached, compiled, read, written

V = np.uint32
MOST_PEERS = 32
DEEPEST = -8.0
"""Least deviation that counts: far below normal is no more normal."""


@compiled
def middle_of(values: NDArray[np.float64], count: int) -> float:
    """Median of the first `count` values, which are put in order by insertion."""
    for i in range(1, count):
        value = values[i]
        j = i
        while j > 0 and values[j - 1] > value:
            values[j] = values[j - 1]
            j -= 1
        values[j] = value
    half = count // 2
    upper: float = values[half]
    return upper if count % 2 else 0.5 * (values[half - 1] + upper)


@cached
def ask(
    rows: NDArray[np.int64],
    flows: NDArray[np.float32],
    lengths: NDArray[np.int64],
    committee: NDArray[np.int64],
    size: NDArray[np.int64],
    feature: NDArray[np.uint8],
    threshold: NDArray[np.float32],
    leaf: NDArray[np.uint16],
    expected: NDArray[np.float64],
    median: NDArray[np.float64],
    spread: NDArray[np.float64],
    table: NDArray[np.float32],
    depth: int,
    out: NDArray[np.float64],
) -> None:
    """Median over the peers of how far each flow deviates on the peer's own scale.

    Args:
        rows: Agents who ask, shape (k,).
        flows: Their flows, finite, shape (k, B, D).
        lengths: Flows of each batch, shape (k,).
        committee: Lenders that each agent of the shard asks, shape (n, M).
        size: How many these are, shape (n,).
        feature: Features of the lent trees, shape (G, trees, 2**depth).
        threshold: Thresholds, same shape.
        leaf: Codes of path lengths, same shape.
        expected: Expected path length of each lender, shape (G,).
        median: Median of each lender's raw scores, shape (G,).
        spread: Their spread, not 0, shape (G,).
        table: Path length of each code.
        depth: Steps from root to bottom, at least 2.
        out: Median deviations, NaN before, written, shape (k, B).
    """
    trees, features = feature.shape[1], flows.shape[2]
    bottom = U(1 << depth)
    columns = np.empty((features, BLOCK), np.float32)
    most = MOST_PEERS * trees
    root, spot = np.empty(most, U), np.empty((FEW, most), U)
    all_features, all_thresholds = feature.reshape(-1), threshold.reshape(-1)
    place = np.empty(BLOCK, V)
    total = np.empty(BLOCK, np.float64)
    said = np.empty((BLOCK, MOST_PEERS), np.float64)
    for k in range(rows.shape[0]):
        asked = size[rows[k]]
        for start in range(0, lengths[k], BLOCK):
            count = min(BLOCK, lengths[k] - start)
            for j in range(features):
                for b in range(count):
                    columns[j, b] = flows[k, start + b, j]
            few = count <= FEW
            if few:
                lanes = asked * trees
                for m in range(asked):
                    for t in range(trees):
                        root[m * trees + t] = U((committee[rows[k], m] * trees + t) << depth)
                for b in range(count):
                    flow = flows[k, start + b]
                    descend(flow, root, lanes, all_features, all_thresholds, depth, spot[b])
            for m in range(asked):
                peer = committee[rows[k], m]
                for b in range(count):
                    total[b] = 0.0
                    for t in range(trees if few else 0):
                        total[b] += table[U(leaf[peer, t, spot[b, m * trees + t] - bottom])]
                for t in range(trees if not few else 0):
                    f, h, codes = feature[peer, t], threshold[peer, t], leaf[peer, t]
                    descend_together(columns, count, f, h, codes, table, depth, place, total)
                for b in range(count):
                    raw = power_of_half(total[b] / trees / expected[peer])
                    said[b, m] = (raw - median[peer]) / spread[peer]
            if asked:
                for b in range(count):
                    out[k, start + b] = middle_of(said[b], asked)


@compiled
def half_to(z: float) -> float:
    """2 to the power of -z, for either sign of z."""
    if z < 0.0:
        return 1.0 / power_of_half(min(-z, -DEEPEST))
    result: float = power_of_half(z)
    return result


@cached
def join(
    own: NDArray[np.float32],
    peers: NDArray[np.float64],
    foreign: NDArray[np.bool_],
    centre: float,
    scale: float,
    alone: float,
    suspect: float,
    out: NDArray[np.float32],
) -> None:
    """One score from the agent's own and its peers'; see `sim.peers.opinion`.

    Args:
        own: Own scores, NaN where there is none, shape (k, B).
        peers: Median deviations under the peers' trees, NaN where there is none, shape (k, B).
        foreign: Agents whose whole window looks anomalous to their peers, shape (k,).
        centre: What is normal for the peers' deviations.
        scale: The unit that makes them comparable with own deviations.
        alone: Deviation of the peers that counts as much as one of both.
        suspect: The same for `foreign` agents, whose own scores do not count.
        out: Scores, written, shape (k, B).
    """
    for k in range(own.shape[0]):
        for b in range(own.shape[1]):
            score = own[k, b]
            if score == score and peers[k, b] == peers[k, b]:  # neither is NaN
                z = (peers[k, b] - centre) / scale
                if foreign[k]:
                    rest = half_to(max(z, 0.0) / suspect)
                else:
                    both = np.sqrt((1.0 - np.float64(score)) * half_to(z))
                    rest = min(both, half_to(max(z, 0.0) / alone))
                score = min(np.float32(1.0 - min(rest, 1.0)), LARGEST_SCORE)
            out[k, b] = score


_FLOATS = read(types.float64, 1)
SIGNATURES = {
    "ask": (
        ask,
        (
            read(types.int64, 1),
            read(types.float32, 3),
            read(types.int64, 1),
            read(types.int64, 2),
            read(types.int64, 1),
            read(types.uint8, 3),
            read(types.float32, 3),
            read(types.uint16, 3),
            _FLOATS,
            _FLOATS,
            _FLOATS,
            read(types.float32, 1),
            types.int64,
            written(types.float64, 2),
        ),
    ),
    "join": (
        join,
        (
            read(types.float32, 2),
            read(types.float64, 2),
            read(types.boolean, 1),
            types.float64,
            types.float64,
            types.float64,
            types.float64,
            written(types.float32, 2),
        ),
    ),
}
"""What is compiled, by name: the kernel and the types of its arguments."""
