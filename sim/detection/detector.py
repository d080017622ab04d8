"""What every detector does: hold the models of one shard, fit rows of them, score flows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
"""Row numbers of a shard, shape (k,), each at most once."""
Flows = NDArray[np.float32]
"""Feature vectors, shape (k, flows, D), C order."""
Lengths = NDArray[np.int64]
"""How many flows of each row are real, shape (k,); what lies beyond is ignored."""
Keys = NDArray[np.uint64]
"""Seeds of the random draws of one fit, shape (k,)."""
State = dict[str, NDArray[np.generic]]
"""Plain arrays that rebuild a detector bit for bit; no objects, no pickle."""


class Detector(Protocol):
    """All models of one shard of `n` agents, one per row.

    A result depends only on the row's own arguments: neither on which other rows are in the call,
    nor on `k`, nor on how far the arrays are padded. Calls for disjoint rows do not disturb each
    other.
    """

    name: str
    """The name that `make_detector` knows this detector by."""
    fitted: NDArray[np.bool_]
    """Which rows have a model, shape (n,)."""

    def fit(self, rows: Rows, windows: Flows, lengths: Lengths, keys: Keys) -> NDArray[np.bool_]:
        """Fit the models of some rows.

        Args:
            rows: Rows to fit, shape (k,).
            windows: Training flows, shape (k, W, D).
            lengths: Flows of each window to train on, shape (k,).
            keys: Seed of every random draw of each fit, shape (k,).

        Returns:
            Which rows were fitted, shape (k,). A row whose window is unusable (fewer than two
            flows, a value that is not finite, every flow the same) keeps the model it had.

        Raises:
            DetectionError: The arrays' shapes do not fit each other or this detector.
        """

    def score(self, rows: Rows, flows: Flows, lengths: Lengths) -> NDArray[np.float32]:
        """Score flows by the rows' own models.

        Args:
            rows: Rows whose models judge, shape (k,).
            flows: Flows to score, shape (k, B, D).
            lengths: Flows of each batch, shape (k,).

        Returns:
            Scores in [0, 1), higher is more anomalous, 0.5 is the 95th percentile of the row's own
            training flows, shape (k, B). NaN beyond `lengths`, for rows without a model and for
            flows with a value that is not finite.

        Raises:
            DetectionError: The arrays' shapes do not fit each other or this detector.
        """

    def state(self) -> State:
        """Everything that `restore` needs."""

    def restore(self, state: State) -> None:
        """Take over what `state` returned; the detector then scores exactly as that one did.

        Raises:
            DetectionError: The state belongs to another detector.
            CheckpointError: It is of another shape.
        """


@runtime_checkable
class TreeLender(Detector, Protocol):
    """A detector whose rows are forests that other agents can borrow trees of.

    See `sim.detection.kernels` for the arrays.
    """

    features: int
    """Features of a flow."""
    feature: NDArray[np.uint8]
    """(n, trees, nodes)."""
    threshold: NDArray[np.float32]
    leaf: NDArray[np.uint16]
    path_length: NDArray[np.float64]
    """Path length of each leaf code."""
    depth: int

    def scale(
        self, rows: Rows
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Expected path length of some rows, and how their training flows score.

        Returns:
            (k,) path lengths, (k,) medians and (k,) spreads of the raw scores.
        """


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a detector is made for."""

    agents: int
    """Rows of the shard."""
    features: int
    window: int
    """Largest training window, flows."""
    trees: int
    """Trees of each forest."""
    subsample: int
    """Flows that each tree is built from, at most."""


@dataclass(frozen=True, slots=True)
class DetectorKind:
    """What a name of a detector stands for."""

    build: Callable[[Sizes], Detector]
    """Makes the models of one shard, none of them fitted."""
    lends_trees: bool = False
    """Whether what is built is a `TreeLender`, so that agents can give second opinions."""
    kernels: tuple[str, ...] = ()
    """Modules of kernels that it needs compiled (see `sim.numerics.compilation`)."""
