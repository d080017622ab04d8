"""Digests of what decides the result of a run: its configuration and its timeline."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Final

from sim.config.document import entry_data
from sim.config.load import LoadedConfig
from sim.config.parameters import Parameter, Value, parameters
from sim.config.schema import Config

NEUTRAL_SECTIONS: Final = ("cache", "ledger", "monitoring", "ui")
"""Sections of the configuration that decide no result."""
NEUTRAL_KEYS: Final = (
    "steps_per_second",
    "executor",
    "activation",
    "workers",
    "threads_from",
    "ray_from",
    "ray_workers_from",
    "ray_address",
    "checkpoint_interval",
    "linger",
    "host",
)
"""Keys of `simulation` that decide no result."""


def is_neutral(key: str) -> bool:
    """Whether a key, `section.name`, decides no result."""
    section, _, name = key.partition(".")
    return section in NEUTRAL_SECTIONS or (section == "simulation" and name in NEUTRAL_KEYS)


def config_digest(config: Config) -> str:
    """BLAKE2b, hex, over all of the configuration that a run began with that decides its result.

    What is as it always was does not count, so that runs keep their digest when there are new keys,
    or new defaults with what was `before`.
    """
    return _digest({p.key: value for p, value in _deciding(config) if value != _usual(p)})


def _deciding(config: Config) -> Iterator[tuple[Parameter, Value]]:
    """Parameters that decide the result, with their values."""
    for parameter in parameters():
        # A relative path is recorded as an absolute one; the content has a digest of its own.
        if not is_neutral(parameter.key) and parameter.key != "traffic.path":
            section, name = parameter.key.split(".")
            yield parameter, getattr(getattr(config, section), name)


def _usual(parameter: Parameter) -> Value:
    return parameter.default if parameter.before is None else parameter.before


def plan_digest(loaded: LoadedConfig) -> str:
    """The same over configuration, timeline and scenario: all that a run is going to do."""
    timeline = [entry_data(entry) for entry in loaded.timeline]
    return _digest([config_digest(loaded.config), timeline, loaded.scenario])


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
