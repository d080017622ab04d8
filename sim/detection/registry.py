"""Detectors by name."""

from __future__ import annotations

import difflib

from sim.detection.detector import Detector
from sim.errors import DetectionError

NAMES = ("isolation_forest", "isolation_forest_sklearn", "mahalanobis")
"""Our own names; besides, `sklearn:` and the class name of any scikit-learn outlier detector."""


def detector_names() -> list[str]:
    """Every name that `make_detector` knows. Imports all of scikit-learn (about two seconds)."""
    from sim.detection.scikit_learn import PREFIX, outlier_estimators

    return [*NAMES, *(PREFIX + name for name in sorted(outlier_estimators()))]


def make_detector(
    name: str,
    agents: int,
    features: int,
    window: int,
    *,
    trees: int = 100,
    subsample: int = 256,
) -> Detector:
    """Detector for a shard, none of its rows fitted.

    Args:
        name: One of `detector_names()`.
        agents: Rows of the shard.
        features: Features of a flow.
        window: Largest training window, in flows.
        trees: Trees of each isolation forest.
        subsample: Flows that each tree is built from, at most `window` of them.

    Raises:
        DetectionError: The name is unknown, a size is wrong, or the detector cannot run here.
    """
    sizes = {"agents": agents, "features": features, "window": window, "trees": trees}
    for what, size in (sizes | {"subsample": subsample}).items():
        if size < (0 if what == "agents" else 1):
            raise DetectionError(f"{name[:60]!a}: {what} is {size}, expected a positive number")
    return _make(name, agents, features, trees, min(subsample, window))


def _make(name: str, agents: int, features: int, trees: int, subsample: int) -> Detector:
    from sim.detection import scikit_learn

    if name == "isolation_forest":
        from sim.detection.isolation_forest import IsolationForestBank

        return IsolationForestBank(agents, features, trees, subsample)
    if name == "mahalanobis":
        from sim.detection.mahalanobis import MahalanobisBank

        return MahalanobisBank(agents, features)
    if name == "isolation_forest_sklearn":
        return scikit_learn.forest_bank(agents, features, trees, subsample)
    if name.startswith(scikit_learn.PREFIX):
        return scikit_learn.estimator_bank(name, agents, features)
    near = difflib.get_close_matches(name, detector_names(), n=1, cutoff=0.0)
    raise DetectionError(f"unknown detector {name[:60]!a}: did you mean {near[0]!r}?")
