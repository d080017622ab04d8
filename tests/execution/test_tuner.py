"""The tuner turns the right knob for a good reason, and never changes a result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import cycle, pairwise

import pytest
from fake_ray import FakeRay
from laboratory import EVENTFUL, advance, head_of, loaded, opened

from sim.commands import Order, SetParameter
from sim.config.parameters import Value
from sim.picture.painter import Painter
from sim.resources import tuner as tuning
from sim.resources.advice import (
    APART,
    LEAST_CACHE,
    LEAST_QUERIES,
    MOST_GROWTH,
    TOGETHER,
    KnobName,
    Knobs,
    Turn,
    advise,
)
from sim.resources.bottleneck import Measurements, bottleneck
from sim.resources.effect import effect_of
from sim.run.run import Run
from sim.run.summary import summarise
from sim.snapshot import EMPTY

GIB = 1 << 30
QUIET = Measurements(step=0.1, memory=0.2, memory_free=8 * GIB)
COMPUTING = replace(QUIET, compute=0.08, processors_busy=4.0)
READING = replace(QUIET, ledger=0.06)
CALLING = replace(QUIET, compute=0.09, round_trips=0.06)
FULL = replace(QUIET, memory=0.9, memory_free=GIB // 10)
KNOBS = Knobs(
    threads=4,
    most_threads=8,
    cache=20_000,
    cache_asked=20_000,
    queries=256,
    queries_asked=256,
    batch=4,
    most_batch=32,
)


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (QUIET, ""),
        (COMPUTING, "cpu"),
        (READING, "io"),
        (CALLING, "network"),
        (FULL, "memory"),
        (replace(FULL, compute=0.1), "memory"),
        (replace(QUIET, compute=0.049), ""),
        (Measurements(step=0.0), ""),
    ],
)
def test_bottleneck(measured: Measurements, expected: str) -> None:
    assert bottleneck(measured) == expected


def turn(measured: Measurements, knobs: Knobs = KNOBS) -> tuple[str, int, int] | None:
    found = advise(measured, knobs)
    assert found is None or found.why
    return None if found is None else (found.knob, found.old, found.new)


@pytest.mark.parametrize("measured", [QUIET, CALLING])
def test_nothing_to_do(measured: Measurements) -> None:
    assert turn(measured) is None


def test_threads_follow_what_they_keep_busy() -> None:
    assert turn(COMPUTING) == ("threads", 4, 5)
    assert turn(replace(COMPUTING, processors_busy=3.0)) is None
    assert turn(replace(COMPUTING, processors_busy=1.2)) == ("threads", 4, 3)
    assert turn(COMPUTING, replace(KNOBS, most_threads=4)) is None
    assert turn(replace(COMPUTING, processors_busy=0.2), replace(KNOBS, threads=1)) is None
    assert turn(COMPUTING, replace(KNOBS, threads=0)) is None


@pytest.mark.parametrize("measured", [QUIET, COMPUTING, READING, FULL])
def test_no_more_threads_than_there_is_room_for(measured: Measurements) -> None:
    assert turn(measured, replace(KNOBS, most_threads=2)) == ("threads", 4, 2)


def test_a_cache_that_evicts_and_misses_grows_within_the_memory() -> None:
    missing = replace(COMPUTING, misses=0.4, evictions=50)
    assert turn(missing) == ("judgement cache", 20_000, 40_000)
    assert turn(replace(missing, misses=0.01)) == ("threads", 4, 5)
    assert turn(replace(missing, evictions=0)) == ("threads", 4, 5)
    assert turn(replace(missing, memory=0.7)) == ("threads", 4, 5)
    assert turn(replace(missing, memory_free=1 << 20)) == ("threads", 4, 5)
    grown = replace(KNOBS, cache=20_000 * MOST_GROWTH)
    assert turn(missing, grown) == ("threads", 4, 5)


def test_a_cache_that_is_switched_off_stays_off() -> None:
    off = replace(KNOBS, cache=0, cache_asked=0, queries=0, queries_asked=0)
    assert turn(replace(COMPUTING, misses=1.0, evictions=9), off) == ("threads", 4, 5)
    assert (
        turn(replace(READING, query_misses=1.0, query_evictions=9), replace(off, batch=32)) is None
    )
    assert turn(FULL, off) is None


def test_what_the_ledger_takes_is_met_by_longer_transactions_and_more_queries() -> None:
    missing = replace(READING, query_misses=0.5, query_evictions=7)
    assert turn(missing) == ("steps per transaction", 4, 8)
    assert turn(missing, replace(KNOBS, batch=24)) == ("steps per transaction", 24, 32)
    assert turn(missing, replace(KNOBS, batch=32)) == ("query cache", 256, 512)
    alone = replace(KNOBS, batch=1, most_batch=1)
    assert turn(missing, alone) == ("query cache", 256, 512)
    assert turn(replace(missing, query_misses=0.0), alone) is None


def test_what_calling_workers_takes_is_met_by_fewer_calls() -> None:
    assert turn(CALLING, replace(KNOBS, calls=APART)) == ("calls per step", APART, TOGETHER)
    assert turn(CALLING, replace(KNOBS, calls=TOGETHER)) is None


def test_a_knob_that_rests_gives_way_to_the_next() -> None:
    resting: frozenset[KnobName] = frozenset({"judgement cache"})
    found = advise(FULL, KNOBS, resting)
    assert found is not None and found.knob == "query cache"
    few = replace(KNOBS, most_threads=2)
    assert advise(QUIET, few, frozenset()) is not None
    assert advise(QUIET, few, frozenset({"threads"})) is None


def test_caches_shrink_where_memory_is_short() -> None:
    assert turn(FULL) == ("judgement cache", 20_000, 10_000)
    assert turn(FULL, replace(KNOBS, cache=LEAST_CACHE)) == ("query cache", 256, 128)
    assert turn(FULL, replace(KNOBS, cache=LEAST_CACHE, queries=LEAST_QUERIES)) is None


@pytest.mark.parametrize("memory", [m / 100 for m in range(0, 101, 5)])
def test_no_share_of_memory_makes_a_cache_go_to_and_fro(memory: float) -> None:
    measured = replace(COMPUTING, memory=memory, misses=0.5, evictions=9)
    knobs = replace(KNOBS, threads=0)
    first = advise(measured, knobs)
    if first is not None:
        second = advise(measured, replace(knobs, cache=first.new))
        assert second is None or (second.new > second.old) == (first.new > first.old)


@pytest.mark.parametrize(
    ("tried", "worse", "better"),
    [
        (Turn("threads", 3, 4, ""), {"step": 0.1}, {"step": 0.09}),
        (Turn("threads", 4, 3, ""), {"step": 0.2}, {"step": 0.1}),
        (Turn("steps per transaction", 1, 2, ""), {"ledger": 0.06}, {"ledger": 0.04}),
        (Turn("calls per step", APART, TOGETHER, ""), {"step": 0.1}, {"step": 0.08}),
        (Turn("judgement cache", 8, 16, ""), {"misses": 0.4}, {"misses": 0.3}),
        (Turn("query cache", 8, 16, ""), {"query_misses": 0.4}, {"query_misses": 0.3}),
        (Turn("judgement cache", 16, 8, ""), {"memory": 0.9}, {"memory": 0.8}),
        (Turn("query cache", 16, 8, ""), {"memory": 0.95}, {"memory": 0.89}),
    ],
)
def test_every_turn_is_judged_by_what_it_was_for(
    tried: Turn, worse: dict[str, float], better: dict[str, float]
) -> None:
    before = replace(FULL, ledger=0.06, misses=0.4, query_misses=0.4)
    bad, good = replace(before, **worse), replace(before, **better)  # type: ignore[arg-type]
    assert not effect_of(tried, before, bad).helped
    assert effect_of(tried, before, good).helped
    assert str(effect_of(tried, before, bad)).endswith(": taken back")


def test_calling_workers_takes_no_more_than_the_whole_step(fake_ray: FakeRay) -> None:
    with opened({"simulation.executor": "ray", "simulation.workers": 2}) as experiment:
        advance(experiment, 1)
        tuner = experiment.tuner
        tuner._forget()
        tuner._steps, tuner._wall, tuner._phases = 1, 0.02, {"begin": 0.01}
        measured = tuner._measured()
    assert measured.round_trips == measured.step == 0.02


# -- in a run ------------------------------------------------------------------------------------

THREADS: dict[str, Value] = {
    "simulation.executor": "threads",
    "simulation.workers": 0,
    "cache.capacity": 200_000,
}


def watched(
    experiment: Run, measurements: list[Measurements], steps: int, patch: pytest.MonkeyPatch
) -> list[tuple[int, str, int, int]]:
    """What the tuner does if it measures these, one after the other and then the last again."""
    given = iter([*measurements, *[measurements[-1]] * steps])
    patch.setattr(tuning.Tuner, "_measured", lambda self: next(given))
    advance(experiment, steps, {})
    return [(d.step, d.turn.knob, d.turn.old, d.turn.new) for d in experiment.tuner.done]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows of one step, four processors and as many shards."""
    monkeypatch.setattr("sim.resources.tuner.WINDOW", 1)
    monkeypatch.setattr("sim.resources.tuner.processors", lambda: 4)
    monkeypatch.setattr("sim.execution.choose.processors", lambda: 4)


