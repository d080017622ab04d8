"""What every executor must keep, wherever it computes."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.config.schema import Config
from sim.contracts.refusal import refused
from sim.errors import ExecutorError
from sim.execution.executor import Blocks, Executor, build_shards
from sim.execution.sequential import SequentialExecutor
from sim.shard.orders import Orders
from sim.traffic.source import TrafficSource
from sim.traffic.synthetic import SyntheticTraffic

AGENTS = 13
BLOCKS = [np.arange(0, 5), np.arange(5, 10), np.arange(10, 13)]
ROWS = [(np.arange(len(ids)),) for ids in BLOCKS]
_SETTINGS: dict[str, dict[str, Any]] = {
    "simulation": {"agents": AGENTS, "executor": "sequential"},
    "traffic": {"batch_size": 24},
    "detection": {
        "detector": "mahalanobis",
        "window": 96,
        "threshold": 0.6,
        "min_window": 48,
        "refit_interval": 8,
        "refit_share": 1.0,
    },
    "signature": {"min_flows": 3},
}


def _config() -> Config:
    return Config.model_validate(_SETTINGS)


def _source() -> TrafficSource:
    return SyntheticTraffic(AGENTS, 1, 0.3)


def orders(step: int) -> Orders:
    """What the shards are told at the beginning of a step in which nothing is wrong."""
    nobody = np.zeros(AGENTS, dtype=np.bool_)
    return Orders(
        step=step,
        config=_config(),
        attacks=(),
        behaviour=np.zeros(AGENTS, dtype=np.uint8),
        stopped=nobody,
        failed=nobody,
        refit_broken=nobody,
        corrupted=nobody,
    )


def three_steps(executor: Executor) -> list[Any]:
    """Step, and return what each shard reports."""
    for step in (1, 2, 3):
        executor.call("begin", [(orders(step),)] * len(BLOCKS))
        for phase in ("observe", "detect", "learn"):
            assert not any(attempt.failures for attempt in executor.call(phase, ROWS))
        executor.call("refit", ROWS)
    return executor.call("report", [()] * len(BLOCKS))


class ExecutorContract:
    """Inherit it under a name that begins with `Test`, and define `make`."""

    resizable: bool = False
    """Whether the number of workers can be changed."""
    here: bool = True
    """Whether the shards are in this process."""

    def make(self, blocks: Blocks, source: TrafficSource, config: Config) -> Executor:
        """The executor with newborn shards; whoever makes it closes it after the test."""
        raise NotImplementedError

    def _made(self) -> Executor:
        return self.make(BLOCKS, _source(), _config())

    def _sequential(self) -> Executor:
        return SequentialExecutor(build_shards(BLOCKS, _source(), _config()))

    def test_results_come_in_the_order_of_the_shards(self) -> None:
        """However they were computed."""
        executor = self._made()
        executor.call("begin", [(orders(1),)] * 3)
        assert [len(found) for found in executor.call("urgency", [()] * 3)] == [5, 5, 3]

    def test_the_same_comes_out_as_from_one_after_the_other(self) -> None:
        """To the bit."""
        expected = three_steps(self._sequential())
        for found, wanted in zip(three_steps(self._made()), expected, strict=True):
            assert np.array_equal(found.versions, wanted.versions) and found.versions.min() > 0
            assert np.array_equal(found.best, wanted.best, equal_nan=True)
            assert np.array_equal(found.solo, wanted.solo)
            assert found.quality == wanted.quality

    def test_one_shard_can_be_asked(self) -> None:
        """For what the screen shows of an agent."""
        executor, sequential = self._made(), self._sequential()
        three_steps(executor)
        three_steps(sequential)
        for shard, row in ((0, 0), (1, 4), (2, 2)):
            found = executor.ask(shard, "detail", row)
            wanted = sequential.ask(shard, "detail", row)
            assert np.array_equal(found.scores, wanted.scores) and len(found.scores)
            assert np.array_equal(found.mean, wanted.mean)

    def test_what_a_shard_raises_arrives_as_it_is(self) -> None:
        """And the executor goes on after it."""
        executor = self._made()
        executor.call("begin", [(orders(1),)] * 3)
        with refused(IndexError):
            executor.call("observe", [(np.array([99]),)] * 3)
        with refused(AttributeError):
            executor.ask(0, "no_such_method")
        executor.call("begin", [(orders(2),)] * 3)
        executor.call("observe", ROWS)
        assert all(report.flows for report in executor.call("report", [()] * 3))

    def test_every_shard_needs_its_arguments(self) -> None:
        """One tuple for each."""
        with refused(ValueError, pattern=r"argument 2 is (shorter|longer)"):
            self._made().call("begin", [(orders(1),)] * 2)

    def test_close_may_be_called_again(self) -> None:
        """By whoever comes last."""
        executor = self._made()
        executor.close()
        executor.close()

    def test_shards_are_here_or_it_says_so(self) -> None:
        """Nobody gets a copy."""
        executor = self._made()
        if self.here:
            assert [len(shard.ids) for shard in executor.shards] == [5, 5, 3]
        else:
            with refused(ExecutorError, pattern="other processes"):
                _ = executor.shards

    def test_it_says_whether_it_was_resized(self) -> None:
        """And computes the same as before."""
        executor = self._made()
        before = executor.workers
        assert executor.resize(2) is self.resizable
        assert executor.workers == (2 if self.resizable else before)
        assert len(three_steps(executor)) == 3
