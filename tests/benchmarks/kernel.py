"""The compiled isolation forests against scikit-learn's, on one core."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
from timing import Figure, seconds

BATCH, FEATURES, TREES, WINDOW = 100, 8, 100, 256


def measure(quick: bool) -> list[Figure]:
    """Scoring in flows/s and fitting in ms, each against every peer."""
    agents, runs = (4, 1) if quick else (64, 7)
    draw = np.random.default_rng(1)
    windows = draw.normal(size=(agents, WINDOW, FEATURES)).astype(np.float32)
    batches = draw.normal(size=(agents, BATCH, FEATURES)).astype(np.float32)
    ours_fit, ours_score = _ours(windows, batches, runs)
    figures = []
    for name, (fit, score) in _peers(windows, batches, runs).items():
        if score:
            figures.append(
                Figure(
                    "scoring, one core",
                    ours_score / 1e6,
                    "M flows/s",
                    f"{name}: {score / 1e6:.3g} M flows/s",
                    ours_score / score,
                )
            )
        if fit:
            figures.append(
                Figure(
                    "fitting, one core",
                    1e3 * ours_fit,
                    "ms/forest",
                    f"{name}: {1e3 * fit:.3g} ms",
                    fit / ours_fit,
                )
            )
    return figures


def _ours(windows: Any, batches: Any, runs: int) -> tuple[float, float]:
    """Seconds per forest, flows per second."""
    from sim.detection import make_detector

    agents = len(windows)
    bank = make_detector("isolation_forest", agents, FEATURES, WINDOW, trees=TREES)
    rows = np.arange(agents)
    lengths, counts = np.full(agents, WINDOW), np.full(agents, BATCH)
    keys = rows.astype(np.uint64)
    fit = seconds(lambda: bank.fit(rows, windows, lengths, keys), runs) / agents
    score = seconds(lambda: bank.score(rows, batches, counts), 3 * runs)
    return fit, agents * BATCH / score


def _peers(windows: Any, batches: Any, runs: int) -> dict[str, tuple[float, float]]:
    """Name → seconds per forest, flows per second; 0 where there is no such figure."""
    from sklearn.ensemble import IsolationForest

    forests = [IsolationForest(n_estimators=TREES, max_samples=WINDOW, random_state=1)]
    few = min(len(windows), 8)
    fit = seconds(lambda: forests[0].fit(windows[0]), runs)
    forests = [
        IsolationForest(n_estimators=TREES, max_samples=WINDOW, random_state=i).fit(windows[i])
        for i in range(few)
    ]

    def one_by_one() -> None:
        for forest, batch in zip(forests, batches[:few], strict=True):
            forest.score_samples(batch)

    every = batches.reshape(-1, FEATURES)
    peers = {
        "scikit-learn, a forest per agent": (fit, few * BATCH / seconds(one_by_one, runs)),
        "scikit-learn, one forest, one big batch": (
            0.0,
            len(every) / seconds(lambda: forests[0].score_samples(every), runs),
        ),
    }
    if find_spec("isotree"):
        peers["isotree, a forest per agent"] = _isotree(windows, batches, runs)
    return peers


def _isotree(windows: Any, batches: Any, runs: int) -> tuple[float, float]:
    from isotree import IsolationForest

    forest = IsolationForest(
        ntrees=TREES, sample_size=WINDOW, ndim=1, missing_action="fail", nthreads=1
    )
    fit = seconds(lambda: forest.fit(windows[0]), runs)
    return fit, BATCH / seconds(lambda: forest.predict(batches[0]), runs)
