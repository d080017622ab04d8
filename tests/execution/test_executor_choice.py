"""Which executor it is, and what happens where it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_ray import FakeRay
from laboratory import loaded, opened

from sim.config.parameters import Value
from sim.config.schema import SimulationSection
from sim.engine.engine import Engine
from sim.errors import ExecutorError
from sim.execution import ray_session
from sim.execution.choose import automatic

SMALL, LARGE, MANY = 60, 500, 4
THRESHOLDS = {"threads_from": SMALL, "ray_from": LARGE, "ray_workers_from": MANY}


@pytest.mark.parametrize(
    ("agents", "workers", "ray", "cluster", "expected"),
    [
        (SMALL - 1, 64, True, False, "sequential"),
        (SMALL, 64, True, False, "threads"),
        (SMALL, 1, True, False, "sequential"),
        (LARGE, MANY, True, False, "ray"),
        (LARGE, MANY, False, False, "threads"),
        (LARGE, MANY - 1, True, False, "threads"),
        (LARGE - 1, MANY, True, False, "threads"),
        (2, 1, True, True, "ray"),
        (2, 1, False, True, "sequential"),
    ],
)
def test_auto(agents: int, workers: int, ray: bool, cluster: bool, expected: str) -> None:
    settings = SimulationSection(ray_address="auto" if cluster else "", **THRESHOLDS)
    choice = automatic(agents, workers, settings, ray=ray)
    assert choice.name == expected and choice.reason


@pytest.mark.parametrize(("agents", "name"), [(20, "sequential"), (SMALL, "threads")])
def test_auto_in_a_run(agents: int, name: str) -> None:
    settings: dict[str, Value] = {
        "simulation.agents": agents,
        "simulation.executor": "auto",
        "simulation.workers": 2,
        "simulation.threads_from": SMALL,
    }
    with opened(settings) as experiment:
        simulation = experiment.simulation
        assert simulation.executor.name == name and experiment.notices == ()
        relation = "below threads_from 60" if name == "sequential" else "threads_from 60"
        assert simulation.executor_reason == f"{agents} agents, {relation}"


def test_no_ray_is_said() -> None:
    settings = SimulationSection(**THRESHOLDS)
    assert automatic(LARGE, MANY, settings, ray=False).reason.endswith("no Ray: not installed")
    assert automatic(LARGE, 2, settings, ray=True).reason.endswith("no Ray: 2 workers, below 4")


def test_the_reason_is_in_log_snapshot_and_summary(tmp_path: Path) -> None:
    settings: dict[str, Value] = {"simulation.executor": "auto", "simulation.threads_from": 17}
    engine = Engine(loaded({**settings, "simulation.workers": 2}), tmp_path / "run")
    engine.open()
    reason = "16 agents, below threads_from 17"
    assert engine.snapshot.executor_reason == engine.summary()["executor_reason"] == reason
    engine.close()
    assert f"({reason})" in engine.run_directory.log_file.read_text().splitlines()[0]


def test_without_ray_it_is_threads_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ray_session, "installed", lambda: False)
    configuration = loaded({"simulation.executor": "ray", "simulation.workers": 2})
    engine = Engine(configuration, tmp_path / "run")
    engine.open()
    engine.run(2)
    summary = engine.summary()
    assert (summary["executor"], summary["workers"]) == ("threads", 2)
    said = ["Ray is not installed (pip install 'decsim-tui[ray]'); threads instead"]
    assert summary["notices"] == said == list(engine.snapshot.notices)
    assert summary["errors"] == {"executor.fallback": 1}
    assert engine.snapshot.executor == "threads"
    engine.close()


def test_workers_that_never_come(fake_ray: FakeRay, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(reference: object, timeout: float | None = None) -> None:
        raise TimeoutError("nobody came")

    monkeypatch.setattr(fake_ray, "get", nobody)
    with opened({"simulation.executor": "ray"}) as experiment:
        assert experiment.simulation.executor.name == "threads"
        assert experiment.notices == ("Ray gives no workers: nobody came; threads instead",)
    assert fake_ray.uses == 0


def test_workers_with_other_versions(fake_ray: FakeRay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.execution.ray_worker.computed_by", lambda config: {"numpy": "0.1"})
    with opened({"simulation.executor": "ray"}) as experiment:
        assert experiment.simulation.executor.name == "threads"
        (notice,) = experiment.notices
        assert "expected 0.1" in notice and "numpy" in notice


@pytest.mark.ray
@pytest.mark.parametrize("address", ["127.0.0.1:1", "no-scheme://nowhere"])
def test_no_cluster_there(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray")
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with pytest.raises(ExecutorError, match="does not start"):
        ray_session.connect(address, 1)
