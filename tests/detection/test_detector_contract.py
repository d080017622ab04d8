"""Our detectors keep the contract, and what only some of them have to."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from sim.contracts.detector import DetectorContract
from sim.contracts.shard import ShardData, shard_data
from sim.detection import make_detector
from sim.detection.detector import Detector
from sim.errors import DetectionError

FAST = ["isolation_forest", "mahalanobis"]
ALL = [
    *FAST,
    "isolation_forest_sklearn",
    "sklearn:LocalOutlierFactor",
    "sklearn:OneClassSVM",
    "sklearn:EllipticEnvelope",
    "sklearn:SGDOneClassSVM",
]
DRAWING = ["isolation_forest", "isolation_forest_sklearn"]


def detector(name: str, data: ShardData, **sizes: int) -> Detector:
    agents, window, features = data.windows.shape
    return make_detector(name, agents, features, window, trees=10, **sizes)


class TestDetectors(DetectorContract):
    @pytest.fixture(autouse=True, params=ALL)
    def _named(self, request: pytest.FixtureRequest) -> None:
        self.name = request.param

    def make(self, agents: int, features: int, window: int) -> Detector:
        return make_detector(self.name, agents, features, window, trees=10)

    def test_state_of_one_of_ours_is_refused(self) -> None:
        data = shard_data()
        other = "isolation_forest" if self.name == "mahalanobis" else "mahalanobis"
        with pytest.raises(DetectionError):
            detector(self.name, data).restore(detector(other, data).state())


@pytest.mark.parametrize("name", FAST)
@pytest.mark.parametrize("features", [1, 41])
def test_few_features_and_many(name: str, features: int) -> None:
    contract = TestDetectors()
    contract.name = name
    contract.test_one_row_calls_give_the_bits_of_whole_shard_calls(features)


@pytest.mark.parametrize("name", DRAWING)
def test_key_seeds_every_draw(name: str) -> None:
    data = shard_data()
    first, second, other = (detector(name, data, subsample=20) for _ in range(3))
    data.fit(first)
    data.fit(second)
    assert data.score(first).tobytes() == data.score(second).tobytes()
    data.keys = data.keys + np.uint64(1)
    data.fit(other)
    differs = np.nan_to_num(data.score(first)) != np.nan_to_num(data.score(other))
    assert differs.any(axis=1).all()


@pytest.mark.parametrize("name", [n for n in ALL if n != "sklearn:SGDOneClassSVM"])
def test_huge_values_are_anomalous(name: str) -> None:
    data = shard_data()
    data.windows *= np.float32(1e37)
    model = detector(name, data)
    data.fit(model)
    data.flows[0, 0] = np.finfo(np.float32).max
    assert data.score(model)[0, 0] > 0.5


@pytest.mark.parametrize("name", FAST)
def test_detector_can_go_to_another_process(name: str) -> None:
    data = shard_data()
    model = detector(name, data)
    data.fit(model)
    moved = pickle.loads(pickle.dumps(model))
    assert data.score(moved).tobytes() == data.score(model).tobytes()
