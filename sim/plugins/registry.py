"""Things of one kind by name: ours and those of plug-ins, imported when they are first used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, TypeVar

from sim.errors import RAISED, PluginError
from sim.plugins.distributions import Plugin, installed_plugins
from sim.text import nearest, quoted, shown

T = TypeVar("T")


class Registry:
    """Names of one kind of thing, and where each comes from.

    Args:
        group: of the entry points that add to it.
        noun: what one of them is called in messages.
        kind: `module:class` that everything in it is an instance of.
        ours: name → `module:object`. They are written like entry points, so that ours and those
            of plug-ins take the same way, and names can be checked without importing anything.
        pattern: beginning of names that stand for whatever it is put before, e.g. `sklearn:`.
        classes: whether it holds subclasses of `kind` instead of instances.
    """

    def __init__(
        self,
        group: str,
        noun: str,
        kind: str,
        ours: Mapping[str, str],
        *,
        pattern: str = "",
        classes: bool = False,
    ) -> None:
        self.group = group
        self.noun = noun
        self.kind = kind
        self.classes = classes
        self.ours = dict(ours)
        self.pattern = pattern
        self._objects: dict[str, Any] = {}

    # -- names, without importing anything -----------------------------------------------------

    @property
    def plugins(self) -> dict[str, Plugin]:
        """Name → plug-in. No plug-in takes the place of what is ours or of an earlier one."""
        found: dict[str, Plugin] = {}
        for plugin in installed_plugins():
            if plugin.group == self.group and plugin.name not in self.ours:
                found.setdefault(plugin.name, plugin)
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """Ours in their own order, then those of plug-ins in alphabetical order."""
        return (*self.ours, *sorted(self.plugins))

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        if self.pattern and name.startswith(self.pattern):
            return True
        # Ours first: reading the metadata of everything installed takes milliseconds.
        return name in self.ours or name in self.plugins

    @property
    def expected(self) -> str:
        """The names in words for an error message."""
        rest = [f"{self.pattern}NAME"] if self.pattern else []
        return "one of " + ", ".join([*self.names, *rest])

    def hint(self, name: str) -> str:
        """`; did you mean 'x'?` for the nearest name, or nothing."""
        return nearest(name, self.names)

    # -- things --------------------------------------------------------------------------------

    def get(self, name: str, kind: type[T]) -> T:
        """The thing of this name.

        Raises:
            PluginError: there is none, or what a plug-in offers is unusable; one line.
        """
        found = self._object(name)
        if not isinstance(found, kind):
            raise self._unusable(name, f"{_type(found)}, expected {_article(kind.__name__)}")
        return found

    def get_class(self, name: str, base: type[T]) -> type[T]:
        """The class of this name, which descends from `base`.

        Raises:
            PluginError: there is none, or what a plug-in offers is unusable; one line.
        """
        found = self._object(name)
        if not (isinstance(found, type) and issubclass(found, base)):
            raise self._unusable(name, f"{_type(found)}, expected a subclass of {base.__name__}")
        return found

    def check(self, name: str) -> None:
        """Import the thing of this name.

        Raises:
            PluginError: see `get`.
        """
        take = self.get_class if self.classes else self.get
        take(name, _resolved(self.kind))

    def usable(self, kind: type[T]) -> tuple[dict[str, T], tuple[str, ...]]:
        """Everything that can be used, by name, and a line for each plug-in that is skipped."""
        things: dict[str, T] = {}
        broken: list[str] = []
        for name in self.names:
            try:
                things[name] = self.get(name, kind)
            except PluginError as error:
                broken.append(f"{error}; it is skipped")
        return things, tuple(broken)

    def _object(self, name: str) -> Any:
        if name not in self._objects:
            self._objects[name] = self._imported(name)
        return self._objects[name]

    def _imported(self, name: str) -> Any:
        if name in self.ours:
            return _resolved(self.ours[name])
        plugin = self.plugins.get(name)
        if plugin is None:
            raise PluginError(
                f"unknown {self.noun} {quoted(name)}, expected {self.expected}{self.hint(name)}"
            )
        try:
            return _resolved(plugin.value)
        except RAISED as error:  # whatever foreign code does when it is imported
            reason = (str(error).splitlines() or [""])[0]
            why = f"{type(error).__name__}: {shown(reason)[:120]}".removesuffix(": ")
            raise self._unusable(name, why) from error

    def _unusable(self, name: str, why: str) -> PluginError:
        plugin = self.plugins.get(name)
        where = f" of {shown(plugin.origin)}" if plugin else ""
        value = plugin.value if plugin else self.ours[name]
        return PluginError(
            f"{self.noun} {quoted(name)}{where} cannot be used: {shown(value)}: {why}"
        )

    def forget(self) -> None:
        """Import anew what is used next."""
        self._objects.clear()


def _resolved(reference: str) -> Any:
    module, _, attribute = reference.partition(":")
    found: Any = import_module(module.strip())
    for part in filter(None, attribute.strip().split(".")):
        found = getattr(found, part)
    return found


def _type(found: object) -> str:
    return f"is {_article(type(found).__name__)}"


def _article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
