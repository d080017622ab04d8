"""scikit-learn's outlier detectors, one object per agent: the reference, and what is not compiled.

Each call costs what scikit-learn costs (an isolation forest: 53 ms to fit, 3.8 ms to score 100
flows) and holds the GIL for most of it, so this is for tens of agents, not for thousands.

In-sample bias: `LocalOutlierFactor` scores its own training flows as if each had a duplicate,
`OneClassSVM` bends its boundary around them; both flag fresh normal traffic more often than 5 % at
0.5.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.detection.detector import Flows, Keys, Lengths, Rows
from sim.detection.normalise import Calibration
from sim.detection.training import RefittedBank, TrainingRecord
from sim.detection.window import check_flows, check_windows, scorable, usable
from sim.errors import DetectionError
from sim.text import closest, quoted

PREFIX = "sklearn:"
_FLOOR = 1e-9
Build = Callable[[int, int], Any]
"""Makes an unfitted estimator from (training flows, seed)."""


class EstimatorBank(RefittedBank):
    """One scikit-learn outlier estimator per row; satisfies `Detector`."""

    def __init__(
        self, name: str, agents: int, features: int, build: Build, floor: float = _FLOOR
    ) -> None:
        """`build` makes the estimators, `floor` is the least spread of their raw scores."""
        self.name = name
        self.features = features
        self.fitted: NDArray[np.bool_] = np.zeros(agents, dtype=np.bool_)
        self._build = build
        self._models: list[Any] = [None] * agents
        self._calibration = Calibration(agents, floor)
        self._training = TrainingRecord(agents, features)

    def fit(self, rows: Rows, windows: Flows, lengths: Lengths, keys: Keys) -> NDArray[np.bool_]:
        """Fit one estimator per row; see `Detector.fit`."""
        check_windows(rows, windows, lengths, keys, self.features)
        done = usable(windows, lengths)
        for i in np.flatnonzero(done):
            done[i] = self._fit_row(rows[i : i + 1], windows[i, : lengths[i]], keys[i])
        self._training.keep(rows[done], windows[done], lengths[done], keys[done])
        self.fitted[rows[done]] = True
        return done

    def _fit_row(self, row: Rows, window: Flows, key: np.uint64) -> bool:
        flows = window.astype(np.float64, order="C")
        try:
            model = self._build(len(flows), seed_of(int(key))).fit(flows)
            raw = -np.asarray(model.score_samples(flows), dtype=np.float64)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):
            return False
        if not np.isfinite(raw).all():
            return False
        self._models[int(row[0])] = model
        self._calibration.fit(row, raw[None], np.array([len(raw)]))
        return True

    def score(self, rows: Rows, flows: Flows, lengths: Lengths) -> NDArray[np.float32]:
        """Score by each row's own estimator; see `Detector.score`."""
        check_flows(rows, flows, lengths, self.features)
        raw = np.full(flows.shape[:2], np.nan)
        judged = scorable(flows, lengths) & self.fitted[rows, None]
        for i in np.flatnonzero(judged.any(axis=1)):
            # Only the real flows go in, so that the result cannot depend on the padding.
            batch = flows[i, judged[i]].astype(np.float64, order="C")
            raw[i, judged[i]] = -self._models[rows[i]].score_samples(batch)
        return self._calibration.scores(rows, raw)


def seed_of(key: int) -> int:
    """Fold a 64-bit key into the 32 bits that scikit-learn takes as `random_state`."""
    return (key ^ (key >> 32)) & 0xFFFFFFFF


@functools.cache
def outlier_estimators() -> dict[str, type[Any]]:
    """scikit-learn's outlier detectors by class name."""
    from sklearn.base import OutlierMixin
    from sklearn.utils import all_estimators

    return {name: kind for name, kind in all_estimators() if issubclass(kind, OutlierMixin)}


def estimator_bank(name: str, agents: int, features: int) -> EstimatorBank:
    """Bank of the estimator that `name` (`sklearn:` and a class name) means.

    Features are standardised by each training window first: distances need a common unit.

    Raises:
        DetectionError: scikit-learn has no outlier detector of that name.
    """
    wanted = name.removeprefix(PREFIX)
    known = outlier_estimators()
    if wanted not in known:
        raise DetectionError(
            f"unknown detector {quoted(name)}: did you mean {PREFIX + closest(wanted, known)!r}?"
            f" scikit-learn has {', '.join(sorted(known))}"
        )
    # On stderr they would garble the screen, and there is nothing the user could do about them.
    warnings.filterwarnings("ignore", message="The covariance matrix|Determinant has increased")
    return EstimatorBank(name, agents, features, functools.partial(_standardised, known[wanted]))


def _standardised(kind: type[Any], flows: int, seed: int) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = kind()
    asked = {"random_state": seed, "novelty": True}
    if "n_neighbors" in model.get_params():
        asked["n_neighbors"] = min(model.n_neighbors, flows - 1)
    model.set_params(**{key: asked[key] for key in asked if key in model.get_params()})
    return make_pipeline(StandardScaler(), model)


def forest_bank(agents: int, features: int, trees: int, subsample: int) -> EstimatorBank:
    """Bank of scikit-learn's isolation forests, the reference for the compiled ones."""

    def build(flows: int, seed: int) -> Any:
        from sklearn.ensemble import IsolationForest

        return IsolationForest(
            n_estimators=trees, max_samples=min(subsample, flows), random_state=seed
        )

    return EstimatorBank("isolation_forest_sklearn", agents, features, build, floor=0.01)
