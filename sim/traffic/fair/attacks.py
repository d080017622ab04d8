"""Attacks on fair traffic: nothing about them is out of range, only the combination is odd.

An attack borrows each of its columns from some service, so that no single column gives it away:
what a scan does to ports a monitor does, too, but not with the timing of a name look-up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.traffic.fair.world import COLUMNS, DEVIATIONS, NUMBERS, SERVICE_MEANS, SERVICES
from sim.traffic.patterns import Pattern

Floats = NDArray[np.float64]
_TIGHT: Final = 0.35
"""How much the flows of an attack vary, in deviations of benign ones: they are made by a tool."""


@dataclass(frozen=True, slots=True)
class Disguise:
    """One kind of attack: what it borrows, and from whom."""

    borrowed: dict[str, tuple[str, ...]]
    """Service → columns."""
    marks: tuple[str, ...]
    """Columns that are rarely filled in benign flows and always in these."""
    state: str
    """Category that its flows end in."""
    pull: float
    """How far the flows of a host are drawn towards it at full intensity, 0..1."""


DISGUISES: Final = {
    "port_scan": Disguise(
        {
            "monitoring": ("distinct_ports", "distinct_hosts", "failed_percent"),
            "dns": ("duration", "bytes_out", "bytes_in", "packets", "packets_in"),
            "login": ("jitter_ms", "gap_ms"),
            "chat": ("flows_per_minute", "window_kb"),
        },
        ("resets", "odd_ports"),
        "state=refused",
        0.9,
    ),
    "ddos": Disguise(
        {
            "backup": ("bytes_out", "packets"),
            "dns": ("duration", "bytes_in", "packets_in", "active_s"),
            "streaming": ("distinct_hosts", "flows_per_minute", "gap_ms"),
            "web": ("distinct_ports", "jitter_ms", "window_kb"),
        },
        ("unanswered", "fragments", "retransmissions"),
        "state=open",
        0.85,
    ),
    "brute_force": Disguise(
        {
            "login": ("distinct_ports", "distinct_hosts", "failed_percent", "bytes_in"),
            "chat": ("duration", "packets_in"),
            "database": ("bytes_out", "jitter_ms"),
            "web": ("packets", "packet_size", "flows_per_minute"),
        },
        ("failed_logins",),
        "state=refused",
        0.9,
    ),
    "exfiltration": Disguise(
        {
            "backup": ("bytes_out", "packets", "packet_size"),
            "chat": ("duration", "distinct_hosts", "jitter_ms", "active_s"),
            "shell": ("bytes_in", "distinct_ports", "gap_ms"),
            "mail": ("window_kb", "packets_in"),
        },
        ("uploads",),
        "state=open",
        0.9,
    ),
    "beacon": Disguise(
        {
            "dns": ("bytes_out", "bytes_in", "packets", "packet_size"),
            "backup": ("jitter_ms", "distinct_hosts", "failed_percent"),
            "chat": ("duration", "gap_ms", "window_kb"),
            "streaming": ("active_s", "packets_in"),
        },
        ("repeats",),
        "state=open",
        0.95,
    ),
}


def pattern_of(kind: str, pattern: Pattern, intensity: float) -> tuple[Floats, Floats, Floats]:
    """How a kind of attack changes flows; a kind of a plug-in by its own figures.

    Returns:
        Mean, deviation, and how far each column is drawn there, 0..1; (D,) each.
    """
    mean, deviation, strength = np.zeros((3, len(COLUMNS)))
    disguise = DISGUISES.get(kind)
    if disguise is None:
        for name, (middle, width) in pattern.features.items():
            place = COLUMNS.index(name)
            mean[place], deviation[place], strength[place] = middle, width, 0.5 + 0.5 * intensity
        return mean, deviation, strength
    for service, columns in disguise.borrowed.items():
        for name in columns:
            place = COLUMNS.index(name)
            mean[place] = SERVICE_MEANS[SERVICES.index(service), place]
            deviation[place] = _TIGHT * DEVIATIONS[place]
            strength[place] = disguise.pull * (0.62 + 0.38 * intensity)
    for name in disguise.marks:
        place = COLUMNS.index(name)
        mean[place], deviation[place] = SERVICE_MEANS[0, place], DEVIATIONS[place]
        strength[place] = 1.0
    strength[len(NUMBERS) :] = 1.0
    mean[COLUMNS.index("protocol=tcp")] = mean[COLUMNS.index(disguise.state)] = 1.0
    return mean, deviation, strength
