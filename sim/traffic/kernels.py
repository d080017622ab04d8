"""The compiled loops of synthetic traffic. Import this module late: it imports numba.

Every agent has a generator of its own for each step: SplitMix64 from the agent's key.
"""

from __future__ import annotations

import math

import numpy as np
from numba import types
from numpy.typing import NDArray

from sim.numerics.jit import GOLDEN, U, cached, compiled, mixed, read, written
from sim.traffic.ziggurat import TAIL, make_layers

EDGES, INSIDE = make_layers()
UNIT = 2.0**-53


@compiled
def uniform(bits: np.uint64) -> float:
    """A number from [0, 1) from 64 random bits."""
    return float(bits >> U(11)) * UNIT


@compiled
def normal(state: np.uint64) -> tuple[float, np.uint64]:
    """A standard normal number and the next state of the generator; see `sim.traffic.ziggurat`."""
    while True:
        state += GOLDEN
        bits = mixed(state)
        layer = int(bits & U(255))
        place = 2.0 * uniform(bits) - 1.0
        if abs(place) < INSIDE[layer]:
            return place * EDGES[layer], state
        if layer == 0:
            while True:
                state += GOLDEN
                x = math.log(1.0 - uniform(mixed(state))) / TAIL
                state += GOLDEN
                y = math.log(1.0 - uniform(mixed(state)))
                if -2.0 * y >= x * x:
                    return (TAIL - x if place > 0.0 else x - TAIL), state
        x = place * EDGES[layer]
        above = math.exp(-0.5 * (EDGES[layer] * EDGES[layer] - x * x))
        below = math.exp(-0.5 * (EDGES[layer + 1] * EDGES[layer + 1] - x * x))
        state += GOLDEN
        if below + uniform(mixed(state)) * (above - below) < 1.0:
            return x, state


@cached
def draw_normal(
    keys: NDArray[np.uint64],
    agents: NDArray[np.int64],
    mixture: NDArray[np.float64],
    offset: NDArray[np.float64],
    means: NDArray[np.float64],
    deviations: NDArray[np.float64],
    volume: NDArray[np.float64],
    time: NDArray[np.float64],
    flows: NDArray[np.float32],
) -> None:
    """Draw the normal flows of some agents.

    Args:
        keys: Seeds of the agents' generators, shape (k,).
        agents: Ids, shape (k,).
        mixture: Cumulative shares of the applications of all agents, shape (A, applications).
        offset: Offsets of all agents, shape (A, D).
        means: Means of the applications, shape (applications, D).
        deviations: Deviations of the features, shape (D,).
        volume: How the features follow the common factor volume, shape (D,).
        time: How they follow the common factor time, shape (D,).
        flows: Written, shape (k, B, D).
    """
    features, last = means.shape[1], means.shape[0] - 1
    for k in range(keys.shape[0]):
        state, agent = keys[k], agents[k]
        for b in range(flows.shape[1]):
            state += GOLDEN
            chosen = uniform(mixed(state))
            application = 0
            while application < last and chosen > mixture[agent, application]:
                application += 1
            heavy, state = normal(state)
            long, state = normal(state)
            for j in range(features):
                own, state = normal(state)
                value = means[application, j] + own * deviations[j]
                value += heavy * volume[j] + long * time[j] + offset[agent, j]
                flows[k, b, j] = max(value, 0.0)


@cached
def mix_in(
    keys: NDArray[np.uint64],
    rows: NDArray[np.int64],
    share: float,
    mean: NDArray[np.float64],
    deviation: NDArray[np.float64],
    strength: NDArray[np.float64],
    kind: int,
    flows: NDArray[np.float32],
    truth: NDArray[np.int16],
) -> None:
    """Replace a share of the flows of some agents by an attack.

    Args:
        keys: Seeds of the agents' generators, shape (r,).
        rows: Their rows in `flows`, shape (r,).
        share: Probability that a flow is replaced.
        mean: Means of the attack, shape (D,).
        deviation: Deviations, shape (D,).
        strength: How far each feature moves from normal to attack, 0..1, shape (D,).
        kind: What the truth says then.
        flows: Changed in place, shape (k, B, D).
        truth: Changed in place, shape (k, B).
    """
    for r in range(rows.shape[0]):
        k, state = rows[r], keys[r]
        for b in range(flows.shape[1]):
            state += GOLDEN
            if uniform(mixed(state)) >= share:
                continue
            truth[k, b] = kind
            for j in range(flows.shape[2]):
                noise, state = normal(state)
                full = max(mean[j] + noise * deviation[j], 0.0)
                value = float(flows[k, b, j])
                flows[k, b, j] = value + strength[j] * (full - value)


_KEYS, _INTS = read(types.uint64, 1), read(types.int64, 1)
_ONE, _TWO = read(types.float64, 1), read(types.float64, 2)
SIGNATURES = {
    "draw_normal": (
        draw_normal,
        (_KEYS, _INTS, _TWO, _TWO, _TWO, _ONE, _ONE, _ONE, written(types.float32, 3)),
    ),
    "mix_in": (
        mix_in,
        (
            _KEYS,
            _INTS,
            types.float64,
            _ONE,
            _ONE,
            _ONE,
            types.int64,
            written(types.float32, 3),
            written(types.int16, 2),
        ),
    ),
}
"""What is compiled, by name: the kernel and the types of its arguments."""
LATER = ("mix_in",)
"""Not called before there is an attack."""
