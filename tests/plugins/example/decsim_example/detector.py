"""A detector: the largest deviation of any feature, in standard deviations."""

from __future__ import annotations

import numpy as np

from sim.detection.detector import Detector, DetectorKind, Sizes
from sim.detection.scikit_learn import EstimatorBank


class ZScore:
    """One model, in the manner of scikit-learn: higher is more normal."""

    def fit(self, flows: np.ndarray) -> ZScore:
        self.mean = flows.mean(axis=0)
        self.deviation = np.maximum(flows.std(axis=0), 1e-6)
        return self

    def score_samples(self, flows: np.ndarray) -> np.ndarray:
        return -np.abs((flows - self.mean) / self.deviation).max(axis=1)


def _model(flows: int, seed: int) -> ZScore:
    return ZScore()


def _build(sizes: Sizes) -> Detector:
    return EstimatorBank("zscore", sizes.agents, sizes.features, _model)


ZSCORE = DetectorKind(_build)
