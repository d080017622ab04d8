"""The compiled loop of fair traffic. Import this module late: it imports numba.

Numba's cache notices no change of `sim.traffic.kernels`, whose generators are compiled in here:
whoever changes those deletes the `__pycache__` folders.
"""

from __future__ import annotations

import math

import numpy as np
from numba import types
from numpy.typing import NDArray

from sim.numerics.jit import GOLDEN, U, cached, compiled, mixed, read, written
from sim.traffic.kernels import normal, uniform

HABITS = 4
"""Flows of a service that come again and again."""
TAIL = 0.85
"""How much the width of flows differs: the deviation of its logarithm."""
WIDEST = 9.0
JITTER = 0.02
"""How far a habit is off each time, in deviations."""
JITTERED = 8
"""Columns that are off at all; the first ones."""


@compiled
def component_of(
    state: np.uint64,
    mixture: NDArray[np.float64],
    special: NDArray[np.int64],
    share: NDArray[np.float64],
) -> tuple[int, np.uint64]:
    """Which component a flow is of: one of the special ones of this row, or a common service."""
    for i in range(special.shape[0]):
        state += GOLDEN
        if uniform(mixed(state)) < share[i]:
            return special[i], state
    state += GOLDEN
    chosen = uniform(mixed(state))
    service, last = 0, mixture.shape[0] - 1
    while service < last and chosen > mixture[service]:
        service += 1
    return service, state


@compiled
def fill(
    state: np.uint64,
    means: NDArray[np.float64],
    noise: float,
    kinds: NDArray[np.float64],
    deviations: NDArray[np.float64],
    filled: NDArray[np.float64],
    loadings: NDArray[np.float64],
    offset: NDArray[np.float64],
    flow: NDArray[np.float32],
) -> None:
    """Draw one flow of one component."""
    first, state = normal(state)
    second, state = normal(state)
    third, state = normal(state)
    tail, state = normal(state)
    width = noise * min(math.exp(TAIL * tail), WIDEST)
    features = means.shape[0]
    for j in range(features):
        flow[j] = 0.0
        if filled[j] < 1.0:
            state += GOLDEN
            if uniform(mixed(state)) >= filled[j]:
                continue
        own, state = normal(state)
        shared = first * loadings[j, 0] + second * loadings[j, 1] + third * loadings[j, 2]
        value = means[j] + offset[j] + width * (own * deviations[j] + shared)
        flow[j] = max(value, 0.0)
    state += GOLDEN
    udp = uniform(mixed(state)) >= kinds[0]
    state += GOLDEN
    place = uniform(mixed(state))
    status = 0 if place < kinds[1] else (1 if place < kinds[2] else 2)
    for j in range(5):
        flow[features + j] = 0.0
    flow[features + (1 if udp else 0)] = 1.0
    flow[features + 2 + status] = 1.0


@cached
def draw_fair(
    keys: NDArray[np.uint64],
    agents: NDArray[np.int64],
    mixture: NDArray[np.float64],
    offset: NDArray[np.float64],
    special: NDArray[np.int64],
    share: NDArray[np.float64],
    means: NDArray[np.float64],
    noise: NDArray[np.float64],
    repeats: NDArray[np.float64],
    habits: NDArray[np.uint64],
    kinds: NDArray[np.float64],
    deviations: NDArray[np.float64],
    filled: NDArray[np.float64],
    loadings: NDArray[np.float64],
    flows: NDArray[np.float32],
) -> None:
    """Draw the benign flows of some agents.

    Args:
        keys: Seeds of the agents' generators, shape (k,).
        agents: Ids, shape (k,).
        mixture: Cumulative shares of the common services of all agents, shape (A, S).
        offset: Offsets of all agents, shape (A, N).
        special: What else comes to the agents of the call, as components, shape (k, E).
        share: Shares of the flows that are of these, shape (k, E).
        means: Of the components, common services first, shape (C, N).
        noise: How much they vary, shape (C,).
        repeats: Shares of their flows that are habits, shape (C,).
        habits: Seeds of their habits, shape (C,).
        kinds: Shares of their categories, shape (C, 3).
        deviations: Of the columns, shape (N,).
        filled: How often a column of theirs is not zero, shape (C, N).
        loadings: How the columns follow common factors, shape (N, 3).
        flows: Written, shape (k, B, N + 5).
    """
    for k in range(keys.shape[0]):
        state, agent = keys[k], agents[k]
        for b in range(flows.shape[1]):
            c, state = component_of(state, mixture[agent], special[k], share[k])
            state += GOLDEN
            habit = uniform(mixed(state)) < repeats[c]
            state += GOLDEN
            source = mixed(state)
            if habit:
                place = uniform(source)
                source = mixed(habits[c] + GOLDEN * U(int(place * place * HABITS)))
            fill(
                source,
                means[c],
                noise[c],
                kinds[c],
                deviations,
                filled[c],
                loadings,
                offset[agent],
                flows[k, b],
            )
            if habit:
                for j in range(JITTERED):
                    off, state = normal(state)
                    flows[k, b, j] = max(flows[k, b, j] + off * JITTER * deviations[j], 0.0)


_KEYS, _INTS = read(types.uint64, 1), read(types.int64, 1)
_ONE, _TWO = read(types.float64, 1), read(types.float64, 2)
SIGNATURES = {
    "draw_fair": (
        draw_fair,
        (
            _KEYS, _INTS, _TWO, _TWO, read(types.int64, 2), _TWO, _TWO, _ONE, _ONE, _KEYS, _TWO,
            _ONE, _TWO, _TWO, written(types.float32, 3),
        ),
    ),
}  # fmt: skip
"""What is compiled, by name: the kernel and the types of its arguments."""
