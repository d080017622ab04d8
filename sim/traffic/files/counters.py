"""Columns that only count: rows, records or time, which say where in a file a flow stands."""

from __future__ import annotations

import numpy as np

from sim.traffic.files import names
from sim.traffic.files.column import Numbers, Texts
from sim.traffic.files.names import key

_RUN = 0.95
_LEAST_ROWS = 10
_SORTED_ROWS = 50
_RISES = 20
"""A column that rises so often, and never falls, says where in the file a row stands."""
_DENSE_ROWS = 200
_DENSE = 10

Whole = Numbers | Texts


def counts_rows(name: str, column: Whole) -> bool:
    """Tell whether a column only counts: rows, records or time, in whatever order they are now."""
    if not isinstance(column, Numbers) or len(column.values) < _LEAST_ROWS:
        return False
    values, rows = column.values, len(column.values)
    if np.isnan(values).any():
        return False
    measured = names.counts_nothing(name)
    steps = np.diff(values)
    sorted_ = bool((steps >= 0).all() or (steps <= 0).all())
    if not measured and sorted_ and rows >= _SORTED_ROWS:
        return bool(np.count_nonzero(steps) >= _RISES)
    if (values != np.floor(values)).any():
        return False
    again = measured and 2 * len(np.unique(values)) < rows  # such as a sequence that wraps
    if max(np.count_nonzero(steps == 1), np.count_nonzero(steps == -1)) >= _RUN * len(steps):
        return not again
    span = float(values.max() - values.min())
    loose = not measured and rows >= _DENSE_ROWS and span < _DENSE * rows
    return (span == rows - 1 or loose) and len(np.unique(values)) == rows


def is_nameless_number(name: str, column: Whole) -> bool:
    """Tell whether it is the index that `DataFrame.to_csv` writes: no name, no value twice."""
    if key(name) != "column 1" and not key(name).startswith("unnamed:"):
        return False
    if not isinstance(column, Numbers) or (column.values != np.floor(column.values)).any():
        return False
    return len(np.unique(column.values)) == len(column.values)
