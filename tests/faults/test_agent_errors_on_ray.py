"""All kinds of exceptions at once, in processes of a real Ray as in this one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import trouble
from laboratory import EVENTFUL, advance, loaded, opened
from trouble import KINDS, PHASES, Trouble

from sim.config.parameters import Value
from sim.engine.engine import Engine
from sim.run.replay import replay_run
from sim.snapshot import AgentState

pytestmark = [pytest.mark.ray, pytest.mark.long, pytest.mark.usefixtures("small_shards")]
AGENTS, STEPS = 48, 14
BASE: dict[str, Value] = {"simulation.agents": AGENTS}
RAY: dict[str, Value] = {"simulation.executor": "ray", "simulation.workers": 2}
THREADS: dict[str, Value] = {"simulation.executor": "threads", "simulation.workers": 2}


def troubles() -> list[Trouble]:
    """Every kind of exception at another agent, in a phase and a step of its own."""
    draw = np.random.Generator(np.random.Philox(11))
    agents = draw.permutation(AGENTS).tolist()
    return [
        Trouble(
            agent=agents[i],
            step=int(draw.integers(1, STEPS)),
            phase=PHASES[int(draw.integers(len(PHASES)))],
            error=error,
            late=bool(draw.integers(2)),
        )
        for i, error in enumerate(KINDS)
    ]


def hook() -> Callable[[], None]:
    """What makes the same trouble in each worker when it starts."""
    here, wanted = (
        str(Path(__file__).parents[1]),
        [(t.agent, t.step, t.phase, i, t.late) for i, t in enumerate(troubles())],
    )

    def make() -> None:
        sys.path.insert(0, here)
        import pytest
        import trouble

        again = [
            trouble.Trouble(agent, step, phase, trouble.KINDS[i], late)
            for agent, step, phase, i, late in wanted
        ]
        patch = pytest.MonkeyPatch()
        trouble.make(patch, again)
        trouble.break_fits(patch, row=1, first=1)

    return make


@pytest.fixture
def ray_in_trouble() -> Iterator[None]:
    """A Ray of its own, in whose workers agents raise."""
    ray = pytest.importorskip("ray")
    if ray.is_initialized():
        pytest.skip("another test has a Ray already")
    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        runtime_env={"worker_process_setup_hook": hook()},
    )
    yield
    ray.shutdown()


def outcome(
    settings: dict[str, Value], *, together: bool = False
) -> tuple[str, list[int], dict[str, int]]:
    """Head, who has stopped, and the errors by kind."""
    with opened({**BASE, **settings}) as run:
        executor = run.simulation.executor
        executor.together = together
        assert executor.name == settings.get("simulation.executor", "sequential")
        advance(run, STEPS, EVENTFUL)
        states = run.simulation.states()
        assert executor.name == settings.get("simulation.executor", "sequential")
        stopped = np.flatnonzero(states == AgentState.STOPPED).tolist()
        return run.ledger.head_hex, stopped, run.simulation.errors.counts()


def test_the_same_agents_stop_and_a_replay_comes_to_the_same(
    ray_in_trouble: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert len({type(t.error) for t in troubles()}) > 20
    on_ray = outcome(RAY)
    at_once = outcome(RAY, together=True)
    engine = Engine(loaded({**BASE, **RAY}), tmp_path / "run")
    engine.open()
    engine.run(STEPS)
    engine.close()
    trouble.make(monkeypatch, troubles())
    trouble.break_fits(monkeypatch, row=1, first=1)
    here = outcome({})
    assert here[2]["agent.refit"] > 0
    assert here[1] == sorted(t.agent for t in troubles() if t.phase != "vote")
    assert on_ray == at_once == here == outcome(THREADS)
    assert replay_run(tmp_path / "run", executor="sequential").ok
