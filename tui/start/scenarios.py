"""The scenarios that a new run can begin with, and what each shows."""

from __future__ import annotations

from dataclasses import dataclass

from sim.config.scenario import find_scenario, scenario_files
from sim.errors import ConfigError

FIRST = "quickstart"
"""What a run without any option is."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A scenario."""

    name: str
    text: str
    """What it shows, or why it cannot be used."""
    usable: bool


def offered() -> list[Offer]:
    """All scenarios, the one to begin with first."""
    found = []
    for name in sorted(scenario_files(), key=lambda name: (name != FIRST, name)):
        try:
            found.append(Offer(name, find_scenario(name).description, True))
        except ConfigError as error:
            found.append(Offer(name, f"This scenario cannot be used: {error}", False))
    return found
