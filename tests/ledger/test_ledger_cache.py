"""The query cache: recent, fresh, counted."""

from __future__ import annotations

from collections import OrderedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.ledger.cache import QueryCache


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def counts(cache: QueryCache) -> tuple[int, int, int, int]:
    statistics = cache.statistics()
    return statistics.hits, statistics.misses, statistics.evictions, statistics.expiries


def test_a_second_look_up_computes_nothing() -> None:
    cache = QueryCache()
    assert cache.statistics().hit_rate is None
    assert [cache.get("q", (1,), lambda: "one") for _ in range(2)] == ["one", "one"]
    assert cache.get("q", (1,), lambda: pytest.fail("computed again")) == "one"
    assert cache.get("q", (2,), lambda: "two") == "two"
    assert counts(cache) == (2, 2, 0, 0)
    assert cache.statistics().hit_rate == 0.5


def test_the_least_recently_used_goes_first() -> None:
    cache = QueryCache(capacity=2)
    cache.get("a", (), lambda: 1)
    cache.get("b", (), lambda: 2)
    cache.get("a", (), lambda: 0)
    cache.get("c", (), lambda: 3)
    assert cache.get("a", (), lambda: 0) == 1
    assert cache.get("b", (), lambda: 0) == 0
    assert counts(cache) == (2, 4, 2, 0)
    assert cache.statistics().entries == 2


def test_nothing_outlives_its_time() -> None:
    clock = Clock()
    cache = QueryCache(ttl=10, clock=clock)
    cache.get("a", (), lambda: 1)
    clock.now = 9.9
    assert cache.get("a", (), lambda: 2) == 1
    clock.now = 10
    assert cache.get("a", (), lambda: 2) == 2
    clock.now = 19
    assert cache.get("a", (), lambda: 3) == 2
    assert counts(cache) == (2, 2, 0, 1)


def test_a_longer_ledger_misses() -> None:
    cache = QueryCache()
    assert cache.get("a", (), lambda: 1, grown=5) == 1
    assert cache.get("a", (), lambda: 2, grown=5) == 1
    assert cache.get("a", (), lambda: 2, grown=6) == 2


def test_absence_is_not_kept() -> None:
    cache = QueryCache()
    assert cache.get("a", (), lambda: None) is None
    assert cache.get("a", (), lambda: 1) == 1


def test_capacity_zero_switches_it_off() -> None:
    cache = QueryCache(capacity=0)
    assert [cache.get("a", (), lambda: 1) for _ in range(2)] == [1, 1]
    assert counts(cache) == (0, 2, 0, 0)


def test_resize_and_clear() -> None:
    cache = QueryCache(capacity=3)
    for name in "abc":
        cache.get(name, (), lambda: 1)
    cache.resize(1)
    assert (cache.statistics().entries, cache.statistics().evictions) == (1, 2)
    assert cache.get("c", (), lambda: 2) == 1
    cache.clear()
    assert cache.get("c", (), lambda: 2) == 2


def test_an_error_is_not_kept() -> None:
    cache = QueryCache()
    with pytest.raises(ZeroDivisionError):
        cache.get("a", (), lambda: 1 / 0)
    assert cache.get("a", (), lambda: 1) == 1


@settings(deadline=None)
@given(st.integers(1, 4), st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), max_size=60))
def test_it_behaves_like_the_textbook(capacity: int, look_ups: list[tuple[int, int]]) -> None:
    clock = Clock()
    cache = QueryCache(capacity, ttl=5, clock=clock)
    model: OrderedDict[int, float] = OrderedDict()
    for key, pause in look_ups:
        clock.now += pause
        known = key in model and clock.now - model[key] < 5
        computed: list[int] = []
        cache.get("q", (key,), lambda key=key, into=computed: into.append(key) or key)  # type: ignore[misc]
        assert (computed == []) == known
        if not known:
            model[key] = clock.now
        model.move_to_end(key)
        while len(model) > capacity:
            model.popitem(last=False)
        assert cache.statistics().entries == len(model)
