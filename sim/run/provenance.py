"""Where a ledger comes from: the scenario, the traffic, and the versions that computed it."""

from __future__ import annotations

from typing import Final

from sim.config.load import LoadedConfig
from sim.config.plugins import named_by, used_by
from sim.config.schema import Config
from sim.ledger.rows import PLAIN_VERSION, SCHEMA_VERSION, Genesis
from sim.model.agents import AnomalyAgent
from sim.numerics.versions import versions
from sim.plugins.usage import INVENTORY, inventory, use
from sim.traffic.build import traffic_digest
from sim.traffic.files.formats import plugins_behind
from sim.traffic.source import TrafficSource

AGENT_CLASS: Final = "agent_class"
"""Key of the class that was given as an argument, as `module:name`."""


def genesis_of(config: Config, source: TrafficSource) -> Genesis:
    """The first row of a ledger."""
    version = PLAIN_VERSION if config.signature.evidence == "batch" else SCHEMA_VERSION
    return Genesis(config.simulation.seed, source.agents, source.features, version)


def meta_of(
    loaded: LoadedConfig, source: TrafficSource, agent_class: type[AnomalyAgent] | None = None
) -> dict[str, str]:
    """The texts that a ledger begins with, outside its chain.

    Args:
        loaded: the configuration.
        source: its traffic.
        agent_class: of the agents, where it is another than the configuration says.
    """
    given = (
        {AGENT_CLASS: f"{agent_class.__module__}:{agent_class.__qualname__}"} if agent_class else {}
    )
    return {
        "scenario": loaded.scenario,
        "traffic": loaded.config.traffic.path,
        "traffic_digest": traffic_digest(loaded.config),
        INVENTORY: inventory(_used(loaded) | plugins_behind(source.format)),
        **{f"version.{name}": version for name, version in versions().items()},
        **given,
    }


def _used(loaded: LoadedConfig) -> frozenset[str]:
    """The plug-ins that configuration and timeline name."""
    named = [pair for entry in loaded.timeline if (pair := named_by(entry.command)) is not None]
    used = used_by(loaded.config)
    for registry, name in named:
        used |= use(registry, name)
    return used
