"""The services of fair traffic: what there is in the world, the same for every seed.

Numbers are in log1p units, as the models see them. What the six applications of clear traffic look
like is kept; four services and seventeen columns come on top, whose means are drawn once and for
all by a key of their own, so that a run's seed moves flows and never the test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.numerics.rng import Purpose, keys, normals, uniforms
from sim.traffic.profiles import APPLICATIONS, FEATURES, MEANS

Floats = NDArray[np.float64]

SERVICES: Final = (*APPLICATIONS, "streaming", "monitoring", "chat", "login")
STEADY: Final = (
    "packets_in",
    "packet_size",
    "gap_ms",
    "active_s",
    "window_kb",
    "flows_per_minute",
)
"""Columns that every flow fills."""
SPARSE: Final = (
    "resets",
    "retransmissions",
    "fragments",
    "unanswered",
    "failed_logins",
    "redirects",
    "uploads",
    "repeats",
    "odd_ports",
    "long_gaps",
    "warnings",
)
"""Columns that are zero in nearly every flow."""
NUMBERS: Final = (*FEATURES, *STEADY, *SPARSE)
ONE_HOTS: Final = ("protocol=tcp", "protocol=udp", "state=done", "state=open", "state=refused")
COLUMNS: Final = (*NUMBERS, *ONE_HOTS)

SHARES: Final = np.array([0.28, 0.17, 0.09, 0.05, 0.10, 0.05, 0.07, 0.05, 0.08, 0.06])
"""Of the services, where there is no skew."""
RARE: Final = 6
"""Rare benign services."""

_MORE_MEANS: Final = np.array(
    [
        # dur  out   in   pkts ports hosts fail  jitter
        [5.00, 8.5, 12.5, 8.4, 0.75, 0.90, 0.20, 2.2],
        [0.20, 5.0, 4.5, 1.6, 2.60, 3.20, 1.80, 1.4],
        [5.60, 6.2, 6.4, 3.8, 0.72, 0.85, 0.30, 5.2],
        [2.00, 6.8, 6.6, 3.4, 0.70, 0.72, 1.60, 3.0],
    ]
)
_BASES: Final = np.array([3.2, 5.8, 3.6, 1.8, 3.4, 2.6])
_APART: Final = 0.4
"""How far the services lie apart in the steady columns."""
_CLOSER: Final = 0.55
"""How far they lie apart in the columns of clear traffic, as a share of what they do there."""
DEVIATIONS: Final = np.concatenate(
    [np.array([0.50, 0.70, 0.75, 0.55, 0.35, 0.40, 0.45, 0.60]), np.full(len(STEADY), 0.45),
     np.full(len(SPARSE), 0.6)]
)  # fmt: skip
FILLED: Final = np.concatenate(
    [
        np.ones(len(FEATURES) + len(STEADY)),
        np.array([0.06, 0.07, 0.04, 0.05, 0.05, 0.04, 0.05, 0.07, 0.03, 0.04, 0.03]),
    ]
)
"""How often a column is not zero."""
_WHEN_FILLED: Final = 1.6
_TCP: Final = np.array([1.0, 0.1, 1.0, 1.0, 1.0, 1.0, 0.4, 0.5, 0.9, 1.0])
"""Share of the flows by TCP; the others are by UDP."""
_DONE: Final = np.array([0.90, 0.96, 0.93, 0.85, 0.92, 0.70, 0.60, 0.70, 0.50, 0.80])
_OPEN: Final = np.array([0.08, 0.02, 0.05, 0.14, 0.06, 0.27, 0.39, 0.10, 0.48, 0.08])
"""Shares of the states; the others are refused."""
FACTORS: Final = 3
"""What columns have in common: volume, time, effort."""

_WORLD: Final = 0x66616972
"""Seed of what is the same in every run ('fair' in ASCII)."""
_PERIODS: Final = (240.0, 620.0)
"""Steps in which a mean drifts away and back."""
_DRIFT: Final = 0.5
"""How far, in deviations."""


def _drawn(salt: int, rows: int) -> NDArray[np.uint64]:
    return keys(_WORLD, Purpose.PROFILE, np.arange(rows, dtype=np.int64), salt)


def _service_means() -> Floats:
    """(S, N)."""
    named = np.concatenate([MEANS, _MORE_MEANS])
    middle = SHARES @ named
    named = middle + _CLOSER * (named - middle)
    steady = _BASES + _APART * normals(_drawn(1, len(SERVICES)), len(STEADY))
    sparse = np.full((len(SERVICES), len(SPARSE)), _WHEN_FILLED)
    return np.concatenate([named, np.maximum(steady, 0.0), sparse], axis=1)


SERVICE_MEANS: Final = _service_means()
"""(S, N)."""
LOADINGS: Final = 0.5 * DEVIATIONS[:, None] * normals(_drawn(2, len(NUMBERS)), FACTORS)
"""(N, factors)."""
KINDS: Final = np.stack([_TCP, _DONE, _DONE + _OPEN], axis=1)
"""(S, 3) share by TCP, and cumulative shares of the first two states."""
_phases = uniforms(_drawn(3, len(SERVICES)), 2 * len(NUMBERS)).reshape(len(SERVICES), 2, -1)


def drifted(step: int) -> Floats:
    """(S, N) means of the services in a step."""
    periods = _PERIODS[0] + (_PERIODS[1] - _PERIODS[0]) * _phases[:, 0]
    return SERVICE_MEANS + _DRIFT * DEVIATIONS * np.sin(
        2 * np.pi * (step / periods + _phases[:, 1])
    )


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """How the flows of `k` components look."""

    means: Floats
    """(k, N)."""
    kinds: Floats
    """(k, 3); see `KINDS`."""
    filled: Floats
    """(k, N) how often a column is not zero."""

    def __add__(self, other: Look) -> Look:
        """These components, then the others."""
        return Look(
            np.concatenate([self.means, other.means]),
            np.concatenate([self.kinds, other.kinds]),
            np.concatenate([self.filled, other.filled]),
        )


def patchworks(key: NDArray[np.uint64]) -> Look:
    """What looks like no service, though each of its columns looks like one of them.

    Args:
        key: (k,) one for each patchwork.
    """
    draws = uniforms(key, len(NUMBERS) + 2)
    donor = (draws[:, :-2] * len(SERVICES)).astype(np.int64)
    means = np.take_along_axis(SERVICE_MEANS, donor, axis=0)
    # Like an attack it fills columns that are mostly empty, and ends in a state of its own.
    filled = np.tile(FILLED, (len(key), 1))
    first = (draws[:, -2] * len(SPARSE)).astype(np.int64)
    rows = np.arange(len(key))
    for mark in (first, (first + 4) % len(SPARSE)):
        filled[rows, len(NUMBERS) - len(SPARSE) + mark] = 1.0
    state = np.floor(draws[:, -1:] * 3)
    kinds = np.concatenate([np.ones_like(state), state < 1, state < 2], axis=1).astype(np.float64)
    return Look(means, kinds, filled)


def services(step: int) -> Look:
    """The common services in a step: each mean wanders slowly, on its own."""
    return Look(drifted(step), KINDS, np.tile(FILLED, (len(SERVICES), 1)))


RARE_LOOK: Final = patchworks(_drawn(4, RARE))
"""The rare services."""
