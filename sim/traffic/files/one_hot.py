"""Labels as 0 and 1 in a column for each class, as `pandas.get_dummies` writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.traffic.files import names
from sim.traffic.files.column import Numbers, Texts
from sim.traffic.files.wording import names_attack, names_benign

MAX_GROUP = 64
"""More columns side by side than this are no classes."""

_LEAST_ROWS = 20

Whole = Numbers | Texts


def one_hot(columns: Mapping[str, Whole], labels: Sequence[NDArray[np.int16]]) -> set[str]:
    """Return the columns that together are a label.

    They stand side by side, bear names that no measurement has, and of each row exactly one is 1;
    or exactly one is where there is an attack, and none elsewhere.

    Args:
        columns: The columns of a file by name, in its order.
        labels: (N,) what is known of the truth: 0 benign, -1 unknown, else an attack.
    """
    found: set[str] = set()
    for run in _runs(columns):
        ones = np.stack([_ones(columns[name]) for name in run], axis=1)
        if len(ones) < _LEAST_ROWS:
            continue
        sums = np.concatenate([np.zeros((len(ones), 1), np.int32), np.cumsum(ones, axis=1)], axis=1)
        for begin in range(len(run)):
            for end in range(begin + 2, len(run) + 1):
                if _is_label(sums[:, end] - sums[:, begin], labels, end - begin):
                    found.update(run[begin:end])
    return found


def _runs(columns: Mapping[str, Whole]) -> list[list[str]]:
    """Return groups of columns side by side that say yes or no and are not measured."""
    runs: list[list[str]] = [[]]
    for name, column in columns.items():
        if (not names.measures(name) or _names_a_class(name)) and _says_one(column):
            runs[-1].append(name)
        else:
            runs.append([])
    return [run for run in runs if 2 <= len(run) <= MAX_GROUP]


def _names_a_class(name: str) -> bool:
    """Tell whether a column is called like a class: `PortScan`."""
    return names_attack(name) or names_benign(name)


def _says_one(column: Whole) -> bool:
    if isinstance(column, Texts):
        words = frozenset(value.casefold() for value in column.values)
        return words in (frozenset("01"), frozenset(("true", "false"))) and column.codes.min() >= 0
    return set(np.unique(column.values[:1000]).tolist()) <= {0.0, 1.0} and bool(
        np.isin(column.values, (0.0, 1.0)).all() and column.values.min() != column.values.max()
    )


def _ones(column: Whole) -> NDArray[np.int32]:
    if isinstance(column, Numbers):
        return column.values.astype(np.int32)
    yes = [value.casefold() in ("1", "true") for value in column.values]
    return np.asarray(yes, dtype=np.int32)[column.codes]


def _is_label(sums: NDArray[np.int32], labels: Sequence[NDArray[np.int16]], columns: int) -> bool:
    if (sums == 1).all():
        return columns > 2 or any(len(np.unique(known)) > 1 for known in labels)
    return any(
        (known > 0).any() and (sums[known >= 0] == (known[known >= 0] > 0)).all()
        for known in labels
    )
