"""The executor that the settings ask for, or the best that there is, and why."""

from __future__ import annotations

from dataclasses import dataclass

from sim.config.schema import Config, ExecutorName, SimulationSection
from sim.errors import ExecutorError
from sim.execution import ray_session
from sim.execution.executor import Blocks, Executor, Incident, build_shards
from sim.execution.ray import RayExecutor
from sim.execution.sequential import SequentialExecutor
from sim.execution.threads import ThreadExecutor
from sim.machine.capacity import processors
from sim.text import quantity
from sim.traffic.source import TrafficSource


@dataclass(frozen=True, slots=True)
class Choice:
    """Which executor it is to be."""

    name: ExecutorName
    reason: str
    """Why, in a few words."""


def make_executor(
    blocks: Blocks, source: TrafficSource, config: Config, *, local: bool = False
) -> tuple[Executor, str, tuple[Incident, ...]]:
    """An executor with newborn shards, why it is this one, and what went wrong on the way.

    Args:
        blocks: ids of the agents of each shard.
        source: the traffic.
        config: what the shards are made from.
        local: whether they must be in this process, in one thread after the other.
    """
    settings = config.simulation
    workers = settings.workers or processors()
    incidents: tuple[Incident, ...] = ()
    choice = _chosen(sum(map(len, blocks)), workers, settings, local=local)
    if local and settings.executor == "ray":
        incidents = (Incident("executor.fallback", choice.reason),)
    if choice.name == "ray":
        try:
            ray = RayExecutor(blocks, source, config, settings.workers, settings.ray_address)
        except ExecutorError as error:
            choice = Choice("threads", f"{error}; threads instead")
            incidents = (Incident("executor.fallback", choice.reason),)
        else:
            return ray, choice.reason, ()
    shards = build_shards(blocks, source, config)
    if choice.name == "threads":
        return ThreadExecutor(shards, workers), choice.reason, incidents
    return SequentialExecutor(shards), choice.reason, incidents


def _chosen(agents: int, workers: int, settings: SimulationSection, *, local: bool) -> Choice:
    if local and settings.executor == "ray":
        text = "Ray cannot hold agents that are activated one by one; sequential instead"
        return Choice("sequential", text)
    if settings.executor != "auto":
        return Choice(settings.executor, "set by simulation.executor")
    if local:
        return Choice("sequential", "agents are activated one by one")
    return automatic(agents, workers, settings, ray=ray_session.installed())


def automatic(agents: int, workers: int, settings: SimulationSection, *, ray: bool) -> Choice:
    """What `auto` means.

    Args:
        agents: size of the population.
        workers: processors there are, or workers that were asked for.
        settings: the thresholds, and the cluster if one is named.
        ray: whether Ray is installed.
    """
    if ray and settings.ray_address:
        return Choice("ray", "a Ray cluster is named")
    many, of = quantity(agents, "agent"), quantity(workers, "worker")
    if workers < 2:
        return Choice("sequential", f"only {of}")
    without = ""
    if agents >= settings.ray_from:
        if ray and workers >= settings.ray_workers_from:
            return Choice("ray", f"{many}, ray_from {settings.ray_from:,}; {of}")
        why = f"{of}, below {settings.ray_workers_from}" if ray else "not installed"
        without = f"; no Ray: {why}"
    if agents >= settings.threads_from:
        return Choice("threads", f"{many}, threads_from {settings.threads_from:,}{without}")
    return Choice("sequential", f"{many}, below threads_from {settings.threads_from:,}{without}")
