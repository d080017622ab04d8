"""Nothing is left of a simulation that was closed."""

from __future__ import annotations

import gc
import tempfile
import threading
import weakref
from pathlib import Path

import pytest
from laboratory import EVENTFUL, advance, opened

from sim.config.parameters import Value

HANDLES = Path("/proc/self/fd")


@pytest.mark.parametrize("executor", ["sequential", "threads"])
@pytest.mark.usefixtures("small_shards")
def test_a_closed_simulation_is_forgotten(executor: str) -> None:
    threads = set(threading.enumerate())
    settings: dict[str, Value] = {"simulation.executor": executor, "simulation.workers": 2}
    with opened(settings) as experiment:
        advance(experiment, 8, EVENTFUL)
        model = weakref.ref(experiment.simulation)
        shard = weakref.ref(experiment.simulation.shards[0])
        source = weakref.ref(experiment.simulation.source)
    del experiment
    gc.collect()
    assert model() is None
    assert shard() is None
    assert source() is None
    assert set(threading.enumerate()) == threads


@pytest.mark.skipif(not HANDLES.is_dir(), reason="needs /proc")
def test_no_files_stay_open_and_none_lie_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with opened() as experiment:
        advance(experiment, 2)
        assert list(tmp_path.iterdir())
    gc.collect()
    assert list(tmp_path.iterdir()) == []
    still = [str(handle.readlink()) for handle in HANDLES.iterdir() if handle.is_symlink()]
    assert not [name for name in still if "decsim-" in name]


def test_histories_are_bounded() -> None:
    with opened({"monitoring.history": 10}) as experiment:
        advance(experiment, 14, EVENTFUL)
        simulation = experiment.simulation
        assert len(simulation.quality.view().solo_f1) == 10
        collected = simulation.datacollector.model_vars
        assert {len(values) for values in collected.values()} == {10}
        assert collected["step"] == list(range(5, 15))
        assert collected["accepted"][-1] == simulation.assembly.counts["ACCEPTED"]
        assert len(simulation.journaled) == 0
