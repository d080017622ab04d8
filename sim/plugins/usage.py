"""Which plug-ins something uses, as texts that can be recorded and looked up elsewhere.

A plug-in is known by `group:name`. What is ours needs no record: it comes with the program.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sim.errors import PluginError
from sim.plugins.catalogue import ALL
from sim.plugins.distributions import installed_plugins
from sim.plugins.registry import Registry
from sim.text import parse_json, quoted, shown

INVENTORY: Final = "plugins"
"""Key of what `inventory` says, among the texts that a ledger begins with."""
ABSENT: Final = "none"
_WORD: Final = "plug-in "


def use(registry: Registry, name: str) -> frozenset[str]:
    """What the use of a name is recorded as: nothing if it is ours."""
    if name in registry.ours or (registry.pattern and name.startswith(registry.pattern)):
        return frozenset()
    return frozenset({f"{registry.group}:{name}"})


def origins(used: Iterable[str]) -> dict[str, str]:
    """`plug-in group:name` → distribution and version in this interpreter, or `none`."""
    known = {f"{r.group}:{name}": p.origin for r in ALL for name, p in r.plugins.items()}
    return {f"{_WORD}{key}": known.get(key, ABSENT) for key in sorted(used)}


def same_here(recorded: Mapping[str, str], versions: Mapping[str, str]) -> bool:
    """Whether recorded versions, those of plug-ins among them, are those of this interpreter."""
    used = {name.removeprefix(_WORD) for name in recorded if name.startswith(_WORD)}
    return dict(recorded) == {**versions, **origins(used)}


def inventory(used: Iterable[str]) -> str:
    """All plug-ins in reach, as JSON for a record.

    A command may use one later that the configuration does not name: then it says where to get it.
    """
    marked = set(used)
    rows = [
        {
            "group": plugin.group,
            "name": plugin.name,
            "distribution": plugin.distribution,
            "version": plugin.version,
            "used": f"{plugin.group}:{plugin.name}" in marked,
        }
        for plugin in installed_plugins()
    ]
    return json.dumps(rows, sort_keys=True)


def missing(recorded: str, used: Iterable[str]) -> tuple[str, ...]:
    """The plug-ins that a recorded run used and that are not here, in words.

    Args:
        recorded: what `inventory` said then; empty for a record that knows no plug-ins.
        used: `group:name` of those that its journal uses besides those marked in the inventory.
    """
    rows = _inventoried(recorded)
    then = {f"{row['group']}:{row['name']}": row for row in rows}
    needed = {key for key, row in then.items() if row["used"]} | set(used)
    here = {f"{registry.group}:{name}" for registry in ALL for name in registry.names}
    nouns = {registry.group: registry.noun for registry in ALL}
    words = []
    for key in sorted(needed - here):
        group, _, name = key.partition(":")
        row = then.get(key)
        where = f" of {row['distribution']} {row['version']}" if row else ""
        words.append(shown(f"{nouns.get(group, group)} '{name}'{where}"))
    return tuple(words)


def _inventoried(recorded: str) -> list[dict[str, Any]]:
    """What `inventory` said.

    Raises:
        PluginError: somebody else said something else.
    """
    try:
        rows = parse_json(recorded or "[]")
    except ValueError:
        rows = None
    if isinstance(rows, list) and all(_is_entry(row) for row in rows):
        return rows
    raise PluginError(f"the run's list of plug-ins is no list of plug-ins: {quoted(recorded)}")


def _is_entry(row: object) -> bool:
    if not isinstance(row, dict) or type(row.get("used")) is not bool:
        return False
    texts = (row.get(key) for key in ("group", "name", "distribution", "version"))
    return all(isinstance(text, str) for text in texts)


def other_versions(recorded: str) -> list[tuple[str, str | None, str]]:
    """(distribution, version then, version now) of the plug-ins that a recorded run was begun with.

    Args:
        recorded: as for `missing`.
    """
    now = {(p.group, p.name, p.distribution): p.version for p in installed_plugins()}
    rows = [row for row in _inventoried(recorded) if row["used"]]
    keys = [(row, (row["group"], row["name"], row["distribution"])) for row in rows]
    return [(key[2], row["version"], now[key]) for row, key in keys if key in now]
