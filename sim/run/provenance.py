"""Where a ledger comes from: the scenario, the traffic, and the versions that computed it."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from sim.config.load import LoadedConfig
from sim.traffic.build import traffic_digest

LIBRARIES: Final = ("decsim-tui", "numpy", "scikit-learn", "mesa")
"""Whose versions are noted in the ledger: another version may compute other figures."""


def meta_of(loaded: LoadedConfig) -> dict[str, str]:
    """The texts that a ledger begins with, outside its chain."""
    versions = {f"version.{name}": version(name) for name in LIBRARIES}
    return {
        "scenario": loaded.scenario,
        "traffic": loaded.config.traffic.path,
        "traffic_digest": traffic_digest(loaded.config),
        **versions,
    }
