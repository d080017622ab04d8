"""The formats that are read, ours and those of plug-ins, in the order in which they are tried."""

from __future__ import annotations

from functools import cache

from sim.errors import TrafficError
from sim.plugins.catalogue import FORMATS
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