def test_it_waits_for_the_second_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = replace(COMPUTING, processors_busy=1.0)
    with opened(THREADS) as experiment:
        assert watched(experiment, [idle, QUIET, idle, idle, QUIET], 8, monkeypatch) == [
            (4, "threads", 4, 3)
        ]
        assert experiment.simulation.executor.workers == 3


RAY: dict[str, Value] = {"simulation.executor": "ray", "simulation.workers": 2}


@pytest.mark.parametrize(
    ("settings", "measured", "knob", "standing", "expected"),
    [
        (THREADS, replace(COMPUTING, processors_busy=1.0), "threads",
         lambda run: run.simulation.executor.workers, (4, 3)),
        (THREADS, FULL, "judgement cache",
         lambda run: run.simulation.cache_capacity(), (200_000, 100_000)),
        ({}, READING, "steps per transaction", lambda run: run.batch.steps, (1, 2)),
        (RAY, CALLING, "calls per step",
         lambda run: run.simulation.executor.together, (False, True)),
    ],
    ids=["cpu", "memory", "io", "network"],
)  # fmt: skip
def test_each_bottleneck_turns_its_knob_in_a_run(
    monkeypatch: pytest.MonkeyPatch,
    fake_ray: FakeRay,
    settings: dict[str, Value],
    measured: Measurements,
    knob: str,
    standing: Callable[[Run], object],
    expected: tuple[object, object],
) -> None:
    with opened(settings) as experiment:
        experiment.batch.allowed = True
        before = standing(experiment)
        done = watched(experiment, [measured], 2, monkeypatch)
        assert [name for _, name, *_ in done] == [knob]
        assert (before, standing(experiment)) == expected
        assert experiment.tuner.bottleneck == bottleneck(measured)


