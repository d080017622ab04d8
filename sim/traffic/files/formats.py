"""The formats that are read, ours and those of plug-ins, in the order in which they are tried."""

from __future__ import annotations

from functools import cache

from sim.errors import TrafficError
from sim.plugins.catalogue import FORMATS
from sim.plugins.usage import use
from sim.text import nearest
from sim.traffic.files.format import AUTO, Format
from sim.traffic.files.text import shown


@cache
def formats() -> tuple[Format, ...]:
    """Return all formats; a plug-in that cannot be used is none, unless it is asked for."""
    found, _ = FORMATS.usable(Format)
    return tuple(sorted((f for f in found.values() if f is not AUTO), key=lambda f: f.general))


def format_named(name: str) -> Format | None:
    """Return the format of this name, None for `auto`.

    Raises:
        TrafficError: There is none.
        PluginError: A plug-in offers it, and cannot be used.
    """
    if name not in FORMATS:
        names = FORMATS.names
        raise TrafficError(
            f"traffic format {shown(name)}: expected {', '.join(names)}{nearest(name, names)}"
        )
    found = FORMATS.get(name, Format)
    return None if found is AUTO else found


def plugins_behind(name: str) -> frozenset[str]:
    """Return the plug-ins that read files of this format, as `group:name`; none if it is ours.

    Args:
        name: As a `FlowTable` says it, also where `auto` has recognised it; empty for no file.
    """
    if not name or name in FORMATS.ours:
        return frozenset()
    found, _ = FORMATS.usable(Format)
    uses = (use(FORMATS, key) for key, known in found.items() if name in (key, known.schema.format))
    return frozenset().union(*uses)
