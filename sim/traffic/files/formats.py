"""The formats that are read, in the order in which they are tried."""

from __future__ import annotations

from sim.errors import TrafficError
from sim.traffic.files import (
    arff,
    arrow,
    cicids,
    ciciot,
    kitsune,
    netflow,
    nslkdd,
    suricata,
    tools,
    unsw,
    zeek,
)  # fmt: skip
from sim.traffic.files.format import Format
from sim.traffic.files.jsonlines import JSON
from sim.traffic.files.schema import PLAIN
from sim.traffic.files.text import nearest, shown

CSV = Format("csv", "any delimited table with a header", PLAIN)
OURS = (
    arrow.PARQUET,
    arrow.FEATHER,
    zeek.TSV,
    arff.ARFF,
    zeek.JSON_LINES,
    suricata.EVE,
    JSON,
    nslkdd.FORMAT,
    unsw.FULL,
    unsw.PARTITION,
    cicids.FORMAT,
    ciciot.FORMAT,
    netflow.FORMAT,
    tools.ARGUS,
    tools.NFDUMP,
    kitsune.FORMAT,
    CSV,
)
"""Those that come with the program."""


def formats() -> tuple[Format, ...]:
    """Return all formats."""
    return OURS


def format_named(name: str) -> Format | None:
    """Return the format of this name, None for `auto`.

    Raises:
        TrafficError: There is none.
    """
    if name == "auto":
        return None
    for known in formats():
        if known.name == name:
            return known
    names = ["auto", *(f.name for f in formats())]
    raise TrafficError(
        f"traffic format {shown(name)}: expected {', '.join(names)}{nearest(name, names)}"
    )
