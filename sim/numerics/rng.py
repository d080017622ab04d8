"""Counter-based random numbers: every draw is a pure function of (seed, purpose, agent, step).

There is no generator state to share, so neither the order of computation nor the number of
workers can change a result. The mixing function is SplitMix64 (Steele, Lea, Flood: Fast splittable
pseudorandom number generators, OOPSLA 2014).
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.random import Generator as Generator
from numpy.typing import NDArray

Keys = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_WORD = (1 << 64) - 1


class Purpose(IntEnum):
    """What a random number is for; two purposes never share a draw."""

    PROFILE = 1
    NORMAL_FLOWS = 2
    ATTACK_FLOWS = 3
    ATTACK_TARGETS = 4
    FIT = 5
    COMMITTEE = 6
    ADVERSARIES = 7
    MISBEHAVIOUR = 8
    FAULTS = 9
    ORDER = 10
    LENDERS = 11
    LENT_TREES = 12
    COMMITTEES = 13
    BURSTS = 14
    RARE_SERVICES = 15
    HABITS = 16
    ARRIVALS = 17


def keys(seed: int, purpose: Purpose, agents: NDArray[np.int64], step: int = 0) -> Keys:
    """One key per agent, (k,) uint64."""
    start = np.array([(seed * 0x2545F4914F6CDD1D + int(purpose)) & _WORD], dtype=np.uint64)
    mixed = _mix(_mix(start) ^ agents.astype(np.uint64) * _GOLDEN)
    return _mix(mixed + np.uint64(step & _WORD))


def uniforms(key: Keys, count: int) -> NDArray[np.float64]:
    """(k, count) independent draws from [0, 1)."""
    counters = np.arange(1, count + 1, dtype=np.uint64) * _GOLDEN
    bits = _mix(key[:, None] + counters[None, :])
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def generator(seed: int, salt: int) -> Generator:
    """A generator of NumPy's for what is drawn in one go, by one caller, before the first step.

    Args:
        seed: of the run.
        salt: what sets apart its draws from those of others; 64 bits.
    """
    key = np.array([seed & _WORD, salt & _WORD], dtype=np.uint64)
    return Generator(np.random.Philox(key=key))


def normals(key: Keys, count: int) -> NDArray[np.float64]:
    """(k, count) independent standard normal draws, by the Box-Muller transform."""
    half = (count + 1) // 2
    uniform = uniforms(key, 2 * half)
    radius = np.sqrt(-2.0 * np.log1p(-uniform[:, :half]))
    angle = 2.0 * np.pi * uniform[:, half:]
    drawn = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return np.ascontiguousarray(drawn[:, :count])


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * _MIX_1
    x = (x ^ (x >> np.uint64(27))) * _MIX_2
    return x ^ (x >> np.uint64(31))
