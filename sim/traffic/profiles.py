"""Normal synthetic traffic: a mixture of applications, correlated, different for each agent.

A flow belongs to one application. Its features are normal in log1p units around the application's
means, with two shared factors (volume and time) that correlate bytes, packets and duration. An
agent's profile is its own mixture of applications and an offset of its own; how far profiles lie
apart is `traffic.skew`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.numerics.compilation import kernels_of
from sim.numerics.rng import Keys, Purpose, keys, normals, uniforms

FEATURES = (
    "duration",
    "bytes_out",
    "bytes_in",
    "packets",
    "distinct_ports",
    "distinct_hosts",
    "failed_percent",
    "jitter_ms",
)
"""Seconds, bytes, bytes, packets, ports and hosts per minute, per cent, milliseconds; as log1p."""

APPLICATIONS = ("web", "dns", "mail", "backup", "database", "shell")

MEANS = np.array(
    [
        # dur  out   in   pkts ports hosts fail  jitter
        [1.20, 7.0, 9.6, 3.3, 1.10, 2.00, 0.60, 3.6],
        [0.15, 4.2, 5.1, 1.1, 0.75, 1.30, 0.70, 2.4],
        [1.60, 9.2, 6.4, 3.4, 1.05, 1.60, 0.50, 4.2],
        [4.20, 12.2, 7.6, 7.4, 0.80, 0.90, 0.20, 2.9],
        [0.80, 6.6, 8.3, 2.7, 0.75, 0.85, 0.30, 2.0],
        [3.60, 7.6, 8.0, 4.6, 0.75, 1.00, 0.90, 4.8],
    ]
)
DEVIATIONS = np.array([0.25, 0.45, 0.50, 0.30, 0.15, 0.25, 0.30, 0.45])
_VOLUME = np.array([0.10, 0.55, 0.60, 0.45, 0.00, 0.05, 0.00, -0.05])
_TIME = np.array([0.35, 0.05, 0.05, 0.10, 0.00, 0.00, 0.10, 0.40])
COMMON = np.array([0.40, 0.20, 0.12, 0.06, 0.14, 0.08])
"""Mixture of applications that all agents share when there is no skew."""


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """Normal traffic of `n` agents."""

    mixture: NDArray[np.float64]
    """(n, applications) cumulative shares."""
    offset: NDArray[np.float64]
    """(n, D)."""

    def main_application(self, row: int, names: Sequence[str] = APPLICATIONS) -> str:
        """The one of these applications with the largest share."""
        shares = np.diff(self.mixture[row], prepend=0.0)
        top = int(np.argmax(shares))
        return f"{names[top]} {shares[top]:.0%}"


def make_profiles(
    seed: int,
    agents: NDArray[np.int64],
    skew: float,
    *,
    common: NDArray[np.float64] = COMMON,
    deviations: NDArray[np.float64] = DEVIATIONS,
) -> Profiles:
    """The profiles of these agents.

    Args:
        seed: of the run.
        agents: (n,) ids.
        skew: how much they differ, 0..1.
        common: (applications,) shares without skew.
        deviations: (D,) of the features, by which offsets go.
    """
    key = keys(seed, Purpose.PROFILE, agents)
    drawn = uniforms(key, len(common))
    # Exponential weights to a power: a Dirichlet-like draw that concentrates as the power grows.
    own = (-np.log1p(-drawn)) ** (1.0 + 3.0 * skew)
    own /= own.sum(axis=1, keepdims=True)
    shares = (1.0 - skew) * common + skew * own
    offsets = normals(key ^ np.uint64(1), len(deviations)) * deviations * skew
    return Profiles(np.cumsum(shares, axis=1), offsets)


def normal_flows(
    profiles: Profiles, rows: NDArray[np.int64], key: Keys, size: int
) -> NDArray[np.float32]:
    """(k, size, D) normal flows of the agents in `rows`, drawn with one key per agent."""
    flows = np.empty((len(rows), size, len(FEATURES)), dtype=np.float32)
    kernels_of("sim.traffic.kernels").draw_normal(
        key,
        rows,
        profiles.mixture,
        profiles.offset,
        MEANS,
        DEVIATIONS,
        _VOLUME,
        _TIME,
        flows,
    )
    return flows