def test_what_was_taken_back_is_not_tried_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = replace(COMPUTING, processors_busy=1.0)
    slow = replace(idle, step=0.2, compute=0.16)
    with opened(THREADS) as experiment:
        done = watched(experiment, [idle, idle, slow, idle], 20, monkeypatch)
        taken_back, back = experiment.tuner.done
    assert done == [(2, "threads", 4, 3), (3, "threads", 3, 4)]
    assert taken_back.text.endswith("a step took 200 ms after 100 ms: taken back")
    assert back.effect is None and back.turn.why == "that did not help"


def test_a_turn_that_is_done_with_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, bool | None]] = []
    with opened(THREADS) as experiment:
        experiment.tuner.told = lambda done: told.append(
            (done.turn.new, done.effect.helped if done.effect else None)
        )
        watched(experiment, [FULL, FULL, FULL, QUIET], 8, monkeypatch)
    assert told == [(100_000, False), (200_000, None)]


def test_a_number_of_threads_that_was_asked_for_is_not_exceeded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    busy = replace(COMPUTING, processors_busy=9.0)
    with opened({**THREADS, "simulation.workers": 2}) as experiment:
        assert watched(experiment, [busy], 6, monkeypatch) == []


def test_it_is_switched_off_live_and_puts_everything_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(THREADS) as experiment:
        watched(experiment, [FULL, FULL, QUIET], 4, monkeypatch)
        simulation = experiment.simulation
        assert simulation.cache_capacity() < experiment.config.cache.capacity
        experiment.advance([Order(SetParameter("monitoring.tuner", False))])
        assert simulation.cache_capacity() == experiment.config.cache.capacity
        done = len(experiment.tuner.done)
        advance(experiment, 4, {})
        assert len(experiment.tuner.done) == done
        assert experiment.tuner.lines[0].endswith("the tuner is off")


