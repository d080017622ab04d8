"""The plug-ins that are installed, read from metadata: nothing of theirs is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

PREFIX = "decsim."


@dataclass(frozen=True, slots=True, order=True)
class Plugin:
    """One entry point of an installed distribution."""

    group: str
    """E.g. `decsim.rules`."""
    name: str
    """What a configuration calls it by."""
    distribution: str
    version: str
    value: str
    """`module:object`."""
    path: str
    """Folder that the distribution is installed in."""

    @property
    def origin(self) -> str:
        """Distribution and version, for people."""
        return f"{self.distribution} {self.version}".strip()


@cache
def installed_plugins() -> tuple[Plugin, ...]:
    """All plug-ins in reach of this interpreter, by group and name; `refresh` looks again."""
    from importlib.metadata import distributions

    found: dict[tuple[str, str, str], Plugin] = {}
    for distribution in distributions():
        try:
            # Most have none of ours, and parsing takes longer than reading.
            if PREFIX not in (distribution.read_text("entry_points.txt") or ""):
                continue
            entries = [e for e in distribution.entry_points if e.group.startswith(PREFIX)]
            name, version = str(distribution.metadata["Name"]), str(distribution.version)
            folder = str(distribution.locate_file(""))
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            # Metadata that cannot be read belongs to somebody else's broken installation.
            continue
        for e in entries:
            plugin = Plugin(e.group, e.name, name, version, e.value, folder)
            # The first one on the path is the one that would be imported.
            found.setdefault((e.group, e.name, name), plugin)
    return tuple(sorted(found.values()))


def refresh() -> None:
    """Look again at what is installed, e.g. after the path has changed."""
    installed_plugins.cache_clear()
