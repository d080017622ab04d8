"""What a checkpoint of a run holds, and which runs it belongs to."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from sim.checkpoint.checkpoint import Checkpoint, Header
from sim.config.schema import Config
from sim.ledger.ledger import Ledger
from sim.model.memory import memory_of
from sim.model.model import Simulation
from sim.numerics.versions import versions
from sim.plugins.usage import origins

NEUTRAL_SECTIONS: Final = ("cache", "ledger", "monitoring", "ui")
"""Sections of the configuration that decide no result."""
NEUTRAL_KEYS: Final = (
    "steps_per_second",
    "executor",
    "workers",
    "ray_address",
    "checkpoint_interval",
    "linger",
    "host",
)
"""Keys of `simulation` that decide no result."""


def take(simulation: Simulation, ledger: Ledger, config: Config) -> Checkpoint:
    """Take the checkpoint of the last committed step; nothing else may be under way.

    Args:
        simulation: what remembers.
        ledger: where the step is recorded.
        config: as the run began with it.

    Raises:
        CheckpointError: the simulation holds something that nobody has declared.
        ExecutorError: its shards cannot be reached.
    """
    header = Header(
        step=simulation.now,
        head=ledger.head_hex,
        length=ledger.length,
        config=config_digest(config),
        versions={**versions(), **origins(simulation.steered.plugins)},
    )
    return Checkpoint(header, memory_of(simulation))


def config_digest(config: Config) -> str:
    """BLAKE2b, hex, over all of the configuration that a run began with that decides its result."""
    content = config.model_dump(mode="json", exclude=set(NEUTRAL_SECTIONS))
    for key in NEUTRAL_KEYS:
        content["simulation"].pop(key, None)
    # A relative path is recorded as an absolute one; the content has a digest of its own.
    content["traffic"].pop("path", None)
    text = json.dumps(content, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
