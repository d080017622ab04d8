"""Anomaly detectors: all models of a shard behind one interface, scores on one scale."""

from sim.detection.detector import Detector
from sim.detection.registry import detector_kind, detector_names, make_detector

__all__ = [
    "Detector",
    "detector_kind",
    "detector_names",
    "make_detector",
]
