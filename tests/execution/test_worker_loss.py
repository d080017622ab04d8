"""A lost worker is replaced, and the run goes on as if nothing had happened."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fake_ray import FakeActor, FakeRay
from laboratory import advance, head_of, opened
from timeline import BUSY, STEPS, recorded

from sim.commands import InjectFault
from sim.config.parameters import Value
from sim.errors import StepError
from sim.execution.group import ShardGroup
from sim.execution.threads import ThreadExecutor
from sim.picture.painter import Painter
from sim.run.run import Run
from sim.snapshot import EMPTY, Focus
from sim.traffic.synthetic import SyntheticTraffic

RAY: dict[str, Value] = {"simulation.executor": "ray", "simulation.workers": 2}
METHODS = ("begin", "observe", "publish", "vote", "learn", "urgency", "refit", "report")


@pytest.fixture(scope="module")
def head() -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.model.blocks.SHARD_SIZE", 5)
        return head_of(steps=STEPS, given=BUSY)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints often enough for a short run to have some."""
    monkeypatch.setattr("sim.execution.ray.CHECKPOINT_STEPS", 4)


def losses(experiment: Run) -> int:
    return experiment.simulation.errors.counts().get("executor.worker_lost", 0)


@pytest.mark.parametrize("calls", [7, 23, 41])
def test_lost_again_and_again_at_any_call(head: str, fake_ray: FakeRay, calls: int) -> None:
    """Every so many calls the actor that is called dies before it answers."""

    def strike(actor: FakeActor, name: str) -> None:
        if fake_ray.calls % calls == 0 and name in ("call", "states"):
            actor.alive = False

    fake_ray.before_call = strike
    with opened(RAY) as experiment:
        advance(experiment, STEPS, BUSY)
        assert losses(experiment) >= 4
        assert experiment.simulation.executor.name == "ray"
        assert experiment.ledger.head_hex == head


def test_lost_while_it_is_looked_at(head: str, fake_ray: FakeRay) -> None:
    with opened(RAY) as experiment:
        painter = Painter(experiment)
        for step in range(STEPS):
            advance(experiment, 1, BUSY)
            fake_ray.actors[-1].alive = step % 3 != 0
            fake_ray.actors[0].alive = False
            seen = painter.view(Focus(agent=step))
            assert seen.agent is not None and seen.agent.id == step
        assert experiment.ledger.head_hex == head and losses(experiment) >= 3


@pytest.mark.parametrize("detector", ["isolation_forest", "sklearn:LocalOutlierFactor"])
def test_models_are_built_again(fake_ray: FakeRay, detector: str) -> None:
    settings: dict[str, Value] = {
        "detection.detector": detector,
        "detection.trees": 8,
        "simulation.agents": 8,
    }
    expected = head_of(settings, 12, BUSY)
    with opened({**settings, **RAY}) as experiment:
        for _ in range(12):
            advance(experiment, 1, BUSY)
            if experiment.simulation.now % 3 == 0:
                for actor in fake_ray.actors:
                    actor.alive = False
        assert experiment.ledger.head_hex == expected and losses(experiment) >= 6


def test_everybody_goes_on_reading_where_it_was(fake_ray: FakeRay, tmp_path: Path) -> None:
    settings = recorded(tmp_path)
    expected = head_of(settings, 12, {})
    with opened({**settings, **RAY}) as experiment:
        for step in range(12):
            advance(experiment, 1, {})
            fake_ray.actors[-1].alive = step % 5 != 0
        assert experiment.ledger.head_hex == expected and losses(experiment) >= 2


def test_it_is_counted_and_said(fake_ray: FakeRay) -> None:
    with opened(RAY) as experiment:
        advance(experiment, 5, BUSY)
        fake_ray.actors[0].alive = False
        advance(experiment, 1, BUSY)
        assert losses(experiment) == 1
        (notice,) = experiment.notices
        assert notice.startswith("step 6: Ray worker 1 was lost: process ")
        assert Painter(experiment).paint(EMPTY).notices == experiment.notices


