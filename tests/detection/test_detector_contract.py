"""What every detector must keep, whatever it computes."""

import dataclasses
import pickle

import numpy as np
import pytest

from sim.detection import make_detector
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
every_detector = pytest.mark.parametrize("name", ALL)


@dataclasses.dataclass
class Shard:
    rows: np.ndarray
    windows: np.ndarray
    window_lengths: np.ndarray
    keys: np.ndarray
    flows: np.ndarray
    flow_lengths: np.ndarray

    def __getitem__(self, chosen):
        return Shard(*(getattr(self, f.name)[chosen] for f in dataclasses.fields(self)))

    def fit(self, detector):
        return detector.fit(self.rows, self.windows, self.window_lengths, self.keys)

    def score(self, detector):
        return detector.score(self.rows, self.flows, self.flow_lengths)


def shard(agents=5, window=48, features=6, batch=21, seed=0):
    draw = np.random.default_rng(seed)
    windows = draw.normal(size=(agents, window, features)).astype(np.float32)
    windows[:, :, -1] = windows[:, :, -1] > 1  # one-hot
    flows = draw.normal(size=(agents, batch, features)).astype(np.float32)
    return Shard(
        rows=np.arange(agents),
        windows=windows,
        window_lengths=draw.integers(24, window + 1, agents),
        keys=draw.integers(0, 2**63, agents).astype(np.uint64),
        flows=flows,
        flow_lengths=draw.integers(1, batch + 1, agents),
    )


def detector(name, data, **sizes):
    agents, window, features = data.windows.shape
    return make_detector(name, agents, features, window, trees=10, **sizes)


@every_detector
def test_scores_are_in_range_and_missing_beyond_the_lengths(name):
    data = shard()
    model = detector(name, data)
    assert data.fit(model).all()
    assert model.fitted.all()
    scores = data.score(model)
    there = np.arange(data.flows.shape[1]) < data.flow_lengths[:, None]
    assert scores.dtype == np.float32
    assert scores.shape == data.flows.shape[:2]
    assert (np.isnan(scores) == ~there).all()
    assert ((scores[there] >= 0) & (scores[there] < 1)).all()
    assert len(np.unique(scores[there])) > there.sum() / 4


@pytest.mark.parametrize(
    ("name", "features"), [*((name, 6) for name in ALL), *((n, d) for n in FAST for d in (1, 41))]
)
def test_one_row_calls_give_the_bits_of_whole_shard_calls(name, features):
    data = shard(features=features)
    whole, single = detector(name, data), detector(name, data)
    data.fit(whole)
    scores = data.score(whole)
    for i in range(len(data.rows)):
        one = data[i : i + 1]
        w, b = one.window_lengths[0], one.flow_lengths[0]
        one.windows, one.flows = one.windows[:, :w].copy(), one.flows[:, :b].copy()
        one.fit(single)
        assert one.score(single)[0].tobytes() == scores[i, :b].tobytes()


@every_detector
def test_rows_in_any_order_and_layout(name):
    data = shard()
    straight, mixed = detector(name, data), detector(name, data)
    data.fit(straight)
    turned = data[::-1]
    # Another memory order, read-only, as a worker process may hand it out.
    turned.windows = np.asfortranarray(turned.windows)
    turned.windows.flags.writeable = False
    turned.fit(mixed)
    assert turned.score(mixed)[::-1].tobytes() == data.score(straight).tobytes()


@every_detector
def test_scoring_changes_nothing_and_padding_is_never_read(name):
    data = shard()
    model = detector(name, data)
    data.fit(model)
    before = data.score(model)
    beyond = np.arange(data.flows.shape[1]) >= data.flow_lengths[:, None]
    data.flows[beyond] = np.nan
    unseen = np.arange(data.windows.shape[1]) >= data.window_lengths[:, None]
    data.windows[unseen] = np.inf
    assert data.score(model).tobytes() == before.tobytes()
    assert data.fit(model).all()
    assert data.score(model).tobytes() == before.tobytes()


@pytest.mark.parametrize("name", DRAWING)
def test_key_seeds_every_draw(name):
    data = shard()
    first, second, other = (detector(name, data, subsample=20) for _ in range(3))
    data.fit(first)
    data.fit(second)
    assert data.score(first).tobytes() == data.score(second).tobytes()
    data.keys = data.keys + np.uint64(1)
    data.fit(other)
    differs = np.nan_to_num(data.score(first)) != np.nan_to_num(data.score(other))
    assert differs.any(axis=1).all()


