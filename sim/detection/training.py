"""The windows that models were fitted on: a compact checkpoint of what refits to the same bits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.expect import shaped, within
from sim.detection.detector import Flows, Keys, Lengths, Rows, State
from sim.errors import DetectionError

_T = TypeVar("_T", bound=np.generic)


class TrainingRecord:
    """Window, length and key of the last successful fit of each row.

    A forest of 100 trees takes 179 KB, its window of 256 flows and 8 features 8 KB, and a fit is a
    pure function of window, length and key. So a checkpoint keeps the window and restoring fits
    again.
    """

    def __init__(self, agents: int, features: int) -> None:
        self.features = features
        self.windows: list[Flows | None] = [None] * agents
        self.keys: Keys = np.zeros(agents, dtype=np.uint64)

    def keep(self, rows: Rows, windows: Flows, lengths: Lengths, keys: Keys) -> None:
        """Remember what these rows were just fitted on."""
        for i, row in enumerate(rows):
            self.windows[row] = windows[i, : lengths[i]].copy()
        self.keys[rows] = keys

    def state(self) -> State:
        """The fitted rows' windows, padded with zeros to the longest."""
        kept = [(row, window) for row, window in enumerate(self.windows) if window is not None]
        longest = max((len(window) for _, window in kept), default=0)
        padded = np.zeros((len(kept), longest, self.features), dtype=np.float32)
        for i, (_, window) in enumerate(kept):
            padded[i, : len(window)] = window
        rows = np.array([row for row, _ in kept], dtype=np.int64)
        lengths = np.array([len(window) for _, window in kept], dtype=np.int64)
        return {
            "training_rows": rows,
            "training_windows": padded,
            "training_lengths": lengths,
            "training_keys": self.keys[rows],
        }

    def read(self, state: State) -> tuple[Rows, Flows, Lengths, Keys]:
        """The arguments with which `fit` rebuilds the models of `state`.

        Raises:
            DetectionError: An array is missing.
            CheckpointError: They are not those of such a bank.
        """
        try:
            rows, windows, lengths, keys = (
                _as(state["training_rows"], np.int64),
                _as(state["training_windows"], np.float32),
                _as(state["training_lengths"], np.int64),
                _as(state["training_keys"], np.uint64),
            )
        except KeyError as missing:
            raise DetectionError(f"the state lacks {missing}: another detector wrote it") from None
        shaped("training_rows", rows, (None,))
        shaped("training_windows", windows, (len(rows), None, self.features))
        shaped("training_lengths", lengths, (len(rows),))
        shaped("training_keys", keys, (len(rows),))
        within("training_rows", rows, 0, len(self.windows) - 1)
        within("training_lengths", lengths, 0, windows.shape[1])
        if len(np.unique(rows)) != len(rows):
            raise DetectionError("the state has two models of one row")
        return rows, windows, lengths, keys


class RefittedBank(ABC):
    """A bank of models whose state is what they were fitted on."""

    name: str
    features: int
    fitted: NDArray[np.bool_]
    """(n,) which rows have a model."""
    _training: TrainingRecord

    @abstractmethod
    def fit(self, rows: Rows, windows: Flows, lengths: Lengths, keys: Keys) -> NDArray[np.bool_]:
        """Fit the models of these rows, and keep what they are fitted on."""

    def state(self) -> State:
        """The training windows: a fit is a pure function of window, length and key."""
        return self._training.state()

    def restore(self, state: State) -> None:
        """Fit again what was fitted when `state` was taken.

        Raises:
            DetectionError: a window that was fitted cannot be fitted.
            CheckpointError: the state is not that of such a bank.
        """
        rows, windows, lengths, keys = self._training.read(state)
        self.fitted[:] = False
        self._training = TrainingRecord(len(self.fitted), self.features)
        if not self.fit(rows, windows, lengths, keys).all():
            raise DetectionError(f"{self.name}: a model in the state cannot be fitted again")


def _as(array: NDArray[np.generic], kind: type[_T]) -> NDArray[_T]:
    return np.ascontiguousarray(array, dtype=kind)
