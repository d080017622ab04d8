"""Whether the plug-ins that a recorded run used are here."""

from __future__ import annotations

from collections.abc import Iterable

from sim.commands import from_payload
from sim.config.plugins import named_by
from sim.errors import CommandRejectedError, PluginError
from sim.ledger.reader import LedgerReader
from sim.ledger.rows import CommandRow
from sim.plugins.catalogue import ATTACKS, BEHAVIOURS
from sim.plugins.usage import INVENTORY, missing, use
from sim.text import parse_json

_NAMING = {"inject_attack": (ATTACKS, "kind"), "set_adversaries": (BEHAVIOURS, "behaviour")}


def check_plugins(reader: LedgerReader) -> None:
    """Make sure that nothing which a recorded run used is missing.

    Raises:
        PluginError: something is; one line that says what, and where it came from.
    """
    recorded = reader.meta().get(INVENTORY, "")
    synthetic = not reader.meta().get("traffic", "")
    words = missing(recorded, _used((row for _, row in reader.commands()), synthetic))
    if words:
        raise PluginError(
            f"the run used {' and '.join(words)}, which {'is' if len(words) == 1 else 'are'} not"
            " installed here"
        )


def _used(rows: Iterable[CommandRow], synthetic: bool) -> frozenset[str]:
    """The plug-ins that applied commands used, as `group:name`."""
    found: frozenset[str] = frozenset()
    for row in rows:
        if row.status != "applied":
            continue
        if row.kind in _NAMING:
            registry, field = _NAMING[row.kind]
            name = _given(row, field)
            # Recorded traffic names its own attacks.
            if isinstance(name, str) and (synthetic or registry is not ATTACKS):
                found |= use(registry, name)
        elif row.kind == "set_parameter":
            found |= _chosen(row)
    return found


def _given(row: CommandRow, field: str) -> object:
    """One argument of a command; None where the row is none, which is found later."""
    try:
        payload = parse_json(row.payload)
    except ValueError:
        return None
    return payload.get(field) if isinstance(payload, dict) else None


def _chosen(row: CommandRow) -> frozenset[str]:
    try:
        named = named_by(from_payload(row.kind, parse_json(row.payload)))
    except (CommandRejectedError, ValueError):
        return frozenset()
    return use(*named) if named else frozenset()
