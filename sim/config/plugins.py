"""The plug-ins that a configuration or a command names."""

from __future__ import annotations

from sim.commands import InjectAttack, SetAdversaries, SetParameter, Steering
from sim.config.parameters import parameter_named, parameters
from sim.config.schema import Config
from sim.errors import ConfigError, PluginError
from sim.plugins.catalogue import ATTACKS, BEHAVIOURS
from sim.plugins.registry import Registry
from sim.plugins.usage import use


def named_in(config: Config) -> list[tuple[str, Registry, str]]:
    """(key, registry, name) of every choice that a plug-in may be behind."""
    found = []
    for parameter in parameters():
        if parameter.registry is not None:
            section, key = parameter.key.split(".")
            name: str = getattr(getattr(config, section), key)
            found.append((parameter.key, parameter.registry, name))
    return found


def used_by(config: Config) -> frozenset[str]:
    """The plug-ins that a configuration uses, as `group:name`."""
    uses = (use(registry, name) for _, registry, name in named_in(config) if name)
    return frozenset().union(*uses)


def named_by(command: Steering) -> tuple[Registry, str] | None:
    """Registry and name that a command chooses from, or None if it chooses none."""
    match command:
        case SetAdversaries(behaviour):
            return BEHAVIOURS, behaviour
        case InjectAttack(kind):
            return ATTACKS, kind
        case SetParameter(key, value):
            try:
                registry = parameter_named(key).registry
            except ConfigError:
                return None
            return (registry, str(value)) if registry is not None else None
    return None


def check_usable(config: Config, timeline: tuple[Steering, ...]) -> None:
    """Import every plug-in that a run is going to use.

    Raises:
        PluginError: one is broken; one line that names it.
    """
    for key, registry, name in named_in(config):
        if use(registry, name):
            try:
                registry.check(name)
            except PluginError as error:
                raise PluginError(f"{key}: {error}") from error
    for command in timeline:
        named = named_by(command)
        if named is not None and named[1] in named[0].plugins:
            named[0].check(named[1])
