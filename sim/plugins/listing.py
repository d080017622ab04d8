"""The plug-ins as a list for people and scripts."""

from __future__ import annotations

from dataclasses import dataclass

from sim.errors import PluginError
from sim.plugins.catalogue import ALL
from sim.plugins.distributions import Plugin, installed_plugins


@dataclass(frozen=True, slots=True)
class Entry:
    """One plug-in."""

    name: str
    group: str
    distribution: str
    version: str
    value: str
    """`module:object`."""
    path: str
    """Where its distribution is installed."""
    problem: str
    """Why it cannot be used, or empty."""


def listed_plugins(*, check: bool = False) -> list[Entry]:
    """All plug-ins in reach, by group and name.

    Args:
        check: import each, to see whether it can be used; otherwise nothing is imported.
    """
    return [
        Entry(p.name, p.group, p.distribution, p.version, p.value, p.path, _problem(p, check))
        for p in installed_plugins()
    ]


def _problem(plugin: Plugin, check: bool) -> str:
    registry = next((r for r in ALL if r.group == plugin.group), None)
    if registry is None:
        known = ", ".join(r.group for r in ALL)
        return f"{plugin.name}: group {plugin.group} is unknown, expected one of {known}"
    if plugin.name in registry.ours:
        return f"{plugin.name}: {plugin.origin} cannot replace our own {registry.noun}"
    if registry.plugins[plugin.name] != plugin:
        first = registry.plugins[plugin.name]
        return f"{plugin.name}: {plugin.origin} comes second, {first.origin} is used"
    if check:
        try:
            registry.check(plugin.name)
        except PluginError as error:
            return str(error)
    return ""
