"""Where a ledger comes from: the scenario, the traffic, and the versions that computed it."""

from __future__ import annotations

from sim.config.load import LoadedConfig
from sim.config.plugins import named_by, used_by
from sim.config.schema import Config
from sim.ledger.rows import PLAIN_VERSION, SCHEMA_VERSION, Genesis
from sim.numerics.versions import versions
from sim.plugins.usage import INVENTORY, inventory, use
from sim.traffic.build import traffic_digest
from sim.traffic.source import TrafficSource


def genesis_of(config: Config, source: TrafficSource) -> Genesis:
    """The first row of a ledger."""
    version = PLAIN_VERSION if config.signature.evidence == "batch" else SCHEMA_VERSION
    return Genesis(config.simulation.seed, source.agents, source.features, version)


def meta_of(loaded: LoadedConfig) -> dict[str, str]:
    """The texts that a ledger begins with, outside its chain."""
    return {
        "scenario": loaded.scenario,
        "traffic": loaded.config.traffic.path,
        "traffic_digest": traffic_digest(loaded.config),
        INVENTORY: inventory(_used(loaded)),
        **{f"version.{name}": version for name, version in versions().items()},
    }


def _used(loaded: LoadedConfig) -> frozenset[str]:
    """The plug-ins that configuration and timeline name."""
    named = [pair for entry in loaded.timeline if (pair := named_by(entry.command)) is not None]
    used = used_by(loaded.config)
    for registry, name in named:
        used |= use(registry, name)
    return used
