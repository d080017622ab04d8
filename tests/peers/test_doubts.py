"""What stays out of a training window, and for how long."""

from __future__ import annotations

import numpy as np

from sim.shard.doubts import Doubts

ROW = np.zeros(1, dtype=np.int64)
LEAST = np.full(1, 0.72, dtype=np.float32)


def batch(odd: int, size: int = 32) -> tuple[np.ndarray, np.ndarray]:
    scores = np.full((1, size), 0.2, dtype=np.float32)
    scores[0, :odd] = 0.9
    return scores, np.ones((1, size), dtype=np.bool_)


def left_out(doubts: Doubts, odd: int, patience: int = 3) -> int:
    return int(doubts.doubted(ROW, *batch(odd), LEAST, patience).sum())


def test_a_burst_stays_out_and_a_few_odd_flows_do_not() -> None:
    assert left_out(Doubts(1), 12) == 12
    assert left_out(Doubts(1), 4) == 0
    assert left_out(Doubts(1), 5) == 5


def test_what_goes_on_and_on_is_learned() -> None:
    doubts = Doubts(1)
    assert [left_out(doubts, 20) for _ in range(6)] == [20, 20, 20, 0, 0, 0]
    assert left_out(doubts, 1) == 0  # it is over ...
    assert left_out(doubts, 20) == 20  # ... and the next one is doubted again


def test_a_step_without_traffic_changes_nothing() -> None:
    doubts = Doubts(1)
    for _ in range(3):
        left_out(doubts, 20)
    scores, observed = batch(20)
    assert not doubts.doubted(ROW, scores, ~observed, LEAST, 3).any()
    assert left_out(doubts, 20) == 0


def test_a_flow_without_a_score_is_not_doubted() -> None:
    scores, observed = batch(20)
    scores[:] = np.nan
    assert not Doubts(1).doubted(ROW, scores, observed, LEAST, 3).any()
