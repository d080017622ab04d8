"""What every executor does, whatever it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from laboratory import loaded

from sim.config.schema import Config
from sim.errors import ExecutorError
from sim.execution.choose import make_executor
from sim.execution.executor import Executor
from sim.model.model import Population
from sim.shard.orders import Orders
from sim.traffic.synthetic import SyntheticTraffic

AGENTS = 13
BLOCKS = [np.arange(0, 5), np.arange(5, 10), np.arange(10, 13)]
ROWS = [(np.arange(len(ids)),) for ids in BLOCKS]


def made(name: str, workers: int) -> Executor:
    config = loaded({"simulation.agents": AGENTS}).config
    config.simulation.executor = name  # type: ignore[assignment]
    config.simulation.workers = workers
    executor, incidents = make_executor(BLOCKS, SyntheticTraffic(AGENTS, 1, 0.3), config)
    assert not incidents
    return executor


@pytest.fixture(
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
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    name, workers = request.param
    if name == "ray":
        request.getfixturevalue("real_ray")
    if name == "fake":
        request.getfixturevalue("fake_ray")
    executor = made("ray" if name == "fake" else name, workers)
    yield executor
    executor.close()


def orders(step: int, config: Config | None = None) -> Orders:
    nobody = np.zeros(AGENTS, dtype=np.bool_)
    return Orders(
        step=step,
        config=config or loaded().config,
        attacks=(),
        behaviour=np.zeros(AGENTS, dtype=np.uint8),
        stopped=nobody,
        failed=nobody,
        refit_broken=nobody,
        corrupted=nobody,
    )


def three_steps(executor: Executor) -> list[Any]:
    for step in (1, 2, 3):
        executor.call("begin", [(orders(step),)] * 3)
        for phase in ("observe", "detect", "learn"):
            executor.call(phase, ROWS)
        executor.call("refit", ROWS)
    return executor.call("report", [()] * 3)


def test_results_come_in_the_order_of_the_shards(executor: Executor) -> None:
    executor.call("begin", [(orders(1),)] * 3)
    assert [len(found) for found in executor.call("urgency", [()] * 3)] == [5, 5, 3]


def test_the_same_comes_out_as_from_one_after_the_other(executor: Executor) -> None:
    expected = three_steps(made("sequential", 1))
    for found, wanted in zip(three_steps(executor), expected, strict=True):
        assert np.array_equal(found.versions, wanted.versions) and found.versions.min() > 0
        assert np.array_equal(found.best, wanted.best, equal_nan=True)
        assert np.array_equal(found.solo, wanted.solo)
        assert found.quality == wanted.quality


def test_one_shard_can_be_asked(executor: Executor) -> None:
    sequential = made("sequential", 1)
    three_steps(executor)
    three_steps(sequential)
    for shard, row in ((0, 0), (1, 4), (2, 2)):
        found = executor.ask(shard, "detail", row)
        wanted = sequential.ask(shard, "detail", row)
        assert np.array_equal(found.scores, wanted.scores) and len(found.scores)
        assert np.array_equal(found.mean, wanted.mean)


def test_what_a_shard_raises_arrives_as_it_is(executor: Executor) -> None:
    executor.call("begin", [(orders(1),)] * 3)
    with pytest.raises(IndexError):
        executor.call("observe", [(np.array([99]),)] * 3)
    with pytest.raises(AttributeError):
        executor.ask(0, "no_such_method")
    executor.call("begin", [(orders(2),)] * 3)
    executor.call("observe", ROWS)
    assert all(report.flows for report in executor.call("report", [()] * 3))


def test_every_shard_needs_its_arguments(executor: Executor) -> None:
    with pytest.raises(ValueError, match=r"argument 2 is (shorter|longer)"):
        executor.call("begin", [(orders(1),)] * 2)


def test_close_may_be_called_again(executor: Executor) -> None:
    executor.close()
    executor.close()


def test_shards_are_here_or_it_says_so(executor: Executor) -> None:
    if executor.name == "ray":
        with pytest.raises(ExecutorError, match="other processes"):
            _ = executor.shards
    else:
        assert [len(shard.ids) for shard in executor.shards] == [5, 5, 3]


def test_only_threads_can_be_resized(executor: Executor) -> None:
    before = executor.workers
    assert executor.resize(2) is (executor.name == "threads")
    assert executor.workers == (2 if executor.name == "threads" else before)
    assert len(three_steps(executor)) == 3


def test_the_model_asks_nothing_that_the_contract_does_not_say() -> None:
    public = {name for name in dir(Executor) if not name.startswith("_")}
    used = {"call", "ask", "shards", "incidents", "close"}
    assert used <= public and "executor" not in dir(Population)
