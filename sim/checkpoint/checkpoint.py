"""One checkpoint: where a run stood after a step, and all that it remembered then."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from sim.checkpoint.tree import State
from sim.config.schema import Config
from sim.errors import CheckpointError
from sim.model.memory import memory_of
from sim.text import quoted

if TYPE_CHECKING:
    from sim.run.run import Run

FORMAT = 1
LIBRARIES = ("decsim-tui", "numba", "numpy", "scikit-learn")
"""Models are fitted again from their training flows: another version may fit others."""
NEUTRAL_SECTIONS = ("cache", "ledger", "monitoring", "ui")
"""Sections of the configuration that decide no result."""
NEUTRAL_KEYS = (
    "steps_per_second",
    "executor",
    "workers",
    "ray_address",
    "checkpoint_interval",
)
"""Keys of `simulation` that decide no result."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a checkpoint says about itself."""

    step: int
    """Steps done."""
    head: str
    """Head of the ledger after that step, hex."""
    length: int
    """Rows of the ledger after that step, the genesis included."""
    config: str
    """See `config_digest`."""
    versions: dict[str, str]
    """Of `LIBRARIES`."""
    format: int = FORMAT


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A header and the memory that belongs to it."""

    header: Header
    state: State


def take(run: Run) -> Checkpoint:
    """The checkpoint of the last committed step; nothing else may be under way.

    Raises:
        CheckpointError: the simulation holds something that nobody has declared.
        ExecutorError: its shards cannot be reached.
    """
    header = Header(
        step=run.simulation.now,
        head=run.ledger.head_hex,
        length=run.ledger.length,
        config=config_digest(run.loaded.config),
        versions=versions(),
    )
    return Checkpoint(header, memory_of(run.simulation))


def versions() -> dict[str, str]:
    """Versions of `LIBRARIES` here."""
    return {name: version(name) for name in LIBRARIES}


def config_digest(config: Config) -> str:
    """BLAKE2b, hex, over all of the configuration that a run began with that decides its result."""
    content = config.model_dump(mode="json", exclude=set(NEUTRAL_SECTIONS))
    for key in NEUTRAL_KEYS:
        content["simulation"].pop(key, None)
    # A relative path is recorded as an absolute one; the content has a digest of its own.
    content["traffic"].pop("path", None)
    text = json.dumps(content, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def header_text(header: Header) -> str:
    """The header as JSON."""
    return json.dumps(asdict(header), sort_keys=True)


def header_from(text: str) -> Header:
    """The header in a JSON text.

    Raises:
        CheckpointError: it is that of another format.
        ValueError: it is none.
        TypeError: it lacks a field, or has another one.
    """
    content = json.loads(text)
    if content["format"] != FORMAT:
        raise CheckpointError(f"has format {quoted(content['format'])}, expected {FORMAT}")
    header = Header(**content)
    for name, kind in (("step", int), ("head", str), ("length", int), ("config", str)):
        if type(getattr(header, name)) is not kind:
            raise TypeError(f"{name} is no {kind.__name__}")
    return header
