"""Numbers in the notation of every program."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `values` with NaN in place of infinities."""
    return np.where(np.isfinite(values), values, np.nan)


def as_numbers(
    cells: NDArray[np.object_] | NDArray[np.float64], *, point: bool = True
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (B,) the cells as numbers, and (B,) where they are neither number nor missing.

    `point` tells whether a point stands before the fraction.
    """
    values = np.full(len(cells), np.nan)
    bad = np.zeros(len(cells), dtype=np.bool_)
    for at, cell in enumerate(cells):
        if cell is None:
            continue
        try:
            values[at] = _number(cell, point)
        except ValueError:
            bad[at] = True
    return finite(values), bad


def _number(cell: str, point: bool) -> float:
    """Read decimal notation only: Python would also take underscores and foreign digits."""
    if "_" in cell or not cell.isascii() or ("." in cell and not point):
        raise ValueError(cell)
    return float(cell)
