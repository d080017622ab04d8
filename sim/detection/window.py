"""Which training windows and which flows a detector can use at all; the same for every detector."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.detection.detector import Flows, Keys, Lengths, Rows
from sim.errors import DetectionError

MIN_FLOWS = 2
"""One flow has no spread."""


def check_windows(rows: Rows, windows: Flows, lengths: Lengths, keys: Keys, features: int) -> None:
    """Refuse arrays that do not belong together.

    Raises:
        DetectionError: A shape is wrong or a length exceeds its window.
    """
    check_flows(rows, windows, lengths, features)
    if keys.shape != rows.shape:
        raise DetectionError(f"keys have shape {keys.shape}, expected {rows.shape}")


def check_flows(rows: Rows, flows: Flows, lengths: Lengths, features: int) -> None:
    """Refuse arrays that do not belong together.

    Raises:
        DetectionError: A shape is wrong or a length exceeds the flows given.
    """
    k = rows.shape[0]
    if flows.ndim != 3 or flows.shape[0] != k or flows.shape[2] != features:
        raise DetectionError(f"flows have shape {flows.shape}, expected ({k}, any, {features})")
    if lengths.shape != (k,):
        raise DetectionError(f"lengths have shape {lengths.shape}, expected ({k},)")
    if k and (lengths.min() < 0 or lengths.max() > flows.shape[1]):
        raise DetectionError(f"lengths must lie between 0 and {flows.shape[1]}")


def present(lengths: Lengths, flows: int) -> NDArray[np.bool_]:
    """Which of `flows` padded places hold a flow, shape (k, flows)."""
    return np.arange(flows) < lengths[:, None]


def usable(windows: Flows, lengths: Lengths) -> NDArray[np.bool_]:
    """Which windows a model can be fitted on, shape (k,).

    A window is usable if it has at least `MIN_FLOWS` flows, all finite, and not all the same.
    """
    if windows.shape[1] == 0:
        return np.zeros(windows.shape[0], dtype=np.bool_)
    there = present(lengths, windows.shape[1])
    finite = (np.isfinite(windows).all(axis=2) | ~there).all(axis=1)
    varies = ((windows != windows[:, :1]).any(axis=2) & there).any(axis=1)
    return np.asarray((lengths >= MIN_FLOWS) & finite & varies)


def scorable(flows: Flows, lengths: Lengths) -> NDArray[np.bool_]:
    """Which flows can be scored: present and finite, shape (k, B)."""
    return np.asarray(np.isfinite(flows).all(axis=2) & present(lengths, flows.shape[1]))
