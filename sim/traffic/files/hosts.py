"""The internal host of a flow, from its two addresses."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.traffic.files.column import Texts
from sim.traffic.files.names import ADDRESSES, key
from sim.traffic.files.schema import Schema
from sim.traffic.files.text import clean, error

MISSING = "(missing)"
"""Group of the rows without a value."""

_PRIVATE = tuple(
    ipaddress.ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


def address_columns(path: Path, schema: Schema, columns: list[str]) -> tuple[str, str]:
    """Return the names of the source and destination address columns.

    Raises:
        TrafficError: The file has no such pair.
    """
    named = {key(c): c for c in reversed(columns)}
    for source, destination in (*schema.addresses, *ADDRESSES):
        if source in named and destination in named:
            return named[source], named[destination]
    raise error(path, f"has no source and destination addresses to deal by host ({schema.format})")


def internal_hosts(source: Texts, destination: Texts) -> NDArray[np.object_]:
    """Return (N,) the internal host of each flow.

    The source when it is private (RFC 1918, or a unique local address of RFC 4193), else the
    destination when that is, else the one that occurs in more flows of the file: a monitored host
    with a public address is in all of its flows, whoever scans it only in a few.
    """
    ours, theirs = _private(source)[source.codes], _private(destination)[destination.codes]
    left, right = names(source), names(destination)
    known = np.concatenate([left, right]).astype(np.str_)
    _, place, counts = np.unique(known, return_inverse=True, return_counts=True)
    often = counts[place.reshape(2, -1)]
    return np.where(~ours & (theirs | (often[1] > often[0])), right, left)


def names(texts: Texts) -> NDArray[np.object_]:
    """Return (N,) the values of a column as printable `str`, `MISSING` where there is none."""
    table = np.empty(len(texts.values) + 1, dtype=np.object_)
    table[:] = [*(clean(v) or MISSING for v in texts.values), MISSING]
    return table[texts.codes]


def _private(texts: Texts) -> NDArray[np.bool_]:
    """Return whether each value is a private address; a last entry stands for missing."""
    return np.array([*(is_private(v) for v in texts.values), False], dtype=np.bool_)


def is_private(text: str) -> bool:
    """Tell whether `text` is an address of RFC 1918 or RFC 4193."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE if network.version == address.version)
