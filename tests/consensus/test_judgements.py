"""The cache of judgements: least recently used, time to live, damage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laboratory import EVENTFUL, Given, advance, head_of, opened

from sim.commands import InjectFault, SetParameter, Targets
from sim.shard.judgements import JudgementCache
from sim.snapshot import Performance

VOTERS = 3
FIRST = np.ones(VOTERS, dtype=np.int64)
ALL = np.ones((VOTERS, 1), dtype=np.bool_)


def scored(value: float) -> np.ndarray:
    return np.full((VOTERS, 1), value, dtype=np.float32)


def filled(*contents: bytes) -> JudgementCache:
    cache = JudgementCache(VOTERS)
    for place, content in enumerate(contents):
        cache.store([content], scored(place / 10), ALL, FIRST, step=place)
    return cache


def knows(cache: JudgementCache, content: bytes, step: int = 5, version: int = 1) -> bool:
    _, known, _ = cache.look_up([content], FIRST * version, step, ttl=100)
    return bool(known.all())


def test_what_was_stored_comes_back() -> None:
    cache = filled(b"a", b"b")
    scores, known, damaged = cache.look_up([b"b", b"c", b"a"], FIRST, 3, ttl=9)
    assert known.tolist() == [[True, False, True]] * VOTERS
    assert np.allclose(scores[:, [0, 2]], [[0.1, 0.0]] * VOTERS)
    assert not damaged.any()
    assert len(cache) == 2 * VOTERS


def test_a_new_model_judges_anew() -> None:
    cache = filled(b"a")
    assert not knows(cache, b"a", version=2)
    assert knows(cache, b"a", version=1)


def test_the_least_recently_used_content_goes_first() -> None:
    cache = filled(b"a", b"b", b"c")
    knows(cache, b"a")
    cache.shrink(2 * VOTERS)
    assert (knows(cache, b"a"), knows(cache, b"b"), knows(cache, b"c")) == (True, False, True)
    assert cache.counts.evictions == VOTERS


def test_no_room_is_no_room() -> None:
    cache = filled(b"a", b"b")
    cache.shrink(VOTERS - 1)
    assert len(cache) == 0
    assert cache.counts.evictions == 2 * VOTERS


def test_age() -> None:
    cache = filled(b"a")
    for step, fresh in ((4, True), (5, False)):
        _, known, _ = cache.look_up([b"a"], FIRST, step, ttl=4)
        assert known.all() == fresh
    assert cache.counts.stale == VOTERS


@given(st.lists(st.booleans(), min_size=VOTERS, max_size=VOTERS))
def test_damage_is_noticed_and_only_the_damaged_are_cleared(struck) -> None:
    cache = filled(b"a", b"b")
    cache.corrupt(np.array(struck))
    _, known, damaged = cache.look_up([b"a"], FIRST, 3, ttl=9)
    assert damaged.tolist() == struck
    assert known[:, 0].tolist() == [not hit for hit in struck]
    assert len(cache) == 2 * (VOTERS - sum(struck))


def test_hit_rate_counts_a_stale_judgement_once() -> None:
    """Every stale judgement is a miss already."""
    assert Performance(hits=6, misses=4, stale=3).hit_rate == pytest.approx(0.6)


def test_corruption_in_a_run_is_counted_and_changes_no_verdict() -> None:
    def run(capacity: int) -> tuple[str, dict[str, int]]:
        given: Given = {**EVENTFUL, 9: (InjectFault("cache_corruption", Targets(fraction=0.5)),)}
        with opened({"cache.capacity": capacity, "signature.evidence": "batch"}) as experiment:
            advance(experiment, 16, given)
            return experiment.ledger.head_hex, experiment.simulation.errors.counts()

    damaged, errors = run(20_000)
    clean, none = run(0)
    assert damaged == clean
    assert errors["agent.cache"] == 8
    assert "agent.cache" not in none


def test_counts_of_a_run_and_a_cache_switched_off() -> None:
    off: Given = {**EVENTFUL, 13: (SetParameter("cache.capacity", 0),)}
    with opened() as experiment:
        advance(experiment, 12, off)
        before = experiment.simulation.cache_counts()
        assert before["hits"] > 0 and before["misses"] > 0
        assert before["cached"] > 0
        advance(experiment, 2, off)
        after = experiment.simulation.cache_counts()
        assert after["hits"] == before["hits"]
        assert after["misses"] > before["misses"]
        assert after["cached"] == 0


def test_stale_and_evictions_of_a_run() -> None:
    for settings, name in (
        ({"cache.ttl_steps": 1}, "stale"),
        ({"cache.capacity": 48}, "evictions"),
    ):
        with opened(settings) as experiment:
            advance(experiment, 14, EVENTFUL)
            assert experiment.simulation.cache_counts()[name] > 0
    assert head_of({"cache.ttl_steps": 1}) == head_of({"cache.capacity": 48})
