"""The compiled loops of the isolation forests. Import this module late: it imports numba.

A tree is a heap of `2 ** depth` places, the root at 1, the children of i at 2i and 2i + 1:
`feature[i]` and `threshold[i]` send a flow left if its value is at most the threshold. A leaf
above the bottom has the threshold +inf all the way down its left edge, so that every flow takes
exactly `depth` steps and the descent has no branch. `leaf` holds for each bottom place the code of
its path length, an index into the table of `path_lengths`.

Random numbers come from SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
generators", OOPSLA 2014), whose n-th output is a hash of its start plus n times a constant: the
start is a hash of (key, tree), so a forest is a function of its window and key alone.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from sim.detection.normalise import LARGEST_EXPONENT, LARGEST_SCORE, TAYLOR
from sim.numerics.jit import GOLDEN, U, cached, compiled, mixed, read

V = np.uint32
HALF = U(32)
BLOCK = 128
"""Flows that descend a tree together."""
FEW = 2
"""So many flows or fewer descend one by one, each through all trees together."""
SERIES = np.array(TAYLOR)
POWERS = np.ldexp(1.0, -np.arange(int(LARGEST_EXPONENT) + 1))
"""2 to the power of minus the index."""


@compiled
def descend(
    flow: NDArray[np.float32],
    root: NDArray[np.uint64],
    lanes: int,
    feature: NDArray[np.uint8],
    threshold: NDArray[np.float32],
    depth: int,
    place: NDArray[np.uint64],
) -> None:
    """Find the bottom places of one flow in several trees at once.

    A lone flow waits for memory at every node of a forest that nobody looked at lately. The next
    node of one tree does not depend on another tree, so the processor waits for many at a time.

    Args:
        flow: Its features, shape (D,).
        root: Where each tree begins, shape (L,).
        lanes: How many trees, at most L.
        feature: Features of all trees in a row, shape (n * trees * 2**depth,).
        threshold: Thresholds, same shape.
        depth: Steps from root to bottom.
        place: Place within each tree, written, shape (L,).
    """
    for lane in range(lanes):
        place[lane] = U(1)
    for _ in range(depth):
        for lane in range(lanes):
            i = root[lane] + place[lane]
            place[lane] = (place[lane] << U(1)) | U(flow[feature[i]] > threshold[i])


@compiled
def descend_together(
    columns: NDArray[np.float32],
    count: int,
    feature: NDArray[np.uint8],
    threshold: NDArray[np.float32],
    leaf: NDArray[np.uint16],
    table: NDArray[np.float32],
    depth: int,
    place: NDArray[np.uint32],
    total: NDArray[np.float64],
) -> None:
    """Add the path lengths of many flows in one tree to their totals.

    Args:
        columns: Flows by feature, shape (D, BLOCK).
        count: How many flows.
        feature: Features of the tree, shape (2**depth,).
        threshold: Thresholds, same shape.
        leaf: Codes of path lengths, same shape.
        table: Path length of each code.
        depth: Steps from root to bottom, at least 2.
        place: Room to work, shape (BLOCK,).
        total: Sums, written, shape (count,) or more.
    """
    # The first two levels have three nodes, the same for all flows: no look-ups, and written with
    # & and | instead of a condition, no branch.
    top, left, right = columns[feature[1]], columns[feature[2]], columns[feature[3]]
    h1, h2, h3 = threshold[1], threshold[2], threshold[3]
    for b in range(count):
        side = V(top[b] > h1)
        below = (side & V(right[b] > h3)) | ((side ^ V(1)) & V(left[b] > h2))
        place[b] = V(4) | (side << V(1)) | below
    for _ in range(depth - 2):
        for b in range(count):
            i = place[b]
            place[b] = (i << V(1)) | V(columns[feature[i], b] > threshold[i])
    bottom = V(1 << depth)
    for b in range(count):
        total[b] += table[U(leaf[place[b] - bottom])]


@cached
def score(
    rows: NDArray[np.int64],
    flows: NDArray[np.float32],
    lengths: NDArray[np.int64],
    feature: NDArray[np.uint8],
    threshold: NDArray[np.float32],
    leaf: NDArray[np.uint16],
    table: NDArray[np.float32],
    depth: int,
    total: NDArray[np.float64],
) -> None:
    """Add up the path lengths of each flow over the trees of its row.

    Args:
        rows: Rows whose forests judge, shape (k,).
        flows: Flows, shape (k, B, D).
        lengths: Flows of each batch, shape (k,).
        feature: Features, shape (n, trees, 2**depth).
        threshold: Thresholds, same shape.
        leaf: Codes of path lengths, same shape.
        table: Path length of each code.
        depth: Steps from root to bottom, at least 2.
        total: Where the sums go, zeroed here, shape (k, B).
    """
    trees, features = feature.shape[1], flows.shape[2]
    bottom = U(1 << depth)
    columns = np.empty((features, BLOCK), np.float32)
    place = np.empty(BLOCK, V)
    root, spot = np.empty(trees, U), np.empty(trees, U)
    all_features, all_thresholds = feature.reshape(-1), threshold.reshape(-1)
    for k in range(rows.shape[0]):
        for start in range(0, lengths[k], BLOCK):
            count = min(BLOCK, lengths[k] - start)
            for j in range(features):
                for b in range(count):
                    columns[j, b] = flows[k, start + b, j]
            out = total[k, start : start + count]
            for b in range(count):
                out[b] = 0.0
            if count <= FEW:
                for t in range(trees):
                    root[t] = U((rows[k] * trees + t) << depth)
                for b in range(count):
                    flow = flows[k, start + b]
                    descend(flow, root, trees, all_features, all_thresholds, depth, spot)
                    for t in range(trees):
                        out[b] += table[U(leaf[rows[k], t, spot[t] - bottom])]
                continue
            for t in range(trees):
                f, h, codes = feature[rows[k], t], threshold[rows[k], t], leaf[rows[k], t]
                descend_together(columns, count, f, h, codes, table, depth, place, out)


@compiled
def lay_out(
    window: NDArray[np.float32],
    flows: int,
    columns: NDArray[np.float32],
    varying: NDArray[np.uint8],
) -> int:
    """Copy a window to columns and list its varying features; returns how many there are."""
    found = 0
    for j in range(window.shape[1]):
        differs = False
        for i in range(flows):
            columns[j, i] = window[i, j]
            differs |= window[i, j] != window[0, j]
        if differs:
            varying[found] = j
            found += 1
    return found


@compiled
def sample(order: NDArray[np.uint16], size: int, flows: int, state: np.uint64) -> np.uint64:
    """Put a random sample without replacement to the front of `order` (Fisher and Yates)."""
    for i in range(flows):
        order[i] = i
    if size < flows:
        for i in range(size):
            state += GOLDEN
            j = i + int(((mixed(state) >> HALF) * U(flows - i)) >> HALF)
            order[i], order[j] = order[j], order[i]
    return state


@compiled
def push(stack: NDArray[np.int64], height: int, i: int, start: int, stop: int, level: int) -> None:
    """Put one node on the stack, written out: slices and tuples compile far slower."""
    stack[height, 0], stack[height, 1] = i, start
    stack[height, 2], stack[height, 3] = stop, level


@compiled
def close(
    i: int, level: int, depth: int, feature: NDArray[np.uint8], threshold: NDArray[np.float32]
) -> None:
    """Make a leaf of place i: all below it go left."""
    for _ in range(level, depth):
        feature[i], threshold[i] = 0, np.inf
        i = 2 * i


@compiled
def cut_between(low: np.float32, high: np.float32, share: float) -> np.float32:
    """The point `share` of the way from low to high, below high so that neither side is empty."""
    # In float64: the difference of two float32 can overflow float32.
    cut = np.float32(low + share * (np.float64(high) - np.float64(low)))
    return cut if cut < high else low


@compiled
def divide(
    columns: NDArray[np.float32],
    j: np.uint64,
    cut: np.float32,
    order: NDArray[np.uint16],
    start: int,
    stop: int,
) -> int:
    """Move a node's flows at most `cut` to its front, in order, without a branch.

    Returns:
        Where the right child starts.
    """
    middle = start
    for r in range(start, stop):
        flow = order[r]
        order[r] = order[middle]
        order[middle] = flow
        middle += int(columns[j, flow] <= cut)
    return middle


@compiled
def draw_feature(
    columns: NDArray[np.float32],
    order: NDArray[np.uint16],
    start: int,
    stop: int,
    varying: NDArray[np.uint8],
    level: int,
    choices: int,
    state: np.uint64,
) -> tuple[int, np.uint64, np.float32, np.float32, np.uint64]:
    """Draw features until one varies in a node, as scikit-learn's extremely random trees do.

    Returns:
        How many candidates are left (0: none varies), the feature, its least and greatest value,
        the state of the generator.
    """
    while choices > 0:
        state += GOLDEN
        drawn = ((mixed(state) >> HALF) * U(choices)) >> HALF
        j = U(varying[level, drawn])
        low = high = columns[j, order[start]]
        for r in range(start + 1, stop):
            value = columns[j, order[r]]
            low = min(low, value)
            high = max(high, value)
        if low < high:
            return choices, j, low, high, state
        choices -= 1
        varying[level, drawn], varying[level, choices] = varying[level, choices], j
    return 0, U(0), np.float32(0), np.float32(0), state


@compiled
def grow_tree(
    columns: NDArray[np.float32],
    order: NDArray[np.uint16],
    shape: tuple[int, int, int, int],
    state: np.uint64,
    varying: NDArray[np.uint8],
    choices: NDArray[np.int64],
    stack: NDArray[np.int64],
    tree: tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.uint16]],
) -> None:
    """Grow one tree, depth first: each entry of the stack is (place, start, stop, level).

    `varying[level]` lists the features that may still vary in a node of that level. Children share
    the list that their parent leaves behind; a node permutes its list but strikes nothing off it.
    """
    size, limit, depth, subsample = shape
    feature, threshold, leaf = tree
    push(stack, 0, 1, 0, size, 0)
    height = 1
    while height:
        height -= 1
        i, start = stack[height, 0], stack[height, 1]
        stop, level = stack[height, 2], stack[height, 3]
        found, j, low, high = 0, U(0), np.float32(0), np.float32(0)
        if level < limit and stop - start > 1:
            found, j, low, high, state = draw_feature(
                columns, order, start, stop, varying, level, choices[level], state
            )
        if found == 0:
            close(i, level, depth, feature, threshold)
            bottom = (i << (depth - level)) - (1 << depth)
            leaf[bottom] = level * (subsample + 1) + stop - start
            continue
        state += GOLDEN
        share = float(mixed(state) >> U(11)) * 2.0**-53
        cut = cut_between(low, high, share)
        middle = divide(columns, j, cut, order, start, stop)
        feature[i], threshold[i] = j, cut
        choices[level + 1] = found
        for c in range(found):
            varying[level + 1, c] = varying[level, c]
        push(stack, height, 2 * i + 1, middle, stop, level + 1)
        push(stack, height + 1, 2 * i, start, middle, level + 1)
        height += 2


@cached
def grow(
    rows: NDArray[np.int64],
    windows: NDArray[np.float32],
    lengths: NDArray[np.int64],
    keys: NDArray[np.uint64],
    subsample: int,
    depth: int,
    feature: NDArray[np.uint8],
    threshold: NDArray[np.float32],
    leaf: NDArray[np.uint16],
) -> None:
    """Grow the forests of some rows, each tree on `min(subsample, length)` flows.

    Args:
        rows: Rows to fit, shape (k,).
        windows: Training flows, finite, not all the same, shape (k, W, D).
        lengths: Flows of each window, at least 2, shape (k,).
        keys: Seed of each forest, shape (k,).
        subsample: Most flows of one tree.
        depth: Steps from root to bottom.
        feature: Features, written, shape (n, trees, 2**depth).
        threshold: Thresholds, written, same shape.
        leaf: Codes of path lengths, written, same shape.
    """
    width, features = windows.shape[1], windows.shape[2]
    columns = np.empty((features, width), np.float32)
    order = np.empty(width, np.uint16)
    varying = np.empty((depth + 2, features), np.uint8)
    choices = np.empty(depth + 2, np.int64)
    stack = np.empty((depth + 2, 4), np.int64)
    for k in range(rows.shape[0]):
        flows = lengths[k]
        choices[0] = lay_out(windows[k], flows, columns, varying[0])
        size = min(subsample, flows)
        limit = 0
        while (1 << limit) < size:
            limit += 1
        for t in range(feature.shape[1]):
            tree = feature[rows[k], t], threshold[rows[k], t], leaf[rows[k], t]
            state = mixed(keys[k] + mixed(U(t) + GOLDEN))
            state = sample(order, size, flows, state)
            shape = size, limit, depth, subsample
            grow_tree(columns, order, shape, state, varying, choices, stack, tree)


@compiled
def power_of_half(z: float) -> float:
    """`sim.detection.normalise.power_of_half` of one finite number."""
    z = min(z, LARGEST_EXPONENT)
    whole = np.rint(z)
    rest = z - whole
    series = SERIES[SERIES.shape[0] - 1]
    for i in range(SERIES.shape[0] - 2, -1, -1):
        series = series * rest + SERIES[i]
    power: float = series * POWERS[int(whole)]
    return power


@cached
def calibrate(
    flows: NDArray[np.float32],
    lengths: NDArray[np.int64],
    total: NDArray[np.float64],
    trees: int,
    expected: NDArray[np.float64],
    median: NDArray[np.float64],
    spread: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Turn sums of path lengths into scores; see `sim.detection.normalise`.

    Args:
        flows: Flows; one that is not finite has no score, shape (k, B, D).
        lengths: Flows of each batch, 0 without a model, shape (k,).
        total: Sums over the trees, shape (k, B).
        trees: How many trees.
        expected: Expected path length of each row, shape (k,).
        median: Median of each row's raw scores, shape (k,).
        spread: Their spread, shape (k,).
        out: Scores, NaN before, written, shape (k, B).
    """
    for k in range(flows.shape[0]):
        for b in range(lengths[k]):
            finite = True
            for j in range(flows.shape[2]):
                finite &= abs(flows[k, b, j]) < np.inf
            if finite:
                raw = power_of_half(total[k, b] / trees / expected[k])
                z = max(raw - median[k], 0.0) / spread[k]
                out[k, b] = min(np.float32(1.0 - power_of_half(z)), LARGEST_SCORE)


_FOREST = (types.uint8[:, :, ::1], types.float32[:, :, ::1], types.uint16[:, :, ::1])
_ARGUMENTS = (read(types.int64, 1), read(types.float32, 3), read(types.int64, 1))
SIGNATURES = {
    "grow": (grow, (*_ARGUMENTS, read(types.uint64, 1), types.int64, types.int64, *_FOREST)),
    "score": (
        score,
        (
            *_ARGUMENTS,
            *_FOREST,
            read(types.float32, 1),
            types.int64,
            types.float64[:, ::1],
        ),
    ),
    "calibrate": (
        calibrate,
        (
            read(types.float32, 3),
            read(types.int64, 1),
            read(types.float64, 2),
            types.int64,
            read(types.float64, 1),
            read(types.float64, 1),
            read(types.float64, 1),
            types.float32[:, ::1],
        ),
    ),
}
"""What is compiled, by name: the kernel and the types of its arguments."""
