"""Mahalanobis distance to the robust centre of an agent's own traffic.

Location and scatter are those of the minimum covariance determinant, reached by the C-steps of
Rousseeuw and Van Driessen, "A fast algorithm for the minimum covariance determinant estimator",
Technometrics 41(3), 1999, from one deterministic start as in Hubert, Rousseeuw and Verdonck, "A
deterministic algorithm for robust location and scatter", JCGS 21(3), 2012:

1. Standardise each feature by median and MAD; where the MAD is 0 (one-hot features), by the
   standard deviation.
2. Start from the half of the flows that lie nearest to the medians, by the sum of Huber's losses.
3. Five times: take mean and covariance, keep the 75 % of the flows that lie nearest.

The start ignores correlations on purpose. A flood is a tight cluster, and a start from the
correlations of clipped values already leans towards it and never lets go (tried: AUC .59 with a
fifth of the window in one tight cluster, much as scikit-learn's `EllipticEnvelope`; now 1.0).

So up to a quarter of the window may be attack. The covariances are shrunk towards their diagonal
by (D / (D + flows kept)) ** 2, hardly at all with 8 features and 192 flows kept, by .15 with 120,
which have more covariances than 192 flows can tell. (The intensity of Schäfer and Strimmer, SAGMB
4(1), 2005, was tried: one strongly correlated pair among independent features is shrunk away, AUC
.75 instead of .91 where an attack breaks that correlation.)

Variances have two floors. A feature that is constant in the window gets the variance of one that
was off its value once: a flag never seen before is odd, but not infinitely odd. Any other gets half
of its variance in the whole window (at most of its robust variance): of a one-hot feature the
C-steps would keep the commoner value only and take the rarer one for an attack.

The raw score is the distance itself (not squared), in standard deviations. Fresh normal traffic is
a little farther out than the flows that the covariance was fitted on: of independent Gaussian
traffic 5.5 % exceed the score 0.5 with 8 features and a window of 256, 6 % with 120.

Bits: all arithmetic is per agent, and matrix products are cut into blocks of a fixed shape, so
small that BLAS computes them in one thread. Results depend neither on the shard nor on the number
of threads, but they may on the processor, by which BLAS picks its kernels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.detection.detector import Flows, Keys, Lengths, Rows, State
from sim.detection.normalise import Calibration
from sim.detection.window import check_flows, check_windows, scorable, usable
from sim.errors import DetectionError

KEPT_SHARE = 0.75
CONCENTRATION_STEPS = 5
LEAST_VARIANCE = 0.5
"""Least share of a feature's standardised variance in the window that its variance may have."""
HUBER = 3.0
"""Standard deviations from which a feature counts linearly in the start."""
MAD_TO_SIGMA = 1.4826
FLOOR = 0.1
"""Least spread of the distances, in standard deviations."""
_AGENTS_AT_ONCE = 16
_BLOCK = 16

Array = NDArray[np.float64]


class MahalanobisBank:
    """One robust centre and scatter per row; satisfies `Detector`.

    `keys` are not used: nothing is drawn.
    """

    name = "mahalanobis"

    def __init__(self, agents: int, features: int) -> None:
        """Bank of `agents` models over `features` features."""
        self.features = features
        self.fitted: NDArray[np.bool_] = np.zeros(agents, dtype=np.bool_)
        self.location: Array = np.zeros((agents, features))
        self.whitening: Array = np.zeros((agents, features, features))
        self._calibration = Calibration(agents, FLOOR)

    def fit(self, rows: Rows, windows: Flows, lengths: Lengths, keys: Keys) -> NDArray[np.bool_]:
        """Fit location and scatter of some rows; see `Detector.fit`."""
        check_windows(rows, windows, lengths, keys, self.features)
        done = usable(windows, lengths)
        for length in np.unique(lengths[done]):
            same = np.flatnonzero(done & (lengths == length))
            for start in range(0, len(same), _AGENTS_AT_ONCE):
                chosen = same[start : start + _AGENTS_AT_ONCE]
                self._fit_rows(rows[chosen], windows[chosen, :length].astype(np.float64, order="C"))
        self.fitted[rows[done]] = True
        return done

    def _fit_rows(self, rows: Rows, flows: Array) -> None:
        location, whitening = concentrate(flows)
        self.location[rows], self.whitening[rows] = location, whitening
        raw = distances(flows, location, whitening)
        self._calibration.fit(rows, raw, np.full(len(rows), flows.shape[1]))

    def score(self, rows: Rows, flows: Flows, lengths: Lengths) -> NDArray[np.float32]:
        """Score by the distance to each row's own centre; see `Detector.score`."""
        check_flows(rows, flows, lengths, self.features)
        judged = scorable(flows, lengths) & self.fitted[rows, None]
        raw = np.full(flows.shape[:2], np.nan)
        for start in range(0, len(rows), _AGENTS_AT_ONCE):
            part = slice(start, start + _AGENTS_AT_ONCE)
            clean = np.where(judged[part, :, None], flows[part], np.float32(0))
            of = rows[part]
            raw[part] = distances(
                clean.astype(np.float64, order="C"), self.location[of], self.whitening[of]
            )
        raw[~judged] = np.nan
        return self._calibration.scores(rows, raw)

    def state(self) -> State:
        """Location, whitening matrix and calibration of every row."""
        return {
            "fitted": self.fitted.copy(),
            "location": self.location.copy(),
            "whitening": self.whitening.copy(),
            **self._calibration.state(),
        }

    def restore(self, state: State) -> None:
        """Take over what `state` returned."""
        own = self.state()
        for key, array in own.items():
            if key not in state or state[key].shape != array.shape:
                raise DetectionError(f"{self.name}: the state has no {key!r} of {array.shape}")
        self.fitted[:] = state["fitted"]
        self.location[:] = state["location"]
        self.whitening[:] = state["whitening"]
        self._calibration.restore(state)


