"""Health: each check notices what is scarce, cleans up, says so, and is well again later."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from laboratory import EVENTFUL, advance, head_of, loaded, opened

from sim.config.parameters import Value
from sim.doctor.environment import describe_environment
from sim.engine.engine import Engine
from sim.machine.capacity import file_limit, open_files, resident_bytes, threads
from sim.picture.painter import Painter
from sim.resources.advice import LEAST_CACHE
from sim.resources.checks import CHECKS, RECOVERY, SHARE, limit_of
from sim.resources.readings import Readings, free_bytes, take
from sim.resources.watch import INTERVAL, REPEAT, HealthWatch
from sim.run.run import Run
from sim.snapshot import EMPTY, RunState

MIB = 1 << 20
WELL = Readings(memory=100 * MIB, disk=5000 * MIB, files=20, connections=2, threads=5)
LIMITS: dict[str, Value] = {
    "monitoring.memory_limit": 200,
    "monitoring.disk_limit": 1000,
    "monitoring.files_limit": 100,
    "monitoring.connections_limit": 4,
    "monitoring.threads_limit": 40,
    "monitoring.tuner": False,
}
SCARCE = {
    "memory": (201 * MIB, 195 * MIB, 190 * MIB),
    "disk": (999 * MIB, 1020 * MIB, 1050 * MIB),
    "files": (101, 96, 95),
    "connections": (5, 4, 3),
    "threads": (41, 39, 38),
}
"""Check → unhealthy, still unhealthy though the limit is kept, well again."""


class Watched:
    """An experiment whose watch reads what a test says, by a clock that a test moves."""

    def __init__(self, experiment: Run) -> None:
        self.now = 0.0
        self.readings = WELL
        self.looks = 0
        self.run = experiment
        experiment.health = self.watch = HealthWatch(
            experiment.resources, lambda: self.now, self._measure
        )

    def _measure(self) -> Readings:
        self.looks += 1
        return self.readings

    def read(self, later: float = INTERVAL, **values: int | None) -> dict[str, bool]:
        """Look again after some time; returns which checks are well."""
        self.now += later
        self.readings = replace(self.readings, **values)
        self.watch.observe()
        return {seen.name: seen.healthy for seen in self.watch.view()}

    @property
    def notices(self) -> tuple[str, ...]:
        return self.run.notices


@pytest.fixture
def watched() -> Iterator[Watched]:
    with opened(LIMITS) as experiment:
        watched = Watched(experiment)
        advance(experiment, 3)
        yield watched


@pytest.mark.parametrize("name", SCARCE)
def test_each_check_falls_ill_and_recovers_with_hysteresis(watched: Watched, name: str) -> None:
    bad, better, good = SCARCE[name]
    others = [check.name for check in CHECKS if check.name != name]
    assert all(watched.read().values())
    seen = watched.read(**{name: bad})
    assert not seen[name] and all(seen[other] for other in others)
    assert not watched.watch.healthy
    assert not watched.read(**{name: better})[name]
    assert len(watched.notices) == 1
    assert watched.read(**{name: good})[name]
    assert watched.watch.healthy
    ill, well = watched.notices
    assert ill.startswith(f"step 3: {name}: ") and well.startswith(f"step 3: {name} is well again")
    assert watched.run.simulation.errors.counts() == {f"resource.{name}": 1}
    # What is just within the limit is no reason to begin with.
    limit = limit_of(
        next(c for c in CHECKS if c.name == name),
        watched.run.config.monitoring, workers=1, readers=4,
    )  # fmt: skip
    assert watched.read(**{name: limit})[name]


def test_it_looks_at_most_once_a_second(watched: Watched) -> None:
    for _ in range(10):
        watched.read(later=INTERVAL / 4)
    assert watched.looks == 3  # the first one after the first step
    advance(watched.run, 3)
    assert watched.looks == 3
    watched.now += INTERVAL
    advance(watched.run, 3)
    assert watched.looks == 4


def test_scarce_memory_shrinks_the_caches_again_and_again_down_to_the_least(
    watched: Watched,
) -> None:
    experiment = watched.run
    capacity = experiment.config.cache.capacity
    assert experiment.resources.query_cache.statistics().entries > 0
    watched.read(memory=300 * MIB)
    assert experiment.simulation.cache_capacity() == capacity // 2
    assert experiment.resources.query_cache.statistics().entries == 0
    assert f"judgement cache {capacity} → {capacity // 2}" in watched.notices[0]
    watched.read()
    assert experiment.simulation.cache_capacity() == capacity // 2
    for _ in range(14):
        watched.read(later=REPEAT)
    assert experiment.simulation.cache_capacity() == LEAST_CACHE
    assert len(watched.notices) == 1
    assert experiment.simulation.errors.counts()["resource.memory"] == 15


def test_scarce_connections_close_idle_readers_which_come_back(watched: Watched) -> None:
    pool = watched.run.resources.pool
    with pool.reader():
        inside = threading.Thread(target=watched.run.reader.length)
        inside.start()
        inside.join()
        assert pool.statistics().open == 2
        watched.read(connections=9)
        assert pool.statistics().open == 1
    watched.read(later=REPEAT)
    assert pool.statistics().open == 0
    assert watched.run.reader.length() == watched.run.ledger.length


def test_a_scarce_disk_moves_the_log_into_the_file(watched: Watched) -> None:
    ledger = watched.run.ledger
    before = ledger.path.stat().st_size
    watched.read(disk=10 * MIB)
    assert ledger.path.stat().st_size > before
    assert "the ledger's log moved into its file" in watched.notices[0]


def test_scarce_threads_mean_fewer_that_compute() -> None:
    settings = {**LIMITS, "simulation.executor": "threads", "simulation.workers": 2,
                "simulation.agents": 130}  # fmt: skip
    with opened(settings) as experiment:
        workers = experiment.simulation.executor.workers
        Watched(experiment).read(threads=99)
        assert (workers, experiment.simulation.executor.workers) == (2, 1)
        advance(experiment, 1)


def test_what_the_machine_does_not_tell_is_not_judged(watched: Watched) -> None:
    seen = watched.read(files=None, disk=None)
    assert set(seen) == {"memory", "connections", "threads", "step"}


def test_zero_switches_the_disk_off_and_is_automatic_elsewhere() -> None:
    zeros = dict.fromkeys((k for k in LIMITS if k.endswith("_limit")), 0)
    with opened({**LIMITS, **zeros}) as experiment:
        watched = Watched(experiment)
        assert all(watched.read(disk=0).values())
        limits = {seen.name: seen.limit for seen in watched.watch.view()}
        assert limits["disk"] == 0 and all(limits[n] > 0 for n in limits if n != "disk")
        assert not watched.read(files=file_limit())["files"]
        assert not watched.read(connections=experiment.resources.pool.size + 4)["connections"]


def test_it_can_be_switched_off_live(watched: Watched) -> None:
    assert not watched.read(memory=300 * MIB)["memory"]
    watched.run.config.monitoring.health = False
    assert watched.read() == {}
    assert watched.watch.healthy
    watched.run.config.monitoring.health = True
    assert not watched.read()["memory"]


def test_memory_that_is_really_taken_is_noticed_and_given_back() -> None:
    settings: dict[str, Value] = {"monitoring.memory_limit": resident_bytes() // MIB + 100}
    with opened(settings) as experiment:
        advance(experiment, 2)
        assert experiment.health.healthy
        ballast = bytearray(os.urandom(1)) * (200 * MIB)
        experiment.health.look()
        assert not experiment.health.healthy
        del ballast
        experiment.health.look()
        assert experiment.health.healthy


def test_nothing_of_it_changes_the_outcome() -> None:
    settings = {**LIMITS, "simulation.executor": "threads", "simulation.workers": 2}
    with opened(settings) as experiment:
        watched = Watched(experiment)
        for step in range(16):
            bad = {name: values[0] for name, values in SCARCE.items()}
            watched.now += REPEAT
            watched.readings = replace(WELL, **bad) if step % 3 else WELL
            advance(experiment, 1, EVENTFUL)
        assert watched.looks == 16
        assert len(experiment.simulation.errors.counts()) == 5
        head = experiment.ledger.head_hex
    unwatched = {k: v for k, v in settings.items() if k != "monitoring.health"}
    assert head == head_of({**unwatched, "monitoring.health": False})


def test_the_snapshot_shows_it(watched: Watched) -> None:
    painter = Painter(watched.run)
    watched.read(memory=300 * MIB)
    health = painter.paint(EMPTY).health
    assert [seen.name for seen in health if not seen.healthy] == ["memory"]
    seen = health[0]
    assert (seen.text, seen.since) == ("300 MiB of at most 200 MiB", 3)
    assert "judgement cache" in seen.done
    assert painter.paint(EMPTY).health is health


def test_scarce_checks_stay_on_show_with_what_was_done(watched: Watched) -> None:
    watched.read(memory=300 * MIB)
    done = watched.watch.view()[0].done
    watched.read()
    advance(watched.run, 2)
    watched.read()
    assert (watched.watch.view()[0].done, watched.watch.view()[0].since) == (done, 3)


def test_a_run_that_stands_is_watched_too(tmp_path: Path) -> None:
    engine = Engine(loaded({"monitoring.disk_limit": 1_000_000_000}), tmp_path / "r", paused=True)
    engine.start()
    try:
        deadline = time.monotonic() + 20
        while not (shot := engine.snapshot).health:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert (shot.state, shot.step) == (RunState.PAUSED, 0)
        assert [seen.name for seen in shot.health if not seen.healthy] == ["disk"]
        assert shot.notices[0].startswith("step 0: disk: ")
    finally:
        assert engine.close(20)


# Readings of the real process


@contextmanager
def held(make: Callable[[], object], release: Callable[[object], object]) -> Iterator[None]:
    some = [make() for _ in range(7)]
    try:
        yield
    finally:
        for one in some:
            release(one)


def test_open_files_are_counted() -> None:
    before = open_files()
    assert before is not None and before > 2
    with held(lambda: os.open(os.devnull, os.O_RDONLY), os.close):  # type: ignore[arg-type]
        assert open_files() == before + 7
    assert open_files() == before


def test_threads_are_counted() -> None:
    before, gate = threads(), threading.Event()
    with held(partial(_started, gate), lambda _: gate.set()):
        # One or the other thread of somebody else may just have ended.
        assert before + 4 <= threads() <= before + 7


def _started(gate: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=gate.wait, daemon=True)
    thread.start()
    return thread


def test_memory_is_counted() -> None:
    before = take(Path()).memory
    ballast = bytearray(os.urandom(1)) * (64 * MIB)
    after = take(Path()).memory
    assert before is not None and after is not None
    assert after - before > 50 * MIB
    del ballast


def test_free_room_is_that_of_the_nearest_folder(tmp_path: Path) -> None:
    room = free_bytes(tmp_path / "not" / "there")
    assert room is not None and abs(room - (free_bytes(tmp_path) or 0)) < 64 * MIB


def test_the_hysteresis_is_where_it_is_said_to_be() -> None:
    memory, disk = CHECKS[0], CHECKS[1]
    assert memory.well(100, 100, before=True) and not memory.well(100, 100, before=False)
    assert memory.well(100 * (1 - RECOVERY), 100, before=False)
    assert disk.well(100, 100, before=True) and not disk.well(100, 100, before=False)
    assert disk.well(0, 0, before=False)


def test_a_healthy_run_says_nothing() -> None:
    with opened() as experiment:
        advance(experiment, 4)
        assert experiment.health.view()
        assert experiment.health.healthy
        assert experiment.notices == () and experiment.simulation.errors.counts() == {}


def test_doctor_reports_what_the_process_may_have() -> None:
    report = describe_environment()["resources"]
    assert report["files"].endswith(f"of at most {round(file_limit() * SHARE):,}")
    assert "of at least 100 MiB" in report["disk"]
    assert set(report) == {"memory", "disk", "files", "threads"}
