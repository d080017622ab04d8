"""A detector of a plug-in that raises for one agent costs that agent alone, wherever shards are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from example_plugins import write_distribution
from fake_ray import FakeRay
from laboratory import EVENTFUL, advance, loaded, opened

from sim.config.parameters import Value
from sim.engine.engine import Engine
from sim.plugins.distributions import refresh
from sim.run.replay import replay_run
from sim.snapshot import AgentState

SOURCE = '''
import numpy as np

from sim.detection.detector import DetectorKind
from sim.detection.mahalanobis import MahalanobisBank


class Brittle(MahalanobisBank):
    """Cannot score the flows of its agent 3, nor be fitted to those of agent 5 a second time."""

    def score(self, rows, *arguments):
        if (np.asarray(rows) == 3).any():
            raise FloatingPointError("agent 3 \\x1b[2J is too odd for me")
        return super().score(rows, *arguments)

    def fit(self, rows, *arguments):
        if (np.asarray(rows) == 5).any() and self.fitted[5]:
            raise np.linalg.LinAlgError("singular")
        return super().fit(rows, *arguments)


KIND = DetectorKind(lambda sizes: Brittle(sizes.agents, sizes.features))
'''
EXECUTORS: dict[str, dict[str, Value]] = {
    "sequential": {},
    "threads": {"simulation.executor": "threads", "simulation.workers": 2},
    "ray": {"simulation.executor": "ray", "simulation.workers": 2},
}
BRITTLE: dict[str, Value] = {"detection.detector": "brittle", "detection.second_opinion": False}


@pytest.fixture
def brittle(site: Path) -> Iterator[None]:
    """The plug-in, installed."""
    (site / "brittle_detector.py").write_text(SOURCE)
    names = {"decsim.detectors": {"brittle": "brittle_detector:KIND"}}
    write_distribution(site, "brittle-detector", "1.0", names)
    refresh()
    yield
    sys.modules.pop("brittle_detector", None)


@pytest.mark.usefixtures("brittle")
def test_the_others_go_on_alike_on_every_executor(fake_ray: FakeRay) -> None:
    found = {}
    for name, settings in EXECUTORS.items():
        with opened({**BRITTLE, **settings}) as run:
            advance(run, 14, EVENTFUL)
            stopped = np.flatnonzero(run.simulation.states() == AgentState.STOPPED).tolist()
            counts = run.simulation.errors.counts()
            found[name] = (run.ledger.head_hex, stopped, counts)
    head, stopped, counts = found["sequential"]
    assert stopped == [3]
    assert counts["agent.crash"] == 1 and counts["agent.refit"] > 0
    assert all(other[:2] == (head, stopped) for other in found.values())


@pytest.mark.usefixtures("brittle")
def test_a_replay_comes_to_the_same(tmp_path: Path) -> None:
    engine = Engine(loaded(BRITTLE), tmp_path / "run")
    engine.open()
    engine.run(12)
    engine.close()
    assert replay_run(tmp_path / "run").ok
    log = engine.run_directory.log_file.read_text()
    assert "agent 3: detect: FloatingPointError" in log and "\x1b" not in log