def concentrate(flows: Array) -> tuple[Array, Array]:
    """Robust location and whitening matrix of each agent's flows.

    Args:
        flows: Finite flows, shape (k, n, D), n >= 2.

    Returns:
        Location, shape (k, D), and a matrix M with M @ M.T the inverse of the scatter, shape
        (k, D, D).
    """
    centre, scale = np.median(flows, axis=1), feature_scale(flows)
    units = (flows - centre[:, None]) / scale[:, None]
    spread = np.minimum(_mean(units**2), 1.0)
    mean, whitening = _scatter(_nearest(units, _huber(units), 0.5), spread)
    for _ in range(CONCENTRATION_STEPS):
        away = distances(units, mean, whitening)
        mean, whitening = _scatter(_nearest(units, away, KEPT_SHARE), spread)
    return centre + mean * scale, whitening / scale[:, :, None]


def _nearest(units: Array, away: Array, share: float) -> Array:
    """The `share` of each agent's flows with the smallest `away`, at least two; ties by place."""
    kept = max(2, int(np.ceil(share * units.shape[1])))
    order = np.argsort(away, axis=1, kind="stable")[:, :kept]
    return np.take_along_axis(units, order[:, :, None], axis=1)


def _huber(units: Array) -> Array:
    """Sum over the features of Huber's loss of the standardised values, shape (k, n)."""
    size = np.abs(units)
    loss = np.where(size < HUBER, size**2, HUBER * (2 * size - HUBER))
    return _sum_last(loss)


def _sum_last(values: Array) -> Array:
    """Sum over the last axis, one term after the other: NumPy's order depends on the shape."""
    total = np.zeros(values.shape[:-1])
    for j in range(values.shape[-1]):
        total += values[..., j]
    return total


def feature_scale(flows: Array) -> Array:
    """MAD of each feature, else standard deviation, else the constant's magnitude; (k, D)."""
    centre = np.median(flows, axis=1)
    scale = MAD_TO_SIGMA * np.median(np.abs(flows - centre[:, None]), axis=1)
    spread = np.sqrt(_mean((flows - centre[:, None]) ** 2))
    scale = np.where(scale > 0, scale, spread)
    return np.where(scale > 0, scale, np.maximum(np.abs(centre), 1.0))


def distances(flows: Array, location: Array, whitening: Array) -> Array:
    """Mahalanobis distances, shape (k, n), of flows of shape (k, n, D).

    The product is taken in blocks of `_BLOCK` flows, padded with zeros: a flow's result must not
    depend on how many others are in the call, and BLAS treats the last rows of a matrix
    differently.
    """
    k, n, features = flows.shape
    blocks = -(-n // _BLOCK)
    away = np.zeros((k, blocks * _BLOCK, features))
    away[:, :n] = flows - location[:, None]
    blocked = away.reshape(k, blocks, _BLOCK, features)
    white = (blocked @ whitening[:, None]).reshape(k, blocks * _BLOCK, features)
    return np.sqrt(_sum_last(white[:, :n] ** 2))


def _scatter(units: Array, spread: Array) -> tuple[Array, Array]:
    """Mean and whitening matrix of the flows kept, `spread` being the whole window's variances."""
    kept, features = units.shape[1:]
    mean = _mean(units)
    covariance = _gram(units - mean[:, None]) / kept
    least = 1.0 / (kept + 2)
    diagonal = np.arange(features)
    floor = np.maximum(LEAST_VARIANCE * spread, least)
    variance = np.maximum(covariance[:, diagonal, diagonal], floor)
    covariance *= 1.0 - max((features / (features + kept)) ** 2, least)
    covariance[:, diagonal, diagonal] = variance
    lower = np.linalg.cholesky(covariance)
    identity = np.broadcast_to(np.eye(features), covariance.shape)
    return mean, np.ascontiguousarray(np.linalg.solve(lower, identity).transpose(0, 2, 1))


def _mean(units: Array) -> Array:
    """Mean over axis 1."""
    return _sum_last(units.transpose(0, 2, 1)) / np.float64(units.shape[1])


def _gram(units: Array) -> Array:
    """Sum over flows of the outer products, shape (k, D, D), block by block."""
    k, n, features = units.shape
    total = np.zeros((k, features, features))
    for start in range(0, n, _BLOCK):
        block = units[:, start : start + _BLOCK]
        total += block.transpose(0, 2, 1) @ block
    return total
