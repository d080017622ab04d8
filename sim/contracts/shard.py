"""Training windows and flows of a small shard, drawn by key."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sim.detection.detector import Detector, Flows, Keys, Lengths, Rows
from sim.numerics.rng import Purpose, keys, normals, uniforms


@dataclass
class ShardData:
    """Everything that the calls of a detector are given."""

    rows: Rows
    windows: Flows
    window_lengths: Lengths
    keys: Keys
    flows: Flows
    flow_lengths: Lengths

    def __getitem__(self, chosen: slice) -> Self:
        return type(self)(*(getattr(self, f.name)[chosen] for f in fields(self)))

    def fit(self, detector: Detector) -> NDArray[np.bool_]:
        """Fit all rows."""
        return detector.fit(self.rows, self.windows, self.window_lengths, self.keys)

    def score(self, detector: Detector) -> NDArray[np.float32]:
        """Score all rows."""
        return detector.score(self.rows, self.flows, self.flow_lengths)

    @property
    def there(self) -> NDArray[np.bool_]:
        """(k, B) which entries of `flows` are flows."""
        return np.arange(self.flows.shape[1]) < self.flow_lengths[:, None]


def shard_data(
    agents: int = 5, window: int = 48, features: int = 6, batch: int = 21, seed: int = 0
) -> ShardData:
    """Normal draws, the last feature a one-hot column; windows and batches of unequal lengths.

    Args:
        agents: rows.
        window: flows of the longest training window; half of it is the least.
        features: of a flow.
        batch: flows of the longest batch.
        seed: of the draws.
    """
    ids = np.arange(agents, dtype=np.int64)
    key = keys(seed, Purpose.NORMAL_FLOWS, ids)
    drawn = normals(key, (window + batch) * features).astype(np.float32)
    drawn = drawn.reshape(agents, window + batch, features)
    windows, flows = (np.ascontiguousarray(part) for part in np.split(drawn, [window], axis=1))
    windows[:, :, -1] = windows[:, :, -1] > 1
    least = window // 2
    half, part = uniforms(keys(seed, Purpose.FIT, ids), 2).T
    return ShardData(
        rows=ids,
        windows=windows,
        window_lengths=least + (half * (window - least + 1)).astype(np.int64),
        keys=keys(seed, Purpose.LENDERS, ids),
        flows=flows,
        flow_lengths=1 + (part * batch).astype(np.int64),
    )
