"""Detectors by name."""

from __future__ import annotations

from sim.detection.detector import Detector, DetectorKind, Sizes
from sim.detection.kinds import scikit_learn_kind
from sim.errors import DetectionError
from sim.plugins.catalogue import DETECTORS
from sim.text import closest


def detector_names() -> list[str]:
    """Every name that `make_detector` knows. Imports all of scikit-learn (about two seconds)."""
    from sim.detection.scikit_learn import outlier_estimators

    return [*DETECTORS.names, *(DETECTORS.pattern + name for name in sorted(outlier_estimators()))]


def detector_kind(name: str) -> DetectorKind:
    """What makes the detectors of this name, and what they can do.

    Raises:
        DetectionError: the name is unknown.
        PluginError: the plug-in that offers it is broken.
    """
    if name.startswith(DETECTORS.pattern):
        return scikit_learn_kind(name)
    if name not in DETECTORS:
        near = closest(name, detector_names())
        raise DetectionError(f"unknown detector {name[:60]!a}: did you mean {near!r}?")
    return DETECTORS.get(name, DetectorKind)


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
        PluginError: The plug-in that offers it is broken.
    """
    sizes = {"agents": agents, "features": features, "window": window, "trees": trees}
    for what, size in (sizes | {"subsample": subsample}).items():
        if size < (0 if what == "agents" else 1):
            raise DetectionError(f"{name[:60]!a}: {what} is {size}, expected a positive number")
    kind = detector_kind(name)
    return kind.build(Sizes(agents, features, window, trees, min(subsample, window)))
