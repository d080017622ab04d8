"""The compiled forests against scikit-learn's, and by themselves."""

import csv
import gzip
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

from sim.detection import make_detector
from sim.detection.isolation_forest import (
    IsolationForestBank,
    _float32_below,
    average_path_length,
)
from sim.errors import DetectionError

ROW = np.array([0])


def traffic(flows=256, features=10, seed=0):
    """Continuous, rounded, one-hot and constant columns, as files have them."""
    draw = np.random.default_rng(seed)
    table = draw.normal(size=(flows, features)).astype(np.float32)
    table[:, 1] = np.exp(2 * table[:, 1])
    table[:, 2] = table[:, 2].round()
    table[:, 3] = table[:, 3] > 1.5
    table[:, 4] = 5
    return table


def bank(window, trees=100, subsample=256, keys=(1,)):
    """One forest per key on the same window."""
    model = IsolationForestBank(len(keys), window.shape[1], trees, subsample)
    windows = np.repeat(window[None], len(keys), axis=0)
    lengths = np.full(len(keys), len(window))
    assert model.fit(np.arange(len(keys)), windows, lengths, np.array(keys, dtype=np.uint64)).all()
    return model


def raw(model, flows):
    """Raw scores of the same flows by every forest of the bank, shape (forests, flows)."""
    agents = len(model.fitted)
    batches = np.repeat(flows[None], agents, axis=0)
    return model.raw_scores(np.arange(agents), batches, np.full(agents, len(flows)))


@pytest.mark.parametrize(
    ("flows", "subsample"), [(256, 256), (256, 64), (100, 256), (1000, 300), (3, 256), (2, 2)]
)
def test_forest_of_scikit_learn_scores_the_same_here(flows, subsample):
    window = traffic(flows)
    size = min(flows, subsample)
    theirs = IsolationForest(n_estimators=30, max_samples=size, random_state=3).fit(window)
    ours = IsolationForestBank(1, window.shape[1], 30, subsample)
    ours.from_sklearn(0, theirs)
    unseen = np.concatenate([traffic(300, seed=1), window])
    np.testing.assert_allclose(raw(ours, unseen)[0], -theirs.score_samples(unseen), atol=1e-6)


def test_forests_agree_with_scikit_learns_flow_by_flow():
    window, unseen = traffic(), traffic(300, seed=1)
    unseen[150:] += 1.5
    theirs = IsolationForest(n_estimators=800, max_samples=128, random_state=0).fit(window)
    ours = bank(window, trees=800, subsample=128, keys=range(4))
    difference = raw(ours, unseen).mean(axis=0) + theirs.score_samples(unseen)
    # Standard errors with 3200 and 800 trees: 0.004 for a flow, 0.0016 for the mean of all.
    assert np.abs(difference).max() < 0.018
    assert abs(difference.mean()) < 0.006


def assert_as_good_as_scikit_learn(window, flows, attack, seeds=6):
    window = window.astype(np.float32)
    flows = flows.astype(np.float32)
    theirs = [
        roc_auc_score(
            attack,
            -IsolationForest(max_samples=min(256, len(window)), random_state=seed)
            .fit(window)
            .score_samples(flows),
        )
        for seed in range(seeds)
    ]
    ours = [roc_auc_score(attack, r) for r in raw(bank(window, keys=range(seeds)), flows)]
    spread = max(np.std(theirs, ddof=1), 0.002)
    # The difference of two means of six has a standard error of 0.58 spreads.
    assert abs(np.mean(ours) - np.mean(theirs)) <= 1.75 * spread, (ours, theirs)
    assert np.std(ours, ddof=1) <= 3 * spread


def test_as_good_as_scikit_learn_on_hard_synthetic_traffic():
    window, flows = traffic(), traffic(2000, seed=1)
    flows[1000:] += 0.8
    assert_as_good_as_scikit_learn(window, flows, np.arange(2000) >= 1000)


def data_file(name):
    checkout = Path(__file__).parents[2]
    folders = [checkout.parent / "shared/data", checkout.parent.parent / "shared/data"]
    if "DECSIM_TEST_DATA" in os.environ:
        folders.insert(0, Path(os.environ["DECSIM_TEST_DATA"]))
    for folder in folders:
        if (folder / name).exists():
            return folder / name
    return pytest.skip(f"{name} is not here")


def rows_of(name):
    with gzip.open(data_file(name), "rt", encoding="utf-8") as lines:
        return list(csv.reader(lines))


def test_as_good_as_scikit_learn_on_smtp():
    table = np.array(rows_of("adbench_smtp_30k.csv.gz")[1:], dtype=np.float64)
    normal = table[table[:, -1] == 0][:256, :-1]
    table = np.concatenate([table[table[:, -1] == 1], table[256::20]])
    assert_as_good_as_scikit_learn(normal, table[:, :-1], table[:, -1] == 1)


def test_as_good_as_scikit_learn_on_nsl_kdd():
    normal = rows_of("nslkdd_train_normal.csv.gz")
    test = rows_of("nslkdd_test_known.csv.gz")

    def numbers(rows):
        start = 1 if rows[0][0] == "duration" else 0
        return np.log1p(np.array([[r[0], *r[4:41]] for r in rows[start:]], dtype=np.float64))

    attack = np.array([row[41] != "normal" for row in test])[-len(numbers(test)) :]
    assert 0.4 < attack.mean() < 0.6
    assert_as_good_as_scikit_learn(numbers(normal)[::32], numbers(test)[::2], attack[::2])


