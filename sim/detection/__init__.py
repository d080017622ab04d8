"""Anomaly detectors: all models of a shard behind one interface, scores on one scale."""

from sim.detection.compilation import is_compiled, warm_up
from sim.detection.detector import Detector
from sim.detection.registry import detector_kind, detector_names, make_detector

__all__ = [
    "Detector",
    "detector_kind",
    "detector_names",
    "is_compiled",
    "make_detector",
    "warm_up",
]
