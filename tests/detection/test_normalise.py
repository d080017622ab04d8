"""The common scale of all detectors."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sim.detection.normalise import Calibration, power_of_half, quantile

FLOOR = 1e-3
raw_scores = hnp.arrays(
    np.float64, st.integers(2, 100), elements=st.floats(-1e6, 1e6, allow_subnormal=False)
)
ROW = np.array([0])


def calibrated(raw: np.ndarray, floor: float = FLOOR) -> Calibration:
    calibration = Calibration(1, floor)
    calibration.fit(ROW, raw[None], np.array([len(raw)]))
    return calibration


@given(raw_scores, raw_scores)
def test_scores_lie_in_the_half_open_unit_interval(training, raw):
    scores = calibrated(training).scores(ROW, raw[None])
    assert scores.dtype == np.float32
    assert ((scores >= 0) & (scores < 1)).all()


@given(raw_scores, raw_scores)
def test_order_of_raw_scores_is_kept(training, raw):
    scores = calibrated(training).scores(ROW, np.sort(raw)[None])[0]
    assert (np.diff(scores) >= 0).all()


@given(raw_scores)
def test_median_scores_zero_and_95th_percentile_a_half(training):
    q50, q95 = np.quantile(training, [0.5, 0.95])
    assume(q95 - q50 > FLOOR * max(1, abs(q50)))
    scores = calibrated(training).scores(ROW, np.array([[q50, q95]]))[0]
    assert scores == pytest.approx([0, 0.5], abs=1e-6)


@given(
    hnp.arrays(np.int64, st.integers(20, 60), elements=st.integers(0, 1000), unique=True),
    st.floats(1e-2, 1e3),
    st.floats(-100, 100),
)
def test_unit_of_the_raw_score_does_not_matter(training, factor, shift):
    # Spread out enough that the floor does not decide: there, the unit does matter.
    moved = (training + shift) * factor
    one = calibrated(training.astype(float)).scores(ROW, training[None].astype(float))
    other = calibrated(moved).scores(ROW, moved[None])
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_floor_holds_where_the_training_scores_are_all_alike():
    scores = calibrated(np.full(50, 0.4), floor=0.01).scores(ROW, np.array([[0.41, 0.42, 0.4]]))
    assert scores[0] == pytest.approx([0.5, 0.75, 0.0], abs=1e-6)


@given(raw_scores, st.integers(0, 20))
def test_padding_is_ignored_to_the_bit(training, padding):
    padded = np.concatenate([training, np.full(padding, np.nan)])
    calibration = Calibration(1, FLOOR)
    calibration.fit(ROW, padded[None], np.array([len(training)]))
    alone = calibrated(training)
    assert calibration.median.tobytes() == alone.median.tobytes()
    assert calibration.spread.tobytes() == alone.spread.tobytes()


@given(raw_scores, st.floats(0, 1))
def test_quantile_is_numpys(training, q):
    ours = quantile(np.sort(training)[None], np.array([len(training)]), q)[0]
    assert ours == pytest.approx(np.quantile(training, q), rel=1e-9, abs=1e-9)


@given(hnp.arrays(np.float64, 20, elements=st.floats(0, 1000)))
def test_power_of_half_to_the_last_places(z):
    np.testing.assert_array_max_ulp(power_of_half(z), np.exp2(-z), maxulp=4)


def test_power_of_half_at_the_ends():
    assert power_of_half(np.array([0.0, 1.0, 3.0, np.inf])).tolist() == [1.0, 0.5, 0.125, 0.0]
    assert np.isnan(power_of_half(np.array([np.nan]))).all()


def test_missing_raw_scores_and_unfitted_rows_stay_missing():
    calibration = Calibration(2, FLOOR)
    calibration.fit(ROW, np.arange(10.0)[None], np.array([10]))
    scores = calibration.scores(np.array([0, 1]), np.array([[np.nan, 3.0], [1.0, 2.0]]))
    assert np.isnan(scores).tolist() == [[True, False], [True, True]]
