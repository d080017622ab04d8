"""Trees that sampled agents have lent to all others, in flat arrays like those of the forests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.detection.detector import TreeLender
from sim.numerics.rng import Keys, uniforms
from sim.steering.adversaries import told

Ints = NDArray[np.int64]
Floats64 = NDArray[np.float64]

SLOTS = 32
"""Lenders at a time, at most: enough for every agent to draw a committee of its own from."""


@dataclass(frozen=True, slots=True, eq=False)
class Loan:
    """Some trees of `g` lenders, and how their own traffic scores under their whole forests."""

    lender: Ints
    """(g,) ids."""
    feature: NDArray[np.uint8]
    """(g, trees, nodes); see `sim.detection.kernels`."""
    threshold: NDArray[np.float32]
    leaf: NDArray[np.uint16]
    expected: Floats64
    """(g,) expected path length."""
    median: Floats64
    """(g,) of the raw scores of the lender's own window."""
    spread: Floats64
    """(g,) their 95th percentile less their median; negative from who lies outright."""

    def __len__(self) -> int:
        return len(self.lender)


def lend(
    bank: TreeLender,
    ids: Ints,
    rows: Ints,
    trees: int,
    behaviour: NDArray[np.uint8],
    key: Keys,
) -> Loan:
    """Trees drawn by keyed hash from the forests of `rows`.

    Args:
        bank: the forests of a shard.
        ids: (g,) ids of the lenders.
        rows: (g,) their rows, all fitted.
        trees: how many of each.
        behaviour: (g,) codes; who misbehaves lends a scale that lies.
        key: (g,) keys of the draws.
    """
    drawn = np.argsort(uniforms(key, bank.feature.shape[1]), axis=1, kind="stable")
    chosen = np.sort(drawn[:, :trees], axis=1)
    expected, median, spread = bank.scale(rows)
    median, spread = told(behaviour, median, spread)
    place = rows[:, None], chosen
    return Loan(
        ids, bank.feature[place], bank.threshold[place], bank.leaf[place], expected, median, spread
    )


def joined(loans: Sequence[Loan], order: Ints) -> Loan:
    """The loans of all shards as one, lenders in the `order` of their ids given."""
    lender = np.concatenate([loan.lender for loan in loans])
    place = np.array([int(np.flatnonzero(lender == one)[0]) for one in order], dtype=np.int64)

    def part(name: str) -> NDArray[np.generic]:
        whole = np.concatenate([getattr(loan, name) for loan in loans])
        return np.ascontiguousarray(whole[place])

    names = ("lender", "feature", "threshold", "leaf", "expected", "median", "spread")
    return Loan(*(part(name) for name in names))  # type: ignore[arg-type]
