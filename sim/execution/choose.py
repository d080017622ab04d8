"""The executor that the settings ask for, or the best that there is."""

from __future__ import annotations

from sim.config.schema import Config
from sim.errors import ExecutorError
from sim.execution import ray_session
from sim.execution.executor import Blocks, Executor, Incident, build_shards
from sim.execution.ray import RayExecutor
from sim.execution.sequential import SequentialExecutor
from sim.execution.threads import ThreadExecutor
from sim.machine.capacity import processors
from sim.traffic.source import TrafficSource

SMALL = 48
"""Agents below which threads cost more than they bring."""
LARGE = 4096
"""Agents from which processes of their own bring more than they cost, with `MANY` processors."""
MANY = 8
"""Processors from which the parts of a step that hold the GIL keep threads from using them all."""


def make_executor(
    blocks: Blocks, source: TrafficSource, config: Config, *, local: bool = False
) -> tuple[Executor, tuple[Incident, ...]]:
    """An executor with newborn shards, and what went wrong on the way.

    Args:
        blocks: ids of the agents of each shard.
        source: the traffic.
        config: what the shards are made from.
        local: whether they must be in this process, in one thread after the other.
    """
    settings = config.simulation
    name: str = settings.executor
    incidents: tuple[Incident, ...] = ()
    workers = settings.workers or processors()
    if local and name == "ray":
        text = "Ray cannot hold agents that are activated one by one; sequential instead"
        incidents = (Incident("executor.fallback", text),)
    if local and name in ("auto", "ray"):
        name = "sequential"
    if name == "auto":
        agents, cluster = sum(map(len, blocks)), bool(settings.ray_address)
        name = automatic(agents, workers, ray=ray_session.installed(), cluster=cluster)
    if name == "ray":
        try:
            return RayExecutor(blocks, source, config, settings.workers, settings.ray_address), ()
        except ExecutorError as error:
            incidents = (Incident("executor.fallback", f"{error}; threads instead"),)
            name = "threads"
    shards = build_shards(blocks, source, config)
    if name == "threads":
        return ThreadExecutor(shards, workers), incidents
    return SequentialExecutor(shards), incidents


def automatic(agents: int, workers: int, *, ray: bool, cluster: bool) -> str:
    """What `auto` means.

    Args:
        agents: size of the population.
        workers: processors there are, or workers that were asked for.
        ray: whether Ray is installed.
        cluster: whether a cluster was named.
    """
    if ray and cluster:
        return "ray"
    if agents < SMALL or workers < 2:
        return "sequential"
    if ray and agents >= LARGE and workers >= MANY:
        return "ray"
    return "threads"