def test_a_size_that_somebody_asks_for_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(THREADS) as experiment:
        watched(experiment, [FULL, FULL, QUIET], 4, monkeypatch)
        assert experiment.simulation.cache_capacity() == 100_000
        experiment.advance([Order(SetParameter("cache.capacity", 500))])
        assert experiment.simulation.cache_capacity() == 500
        # The journal knows what was configured, not what the tuner made of it.
        assert [row.old for _, row in experiment.reader.commands()] == ["200000"]


def test_a_cramped_cache_grows_in_a_real_run(monkeypatch: pytest.MonkeyPatch) -> None:
    # On a busy machine the disk may be slower than the computing.
    monkeypatch.setattr("sim.resources.bottleneck.LEDGER_SHARE", 2.0)
    monkeypatch.setattr("sim.resources.bottleneck.COMPUTE_SHARE", 0.01)
    cramped: dict[str, Value] = {"cache.capacity": 32, "monitoring.tuner": True}
    with opened(cramped) as experiment:
        advance(experiment, 30, EVENTFUL)
        turned = [d for d in experiment.tuner.done if d.turn.knob == "judgement cache"]
        grown = [d.turn for d in turned if d.turn.new > d.turn.old]
        assert grown and grown[0].old == 32 and grown[0].new == 64
        # Each is judged; one that did not help is taken back by the next turn.
        for done, after in pairwise(turned):
            if done.effect is not None and not done.effect.helped:
                assert (after.turn.old, after.turn.new) == (done.turn.new, done.turn.old)
        capacities = [d.turn.new for d in turned]
        assert max(capacities) <= 32 * MOST_GROWTH
        picture = Painter(experiment).paint(EMPTY)
        assert picture.tuning == experiment.tuner.lines
        assert picture.tuning[-1].startswith(f"step {experiment.tuner.done[0].step}: judgement")
        assert picture.performance.capacity == capacities[-1]
        tuned = head_of({**cramped, "monitoring.tuner": False}, 30)
        assert experiment.ledger.head_hex == tuned


def test_no_turn_of_any_knob_changes_a_head(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every knob is turned in every step, far more wildly than any measurement would have it."""
    settings: dict[str, Value] = {**THREADS, "simulation.agents": 24}
    monkeypatch.setattr("sim.model.blocks.SHARD_SIZE", 5)
    expected = head_of({**settings, "monitoring.tuner": False}, 14, EVENTFUL)
    values = cycle([("threads", 1), ("judgement cache", 7), ("query cache", 0), ("threads", 5)])
    more = cycle(
        [
            ("steps per transaction", 5),
            ("calls per step", TOGETHER),
            ("judgement cache", 99_000),
            ("query cache", 3),
            ("calls per step", APART),
        ]
    )

    def wildly(self: tuning.Tuner, measured: Measurements) -> None:
        for knob, new in (next(values), next(more)):
            self._do(Turn(knob, 0, new, "why not"))

    monkeypatch.setattr(tuning.Tuner, "_conclude", wildly)
    with opened(settings) as experiment:
        experiment.batch.allowed = True
        held = 0
        for _ in range(14):
            advance(experiment, 1, EVENTFUL)
            held += experiment.ledger.held
        assert held and len(experiment.tuner.done) == 28
        assert experiment.ledger.head_hex == expected
        experiment.flush()
        assert experiment.reader.head().hex() == expected


def test_the_summary_lists_every_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nowhere:
        path, run_id, goal = "", "", None

    with opened(THREADS) as experiment:
        watched(experiment, [FULL, FULL, QUIET], 4, monkeypatch)
        summary = summarise(experiment, Nowhere(), 1.0, 4)  # type: ignore[arg-type]
    (turn,) = experiment.tuner.done
    assert summary["tuning"] == [
        {
            "step": turn.step,
            "knob": "judgement cache",
            "old": 200_000,
            "new": 100_000,
            "why": "90% of the memory is taken",
            "effect": "20.0% of the memory is taken after 90.0%",
            "helped": True,
        }
    ]


def test_it_is_on_by_default() -> None:
    assert loaded().config.monitoring.tuner is True
