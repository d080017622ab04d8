"""Our kinds of detectors, as plug-ins would declare theirs. Importing this costs nothing."""

from __future__ import annotations

from sim.detection.detector import Detector, DetectorKind, Sizes
from sim.numerics.compilation import FOREST, PEERS


def _forest(sizes: Sizes) -> Detector:
    from sim.detection.isolation_forest import IsolationForestBank

    return IsolationForestBank(sizes.agents, sizes.features, sizes.trees, sizes.subsample)


def _reference_forest(sizes: Sizes) -> Detector:
    from sim.detection.scikit_learn import forest_bank

    return forest_bank(sizes.agents, sizes.features, sizes.trees, sizes.subsample)


def _mahalanobis(sizes: Sizes) -> Detector:
    from sim.detection.mahalanobis import MahalanobisBank

    return MahalanobisBank(sizes.agents, sizes.features)


def scikit_learn_kind(name: str) -> DetectorKind:
    """Any outlier detector of scikit-learn; whether there is such a one is seen when it is made."""

    def build(sizes: Sizes) -> Detector:
        from sim.detection.scikit_learn import estimator_bank

        return estimator_bank(name, sizes.agents, sizes.features)

    return DetectorKind(build)


ISOLATION_FOREST = DetectorKind(_forest, lends_trees=True, kernels=(FOREST, PEERS))
ISOLATION_FOREST_SKLEARN = DetectorKind(_reference_forest)
MAHALANOBIS = DetectorKind(_mahalanobis)
