"""One scale for all detectors, so that one live threshold means the same for each.

A detector's raw anomaly scores have a unit of their own: path lengths, distances, densities. Each
agent's scale is set by its own training flows. With `q50` and `q95` the quantiles of their raw
scores,

    z = max(0, raw - q50) / max(q95 - q50, floor)        score = 1 - 2 ** -z

so 0 is "no more unusual than half of my training flows", 0.5 the 95th percentile, 0.75 twice as far
out as that, and 1 is approached but never reached. The floor keeps a window of near-duplicates,
where q95 = q50, from turning every hair's breadth into an alarm.

The training flows judge themselves, so the quantiles are *in-sample*: a model knows the flows it
was fitted on, fresh normal traffic scores a little higher, and somewhat more than 5 % of it exceeds
0.5. Each detector's docstring says how much. With a contaminated window q95 lies among the
contaminants: scores of attacks fall, their order stays.

`power_of_half` uses only IEEE additions, multiplications and exact scalings, because the libraries'
`exp` differ in the last bit between processors and would make a ledger depend on the machine.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.detection.detector import Lengths, Rows, State

RELATIVE_FLOOR = 1e-3
"""Least spread as a share of the median raw score's magnitude."""
LARGEST_SCORE = np.nextafter(np.float32(1), np.float32(0))
LARGEST_EXPONENT = 1100.0
TAYLOR = [(-math.log(2)) ** n / math.factorial(n) for n in range(15)]


def power_of_half(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """2 to the power of -z for z >= 0, to 2 units in the last place; NaN stays NaN.

    Taylor series on [-1/2, 1/2] after splitting off the nearest integer.
    """
    z = np.minimum(z, LARGEST_EXPONENT)
    whole = np.rint(z)
    rest = z - whole
    series = np.full_like(z, TAYLOR[-1])
    for coefficient in reversed(TAYLOR[:-1]):
        series = series * rest + coefficient
    return np.ldexp(series, -np.nan_to_num(whole).astype(np.int32))


def quantile(ordered: NDArray[np.float64], lengths: Lengths, q: float) -> NDArray[np.float64]:
    """Quantile of the first `lengths` values of each ascending row, with linear interpolation.

    Args:
        ordered: Ascending values, shape (k, L).
        lengths: How many of them count, at least 1, shape (k,).
        q: The quantile in [0, 1].

    Returns:
        Quantiles, shape (k,).
    """
    place = q * (lengths - 1)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, lengths - 1)
    low = np.take_along_axis(ordered, below[:, None], axis=1)[:, 0]
    high = np.take_along_axis(ordered, above[:, None], axis=1)[:, 0]
    # Not low + share * (high - low): that can leave [low, high] by a rounding and overflow.
    share = place - below
    return np.asarray(np.clip(low * (1 - share) + high * share, low, high))


class Calibration:
    """The raw scores' median and spread of each row's training flows."""

    def __init__(self, agents: int, floor: float) -> None:
        """`floor` is the least spread, in the detector's unit of raw score."""
        self.floor = floor
        self.median: NDArray[np.float64] = np.full(agents, np.nan)
        self.spread: NDArray[np.float64] = np.full(agents, np.nan)

    def fit(self, rows: Rows, raw: NDArray[np.float64], lengths: Lengths) -> None:
        """Take the scale of some rows from their training flows' raw scores.

        Args:
            rows: Rows, shape (k,).
            raw: Raw scores, higher is more anomalous, finite within `lengths`, shape (k, L).
            lengths: Training flows of each row, at least 1, shape (k,).
        """
        if rows.size == 0:
            return
        ordered = np.sort(np.where(np.arange(raw.shape[1]) < lengths[:, None], raw, np.inf), axis=1)
        median = quantile(ordered, lengths, 0.5)
        floor = np.maximum(self.floor, RELATIVE_FLOOR * np.abs(median))
        self.median[rows] = median
        self.spread[rows] = np.maximum(quantile(ordered, lengths, 0.95) - median, floor)

    def scores(self, rows: Rows, raw: NDArray[np.float64]) -> NDArray[np.float32]:
        """Normalised scores in [0, 1) of raw scores of shape (k, B); NaN stays NaN."""
        z = np.maximum(raw - self.median[rows, None], 0.0) / self.spread[rows, None]
        return np.minimum((1.0 - power_of_half(z)).astype(np.float32), LARGEST_SCORE)

    def state(self) -> State:
        """The two arrays, under names of their own."""
        return {"calibration_median": self.median.copy(), "calibration_spread": self.spread.copy()}

    def restore(self, state: State) -> None:
        """Take over what `state` returned."""
        self.median[:] = state["calibration_median"]
        self.spread[:] = state["calibration_spread"]
