"""What every detector must keep, whatever it computes."""

from __future__ import annotations

import numpy as np

from sim.contracts.refusal import refused
from sim.contracts.shard import ShardData, shard_data
from sim.detection.detector import Detector
from sim.errors import CheckpointError, DetectionError


class DetectorContract:
    """Inherit it under a name that begins with `Test`, and define `make`."""

    def make(self, agents: int, features: int, window: int) -> Detector:
        """The detector for a shard, none of its rows fitted; equal ones from call to call."""
        raise NotImplementedError

    def _made(self, data: ShardData) -> Detector:
        agents, window, features = data.windows.shape
        return self.make(agents, features, window)

    def _fitted(self, data: ShardData) -> Detector:
        model = self._made(data)
        assert data.fit(model).all()
        return model

    def test_scores_are_in_range_and_missing_beyond_the_lengths(self) -> None:
        """0 to 1, finer than a yes or no, and nothing where there is no flow."""
        data = shard_data()
        model = self._fitted(data)
        assert model.fitted.all()
        scores, there = data.score(model), data.there
        assert scores.dtype == np.float32
        assert scores.shape == data.flows.shape[:2]
        assert (np.isnan(scores) == ~there).all()
        assert ((scores[there] >= 0) & (scores[there] < 1)).all()
        assert len(np.unique(scores[there])) > there.sum() / 4

    def test_one_row_calls_give_the_bits_of_whole_shard_calls(self, features: int = 6) -> None:
        """A row's result depends on nothing but the row, nor on how far arrays are padded."""
        data = shard_data(features=features)
        whole, single = self._made(data), self._made(data)
        data.fit(whole)
        scores = data.score(whole)
        for i in range(len(data.rows)):
            one = data[i : i + 1]
            w, b = one.window_lengths[0], one.flow_lengths[0]
            one.windows, one.flows = one.windows[:, :w].copy(), one.flows[:, :b].copy()
            one.fit(single)
            assert one.score(single)[0].tobytes() == scores[i, :b].tobytes()

    def test_rows_in_any_order_and_layout(self) -> None:
        """Another memory order, and arrays that cannot be written, as a worker hands them out."""
        data = shard_data()
        straight, mixed = self._made(data), self._made(data)
        data.fit(straight)
        turned = data[::-1]
        turned.windows = np.asfortranarray(turned.windows)
        turned.windows.flags.writeable = False
        turned.fit(mixed)
        assert turned.score(mixed)[::-1].tobytes() == data.score(straight).tobytes()

    def test_scoring_changes_nothing_and_padding_is_never_read(self) -> None:
        """The same scores again, and with rubbish beyond the lengths."""
        data = shard_data()
        model = self._fitted(data)
        before = data.score(model)
        data.flows[~data.there] = np.nan
        unseen = np.arange(data.windows.shape[1]) >= data.window_lengths[:, None]
        data.windows[unseen] = np.inf
        assert data.score(model).tobytes() == before.tobytes()
        assert data.fit(model).all()
        assert data.score(model).tobytes() == before.tobytes()

    def test_unusable_windows_keep_the_old_model(self) -> None:
        """Not finite, too few flows, all the same: the row scores as it did."""
        data = shard_data(agents=6)
        model = self._fitted(data)
        before = data.score(model)
        data.window_lengths[:] = 24
        data.windows[0, 3, 2] = np.nan
        data.windows[1, 5, 0] = np.inf
        data.window_lengths[2] = 1
        data.window_lengths[3] = 0
        data.windows[4] = 7.0
        data.windows[5] += np.linspace(0, 9, data.windows.shape[1], dtype=np.float32)[:, None]
        assert data.fit(model).tolist() == [False] * 5 + [True]
        after = data.score(model)
        assert after[:5].tobytes() == before[:5].tobytes()
        assert after[5].tobytes() != before[5].tobytes()

    def test_rows_without_a_model_score_nothing(self) -> None:
        """Rows that were never fitted have no score, the others have."""
        data = shard_data()
        model = self._made(data)
        data[:2].fit(model)
        assert model.fitted.tolist() == [True, True, False, False, False]
        scores = data.score(model)
        assert np.isnan(scores[2:]).all()
        assert (~np.isnan(scores[:2])).any(axis=1).all()

    def test_flows_that_are_not_finite_have_no_score(self) -> None:
        """And leave those of the others alone."""
        data = shard_data()
        model = self._fitted(data)
        data.flow_lengths[:] = data.flows.shape[1]
        before = data.score(model)
        data.flows[:, 3, 0], data.flows[:, 4, 1] = np.nan, -np.inf
        after = data.score(model)
        assert np.isnan(after[:, 3:5]).all()
        np.testing.assert_array_equal(
            np.delete(after, [3, 4], axis=1), np.delete(before, [3, 4], axis=1)
        )

    def test_huge_values_are_survived(self) -> None:
        """Whatever a file brings: a model, and a score in range."""
        data = shard_data()
        data.windows *= np.float32(1e37)
        model = self._fitted(data)
        data.flows[0, 0] = np.finfo(np.float32).max
        assert 0 <= data.score(model)[0, 0] < 1

    def test_state_rebuilds_the_detector_to_the_bit(self) -> None:
        """Plain arrays out, the same detector in; what was there before is gone."""
        data = shard_data()
        model, copy = self._made(data), self._made(data)
        data[:3].fit(model)
        data[3:].fit(copy)
        state = model.state()
        assert all(array.dtype != object for array in state.values())
        data[1:2].fit(copy)
        copy.restore(state)
        assert copy.fitted.tolist() == [True] * 3 + [False] * 2
        assert data.score(copy).tobytes() == data.score(model).tobytes()
        again = copy.state()
        assert {k: v.tobytes() for k, v in again.items()} == {
            k: v.tobytes() for k, v in state.items()
        }

    def test_state_of_nothing(self) -> None:
        """A detector without a model can be put back as well."""
        data = shard_data()
        model = self._made(data)
        model.restore(self._made(data).state())
        assert not model.fitted.any()

    def test_state_of_another_detector_is_refused(self) -> None:
        """Arrays that are not its own, or of another shape."""
        data = shard_data()
        with refused(DetectionError, CheckpointError):
            self._made(data).restore({"of_another": np.zeros(3)})
        with refused(DetectionError, CheckpointError):
            self._made(data).restore(self._fitted(shard_data(features=3)).state())

    def test_empty_calls(self) -> None:
        """No row, and no flow."""
        data = shard_data()
        model = self._made(data)
        nobody = data[:0]
        assert nobody.fit(model).shape == (0,)
        assert nobody.score(model).shape == (0, data.flows.shape[1])
        data.fit(model)
        none = np.zeros(len(data.rows), dtype=np.int64)
        assert model.score(data.rows, data.flows[:, :0], none).shape == (len(data.rows), 0)

    def test_arrays_that_do_not_fit_are_refused(self) -> None:
        """One line that says what was expected."""
        data = shard_data()
        model = self._made(data)
        with refused(DetectionError, pattern=r"expected \(5, any, 6\)"):
            model.score(data.rows, data.flows[:, :, :5], data.flow_lengths)
        with refused(DetectionError, pattern="lengths"):
            model.score(data.rows, data.flows, data.flow_lengths + data.flows.shape[1])
        with refused(DetectionError, pattern="keys"):
            model.fit(data.rows, data.windows, data.window_lengths, data.keys[:1])