@every_detector
def test_unusable_windows_keep_the_old_model(name):
    data = shard(agents=6)
    model = detector(name, data)
    data.fit(model)
    before = data.score(model)
    data.window_lengths[:] = 24
    data.windows[0, 3, 2] = np.nan
    data.windows[1, 5, 0] = np.inf
    data.window_lengths[2] = 1
    data.window_lengths[3] = 0
    data.windows[4] = 7.0
    assert data.fit(model).tolist() == [False] * 5 + [True]
    after = data.score(model)
    assert after[:5].tobytes() == before[:5].tobytes()
    assert after[5].tobytes() != before[5].tobytes()


@every_detector
def test_rows_without_a_model_score_nothing(name):
    data = shard()
    model = detector(name, data)
    data[:2].fit(model)
    assert model.fitted.tolist() == [True, True, False, False, False]
    assert np.isnan(data.score(model)[2:]).all()
    assert (~np.isnan(data.score(model)[:2])).any(axis=1).all()


@every_detector
def test_flows_that_are_not_finite_have_no_score(name):
    data = shard()
    model = detector(name, data)
    data.fit(model)
    data.flow_lengths[:] = data.flows.shape[1]
    before = data.score(model)
    data.flows[:, 3, 0], data.flows[:, 4, 1] = np.nan, -np.inf
    after = data.score(model)
    assert np.isnan(after[:, 3:5]).all()
    np.testing.assert_array_equal(np.delete(after, [3, 4], axis=1), np.delete(before, [3, 4], 1))


@every_detector
def test_huge_values_are_survived(name):
    data = shard()
    data.windows *= np.float32(1e37)
    model = detector(name, data)
    assert data.fit(model).all()
    data.flows[0, 0] = np.finfo(np.float32).max
    assert data.score(model)[0, 0] > 0.5 or name == "sklearn:SGDOneClassSVM"


@every_detector
def test_state_rebuilds_the_detector_to_the_bit(name):
    data = shard()
    model, copy = detector(name, data), detector(name, data)
    data[:3].fit(model)
    data[3:].fit(copy)
    state = model.state()
    assert all(array.dtype != object for array in state.values())
    data[1:2].fit(copy)
    copy.restore(state)
    assert copy.fitted.tolist() == [True] * 3 + [False] * 2
    assert data.score(copy).tobytes() == data.score(model).tobytes()
    assert {k: v.tobytes() for k, v in copy.state().items()} == {
        k: v.tobytes() for k, v in state.items()
    }


@pytest.mark.parametrize("name", FAST)
def test_detector_can_go_to_another_process(name):
    data = shard()
    model = detector(name, data)
    data.fit(model)
    moved = pickle.loads(pickle.dumps(model))
    assert data.score(moved).tobytes() == data.score(model).tobytes()


@every_detector
def test_state_of_nothing(name):
    data = shard()
    model = detector(name, data)
    model.restore(detector(name, data).state())
    assert not model.fitted.any()


@every_detector
def test_state_of_another_detector_is_refused(name):
    data = shard()
    other = "isolation_forest" if name == "mahalanobis" else "mahalanobis"
    with pytest.raises(DetectionError):
        detector(name, data).restore(detector(other, data).state())


@every_detector
def test_empty_calls(name):
    data = shard()
    model = detector(name, data)
    nobody = data[:0]
    assert nobody.fit(model).shape == (0,)
    assert nobody.score(model).shape == (0, 21)
    data.fit(model)
    assert model.score(data.rows, data.flows[:, :0], np.zeros(5, dtype=int)).shape == (5, 0)


@every_detector
def test_arrays_that_do_not_fit_are_refused(name):
    data = shard()
    model = detector(name, data)
    with pytest.raises(DetectionError, match=r"expected \(5, any, 6\)"):
        model.score(data.rows, data.flows[:, :, :5], data.flow_lengths)
    with pytest.raises(DetectionError, match="lengths"):
        model.score(data.rows, data.flows, data.flow_lengths + 21)
    with pytest.raises(DetectionError, match="keys"):
        model.fit(data.rows, data.windows, data.window_lengths, data.keys[:1])
