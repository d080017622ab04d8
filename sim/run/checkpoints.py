"""What a checkpoint of a run holds, and which runs it belongs to."""

from __future__ import annotations

from sim.checkpoint.checkpoint import Checkpoint, Header
from sim.config.digest import config_digest
from sim.config.schema import Config
from sim.ledger.ledger import Ledger
from sim.model.memory import memory_of
from sim.model.model import Population
from sim.numerics.versions import versions
from sim.plugins.usage import origins
from sim.traffic.files.formats import plugins_behind


def take(simulation: Population, ledger: Ledger, config: Config) -> Checkpoint:
    """Take the checkpoint of the last committed step; nothing else may be under way.

    Args:
        simulation: what remembers.
        ledger: where the step is recorded.
        config: as the run began with it.

    Raises:
        CheckpointError: the simulation holds something that nobody has declared.
        ExecutorError: its shards cannot be reached.
    """
    used = simulation.steered.plugins | plugins_behind(simulation.source.format)
    header = Header(
        step=simulation.now,
        head=ledger.head_hex,
        length=ledger.length,
        config=config_digest(config),
        versions={**versions(), **origins(used)},
    )
    return Checkpoint(header, memory_of(simulation))
