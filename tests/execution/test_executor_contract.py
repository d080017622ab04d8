"""Our executors keep the contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.config.schema import Config
from sim.contracts.executor import ExecutorContract
from sim.execution.choose import make_executor
from sim.execution.executor import Blocks, Executor
from sim.model.model import Population
from sim.traffic.source import TrafficSource


class TestExecutors(ExecutorContract):
    @pytest.fixture(
        autouse=True,
        params=[
            ("sequential", 1),
            ("threads", 1),
            ("threads", 3),
            ("fake", 1),
            ("fake", 2),
            pytest.param(("ray", 2), marks=pytest.mark.ray),
        ],
        ids=lambda p: f"{p[0]}-{p[1]}",
    )
    def _named(self, request: pytest.FixtureRequest) -> Iterator[None]:
        name, self.workers = request.param
        if name in ("ray", "fake"):
            request.getfixturevalue(f"{'real' if name == 'ray' else 'fake'}_ray")
        self.name = "ray" if name == "fake" else name
        self.resizable, self.here = self.name == "threads", self.name != "ray"
        self.running: list[Executor] = []
        yield
        for executor in self.running:
            executor.close()

    def make(self, blocks: Blocks, source: TrafficSource, config: Config) -> Executor:
        config.simulation.executor = self.name
        config.simulation.workers = self.workers
        executor, _, incidents = make_executor(blocks, source, config)
        assert not incidents
        assert executor.name == self.name
        self.running.append(executor)
        return executor


def test_the_model_asks_nothing_that_the_contract_does_not_say() -> None:
    public = {name for name in dir(Executor) if not name.startswith("_")}
    used = {"call", "ask", "shards", "incidents", "close"}
    assert used <= public and "executor" not in dir(Population)
