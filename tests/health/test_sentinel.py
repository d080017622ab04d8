"""Health beside a step that takes long, and checks of plug-ins."""

from __future__ import annotations

import json
import socket
import threading
import urllib.error
import urllib.request

import pytest
from laboratory import advance, opened
from waiting import PATIENCE, MakeEngine, wait_for

from sim.commands import Step
from sim.plugins.catalogue import CHECKS
from sim.resources import sentinel, watch
from sim.resources.checks import Check
from sim.resources.readings import Readings
from sim.resources.watch import HealthWatch
from sim.shard.shard import Shard
from sim.snapshot import HealthView

WELL = Readings(memory=1 << 20, disk=1 << 40, files=20, connections=2, threads=5)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def step_of(view: tuple[HealthView, ...]) -> HealthView:
    return next(seen for seen in view if seen.name == "step")


def test_a_step_that_hangs_is_found_beside_it_and_counted_after_it() -> None:
    clock = Clock()
    with opened({"monitoring.step_limit": 5.0}) as run:
        found = HealthWatch(run.resources, clock, lambda: WELL)
        found.observe()
        found.begin()
        clock.now = 4.0
        assert not found.glance()
        assert step_of(found.view()).healthy
        clock.now = 6.0
        assert found.glance()
        seen = step_of(found.view())
        assert (seen.healthy, seen.text) == (False, "6 s of at most 5 s")
        assert not found.healthy
        assert run.simulation.errors.counts() == {}, "that is up to the thread that steps"
        clock.now = 7.5
        assert found.glance(), "how long it hangs is news"
        assert step_of(found.view()).text == "8 s of at most 5 s"
        assert found.observe()
        assert step_of(found.view()).healthy
        assert run.simulation.errors.counts() == {"resource.step": 1}


def test_nothing_is_cleaned_up_beside_a_step() -> None:
    clock = Clock()
    scarce = Readings(memory=1 << 50, disk=1 << 40, files=20, connections=2, threads=5)
    with opened() as run:
        advance(run, 2)
        run.config.monitoring.memory_limit = 100
        found = HealthWatch(run.resources, clock, lambda: scarce)
        before = run.resources.judgements.now
        found.begin()
        clock.now = 2.0
        assert found.glance() and not found.healthy
        assert run.resources.judgements.now == before
        found.observe()
        assert run.resources.judgements.now == before, "it was looked at a moment ago"
        clock.now = 4.0
        found.observe()
        assert run.resources.judgements.now < before
        assert run.simulation.errors.counts() == {"resource.memory": 1}


def test_a_hanging_step_is_on_screen_in_the_log_and_at_health(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "INTERVAL", 0.02)
    monkeypatch.setattr(sentinel, "INTERVAL", 0.02)
    hangs, goes_on = threading.Event(), threading.Event()
    whole = Shard.detect

    def detect(self: Shard, rows: object) -> None:
        if self.orders.step == 3:
            hangs.set()
            assert goes_on.wait(PATIENCE)
        whole(self, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(Shard, "detect", detect)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    engine = make_engine({"monitoring.step_limit": 0.05, "monitoring.metrics_port": port})
    engine.start()
    engine.submit(Step(3))
    assert hangs.wait(PATIENCE)
    try:
        wait_for(engine, lambda s: any(not c.healthy and c.name == "step" for c in s.health))
        with pytest.raises(urllib.error.HTTPError) as told:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5)
        checks = {c["name"]: c["healthy"] for c in json.load(told.value)["checks"]}
        assert told.value.code == 503 and not checks["step"]
        assert "step 3: step: " in engine.run_directory.log_file.read_text()
    finally:
        goes_on.set()
    done = wait_for(engine, lambda s: s.step == 3 and all(c.healthy for c in s.health))
    assert "resource.step" in {error.kind for error in done.errors}


# -- of plug-ins ---------------------------------------------------------------------------------


def test_a_check_of_a_plug_in_is_judged_and_cleans_up(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = [3.0]
    own = Check("queue", "", False, lambda: queue[0], 10.0, lambda: "queue\x1b[2J emptied")
    monkeypatch.setitem(CHECKS._objects, "queue", own)
    monkeypatch.setitem(CHECKS.ours, "queue", "nowhere:nothing")
    with opened() as run:
        found = HealthWatch(run.resources, Clock(), lambda: WELL)
        found.look()
        assert {seen.name: seen.healthy for seen in found.view()}["queue"]
        queue[0] = 11.0
        found.look()
        seen = next(seen for seen in found.view() if seen.name == "queue")
        assert not seen.healthy and seen.text == "11 of at most 10"
        assert seen.done.startswith("queue") and "\x1b" not in seen.done
        assert run.simulation.errors.counts() == {"resource.queue": 1}


def test_a_clean_up_that_raises_is_said_and_the_run_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def relieve() -> str:
        raise OSError("the queue \x1b[2J is gone")

    own = Check("queue", "", False, lambda: 11.0, 10.0, relieve)
    monkeypatch.setitem(CHECKS._objects, "queue", own)
    monkeypatch.setitem(CHECKS.ours, "queue", "nowhere:nothing")
    with opened() as run:
        found = HealthWatch(run.resources, Clock(), lambda: WELL)
        found.look()
        seen = next(seen for seen in found.view() if seen.name == "queue")
        assert (
            seen.done.startswith("clean-up failed: OSError: the queue") and "\x1b" not in seen.done
        )
        assert run.simulation.errors.counts() == {"resource.queue": 1}
    assert "clean-up for queue failed" in caplog.text


@pytest.mark.parametrize("measured", ["no such device", OSError("no such device")])
def test_a_check_that_raises_is_named_and_skipped(
    monkeypatch: pytest.MonkeyPatch, measured: object
) -> None:
    def measure() -> float:
        if isinstance(measured, OSError):
            raise measured
        return measured  # type: ignore[return-value]

    monkeypatch.setitem(CHECKS._objects, "queue", Check("queue", "", False, measure, 1.0))
    monkeypatch.setitem(CHECKS.ours, "queue", "nowhere:nothing")
    with opened() as run:
        found = HealthWatch(run.resources, Clock(), lambda: WELL)
        found.look()
        found.look()
        assert "queue" not in {seen.name for seen in found.view()}
        said = [notice for notice in run.notices if "queue is skipped" in notice]
        assert len(said) == 1 and "no such device" in said[0]
