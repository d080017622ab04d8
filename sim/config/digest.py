"""Digests of what decides the result of a run: its configuration and its timeline."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from sim.config.document import entry_data
from sim.config.load import LoadedConfig
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
_LATER: Final = (("traffic", "labels", ""), ("traffic", "reading", "content"))
"""Keys that came after runs had been recorded, with their defaults."""


def is_neutral(key: str) -> bool:
    """Whether a key, `section.name`, decides no result."""
    section, _, name = key.partition(".")
    return section in NEUTRAL_SECTIONS or (section == "simulation" and name in NEUTRAL_KEYS)


def config_digest(config: Config) -> str:
    """BLAKE2b, hex, over all of the configuration that a run began with that decides its result."""
    content = config.model_dump(mode="json", exclude=set(NEUTRAL_SECTIONS))
    for key in NEUTRAL_KEYS:
        content["simulation"].pop(key, None)
    # A relative path is recorded as an absolute one; the content has a digest of its own.
    content["traffic"].pop("path", None)
    for section, key, usual in _LATER:  # runs from before it was there keep their digest
        if content[section][key] == usual:
            del content[section][key]
    return _digest(content)


def plan_digest(loaded: LoadedConfig) -> str:
    """The same over configuration, timeline and scenario: all that a run is going to do."""
    timeline = [entry_data(entry) for entry in loaded.timeline]
    return _digest([config_digest(loaded.config), timeline, loaded.scenario])


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