def nodes_of(model, t=0):
    """(place, level) of every node of a tree that splits."""
    stack, split = [(1, 0)], []
    while stack:
        place, level = stack.pop()
        if level < model.depth and np.isfinite(model.threshold[0, t, place]):
            split.append((place, level))
            stack += [(2 * place, level + 1), (2 * place + 1, level + 1)]
    return split


@pytest.mark.parametrize(("flows", "subsample"), [(256, 256), (256, 100), (40, 256), (4096, 4096)])
def test_trees_split_every_node_into_two_and_hold_every_flow(flows, subsample):
    window = traffic(flows)
    model = bank(window, trees=3, subsample=subsample)
    size = min(flows, subsample)
    for t in range(3):
        assert all(model.feature[0, t, place] != 4 for place, _ in nodes_of(model, t))
        flows_at = {}
        stack = [(1, 0)]
        inner = {place for place, _ in nodes_of(model, t)}
        while stack:
            place, level = stack.pop()
            if place in inner:
                stack += [(2 * place, level + 1), (2 * place + 1, level + 1)]
                continue
            code = model.leaf[0, t, (place << (model.depth - level)) - (1 << model.depth)]
            assert code // (subsample + 1) == level
            flows_at[place] = int(code % (subsample + 1))
        assert min(flows_at.values()) >= 1
        assert sum(flows_at.values()) == size
        assert max(level for _, level in nodes_of(model, t)) < np.ceil(np.log2(size))


def test_two_neighbouring_numbers_are_split_between():
    # No float32 lies between them: the cut must be the lower one, and both sides get their flows.
    window = np.full((64, 1), 1, dtype=np.float32)
    window[::4] = np.nextafter(np.float32(1), np.float32(2))
    model = bank(window, trees=50)
    scores = raw(model, window[:2])[0]
    assert (model.threshold[0, :, 1] == 1).all()
    assert scores[0] > scores[1]


@given(st.integers(-(2**53), 2**53), st.integers(-60, 60))
def test_rounded_threshold_decides_as_the_exact_one(digits, exponent):
    # 53 binary digits: more than a float32 has, so that rounding goes up as often as down.
    threshold = math.ldexp(digits, exponent)
    near = np.float32(threshold)
    for x in (
        np.nextafter(near, np.float32(-np.inf)),
        near,
        np.nextafter(near, np.float32(np.inf)),
    ):
        assert (float(x) <= threshold) == (x <= _float32_below(threshold))


def test_samples_are_drawn_without_replacement():
    # The window's flows are the numbers 0 to 63: a tree's thresholds show which it was given.
    window = np.arange(64, dtype=np.float32)[:, None]
    model = bank(window, trees=400, subsample=2)
    thresholds = model.threshold[0, :, 1]
    assert np.isfinite(thresholds).all()  # two equal flows could not be split
    # The cut is uniform between two draws: its mean is the window's, 31.5, s.e. 0.8.
    assert abs(thresholds.mean() - 31.5) < 3


def test_features_are_drawn_evenly_among_those_that_vary():
    model = bank(traffic(), trees=2000)
    counts = np.bincount(model.feature[0, :, 1], minlength=10)
    assert counts[4] == 0
    expected = 2000 / 9
    chi_squared = ((np.delete(counts, 4) - expected) ** 2 / expected).sum()
    assert chi_squared < 26.1  # the 99.9th percentile at 8 degrees of freedom


def test_keys_next_to_each_other_give_forests_that_have_nothing_in_common():
    model = bank(traffic(), keys=range(20))
    roots = model.threshold[:, :, 1].ravel()
    assert len(np.unique(roots)) > 0.99 * len(roots)


def test_average_path_length_as_published():
    known = average_path_length(np.array([0, 1, 2, 3, 256]))
    assert known == pytest.approx([0, 0, 1, 1.207392357589623, 10.2447709201], abs=1e-9)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_batch_longer_than_a_block_scores_as_its_parts(size):
    model, unseen = bank(traffic()), traffic(600, seed=1)
    whole = model.score(ROW, unseen[None], np.array([600]))[0]
    parts = [
        model.score(ROW, unseen[None, i : i + size], np.array([size]))[0]
        for i in range(0, 600, size)
    ]
    assert whole.tobytes() == np.concatenate(parts).tobytes()


def test_threads_on_disjoint_rows_do_not_disturb_each_other():
    from concurrent.futures import ThreadPoolExecutor

    windows = np.stack([traffic(seed=seed) for seed in range(8)])
    keys, lengths = np.arange(8, dtype=np.uint64), np.full(8, 256)
    alone, shared = (make_detector("isolation_forest", 8, 10, 256) for _ in range(2))
    alone.fit(np.arange(8), windows, lengths, keys)
    parts = [np.arange(i, i + 2) for i in range(0, 8, 2)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda p: shared.fit(p, windows[p], lengths[p], keys[p]), parts))
        scores = list(pool.map(lambda p: shared.score(p, windows[p], lengths[p]), parts))
    expected = alone.score(np.arange(8), windows, lengths)
    assert np.concatenate(scores).tobytes() == expected.tobytes()


def test_too_large_for_the_codes_is_refused():
    with pytest.raises(DetectionError, match="at most 256 features"):
        make_detector("isolation_forest", 1, 257, 256)
    with pytest.raises(DetectionError, match="4096 flows"):
        make_detector("isolation_forest", 1, 8, 5000, subsample=5000)


def test_forest_of_another_shape_is_refused():
    theirs = IsolationForest(n_estimators=5, max_samples=64, random_state=0).fit(traffic())
    with pytest.raises(DetectionError, match="shape"):
        IsolationForestBank(1, 10, 6, 64).from_sklearn(0, theirs)