def test_no_more_is_repeated_than_since_the_last_checkpoint(
    fake_ray: FakeRay, monkeypatch: pytest.MonkeyPatch
) -> None:
    repeated = []
    catch_up = ShardGroup.catch_up

    def spy(self: ShardGroup, states: list[object], calls: list[bytes]) -> list[object]:
        repeated.append((len(states), len(calls)))
        return catch_up(self, states, calls)  # type: ignore[arg-type]

    monkeypatch.setattr(ShardGroup, "catch_up", spy)
    with opened(RAY) as experiment:
        for _ in range(STEPS):
            advance(experiment, 1, BUSY)
            fake_ray.actors[-1].alive = False
    assert {states for states, _ in repeated} == {0, 2}
    assert max(calls for _, calls in repeated) <= 4 * 8 + 1


def test_without_ray_it_goes_on_in_threads(head: str, fake_ray: FakeRay) -> None:
    def end(actor: FakeActor, name: str) -> None:
        if fake_ray.calls == 97:
            fake_ray.up = actor.alive = False

    fake_ray.before_call = end
    with opened(RAY) as experiment:
        advance(experiment, STEPS, BUSY)
        assert experiment.simulation.executor.name == "threads"
        assert experiment.simulation.errors.counts()["executor.fallback"] == 1
        assert "threads instead" in experiment.notices[-1]
        assert experiment.ledger.head_hex == head
        assert next(iter(experiment.simulation.agents))._shard is not None


def test_a_shard_that_fails_is_no_lost_worker(
    fake_ray: FakeRay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: object) -> None:
        raise ArithmeticError("of the model itself")

    with opened(RAY) as experiment:
        advance(experiment, 2, {})
        monkeypatch.setattr(SyntheticTraffic, "observe", fail)
        with pytest.raises(StepError, match="itself"):
            advance(experiment, 1, {})
        assert losses(experiment) == 0
        experiment.uncommitted = False


@pytest.mark.ray
def test_killed_for_real(head: str, real_ray: None, capfd: pytest.CaptureFixture[str]) -> None:
    import ray

    with opened(RAY) as experiment:
        for step in range(1, STEPS + 1):
            advance(experiment, 1, BUSY)
            if step in (3, 9):
                (worker, _) = experiment.simulation.executor._workers
                _, process, _ = ray.get(worker.actor.identity.remote())
                os.kill(process, signal.SIGKILL)
        assert losses(experiment) == 2
        assert experiment.ledger.head_hex == head
    assert capfd.readouterr().out == ""


# Injected, and without Ray.


def test_an_injected_loss_is_made_up_for(head: str, fake_ray: FakeRay, tmp_path: Path) -> None:
    lost = InjectFault("worker_lost", duration=1)
    given = {
        step: (*BUSY.get(step, ()), lost) if step in (3, 9) else BUSY[step]
        for step in {3, 9, *BUSY}
    }
    with opened(RAY, file=tmp_path / "ledger.db") as experiment:
        advance(experiment, STEPS, given)
        assert losses(experiment) == 2
        assert experiment.simulation.executor.name == "ray"
        assert experiment.ledger.head_hex == head_of(steps=STEPS, given=given)


class _Shard:
    """Counts how often it is called."""

    def __init__(self, ready: threading.Event) -> None:
        self.calls = 0
        self._ready = ready

    def work(self, number: int) -> int:
        self.calls += 1
        self._ready.wait(5)
        return number


def test_no_call_is_done_twice_where_the_system_gives_no_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A third helper is refused after it was queued, as `can't start new thread` does it."""
    ready = threading.Event()
    shards = [_Shard(ready) for _ in range(6)]
    executor = ThreadExecutor(shards, 4)  # type: ignore[arg-type]
    submit = ThreadPoolExecutor.submit
    count = 0

    def refusing(pool: ThreadPoolExecutor, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        future = submit(pool, *arguments)
        if count == 3:
            ready.set()
            raise RuntimeError("can't start new thread")
        return future

    monkeypatch.setattr(ThreadPoolExecutor, "submit", refusing)
    assert executor.call("work", [(n,) for n in range(6)]) == list(range(6))
    assert [shard.calls for shard in shards] == [1] * 6
    (incident,) = executor.incidents()
    assert "can't start new thread" in incident.text or "can't start" in incident.text
    assert executor.call("work", [(n,) for n in range(6)]) == list(range(6))
    assert executor.incidents() == ()
    executor.close()
