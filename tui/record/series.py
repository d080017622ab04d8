"""Numbers by step that grow: the whole run in a few arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.snapshot import Confusion

Floats = NDArray[np.float64]
WINDOW = 10
"""Steps over which quality is taken together."""
_COLUMNS = (
    "step", "active", "flows", "anomalies",
    "solo_tp", "solo_fp", "solo_fn", "solo_tn",
    "collective_tp", "collective_fp", "collective_fn", "collective_tn",
)  # fmt: skip
_PLACE = {name: place for place, name in enumerate(_COLUMNS)}


class Series:
    """One row for each step."""

    def __init__(self) -> None:
        self._rows = np.zeros((256, len(_COLUMNS)), np.int64)
        self.length = 0
        """Steps."""

    def add(
        self, step: int, counts: tuple[int, int, int], solo: Confusion, collective: Confusion
    ) -> None:
        """Append a step.

        Args:
            step: its number.
            counts: active agents, flows, anomalies.
            solo: own models against the truth.
            collective: all together against the truth.
        """
        if self.length == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        parts = (solo, collective)
        figures = [n for c in parts for n in (c.tp, c.fp, c.fn, c.tn)]
        self._rows[self.length] = (step, *counts, *figures)
        self.length += 1

    def column(self, name: str) -> NDArray[np.int64]:
        """(S,) one number of all steps."""
        return self._rows[: self.length, _PLACE[name]]

    @property
    def steps(self) -> NDArray[np.int64]:
        """(S,) numbers of the steps."""
        return self.column("step")

    @property
    def attacked(self) -> NDArray[np.bool_]:
        """(S,) ground truth: whether there was an attack flow."""
        there: NDArray[np.bool_] = self.column("collective_tp") + self.column("collective_fn") > 0
        return there

    def f1(self, who: str) -> Floats:
        """(S,) F1 of `solo` or `collective` over the last steps with an attack; NaN in calm ones.

        Without an attack there is nothing to find, and F1 says nothing.
        """
        tp, fp, fn = (self._recent(f"{who}_{c}") for c in ("tp", "fp", "fn"))
        total = 2 * tp + fp + fn
        share = np.full(self.length, np.nan)
        np.divide(2 * tp, total, out=share, where=(total > 0) & self.attacked)
        return share

    def _recent(self, name: str) -> Floats:
        """(S,) sums over the attacked steps among the last `WINDOW`."""
        values = np.where(self.attacked, self.column(name), 0)
        sums = np.concatenate([[0], np.cumsum(values)])
        end = np.arange(1, self.length + 1)
        recent: Floats = (sums[end] - sums[np.maximum(end - WINDOW, 0)]).astype(np.float64)
        return recent

    def alarm_rate(self, count: int = 100) -> float | None:
        """False alarms per step over the last calm steps; None before there are any."""
        calm = self.column("collective_fp")[~self.attacked][-count:]
        return float(calm.mean()) if len(calm) else None
