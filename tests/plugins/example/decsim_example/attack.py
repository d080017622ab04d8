"""An attack: data smuggled out in many small name look-ups."""

from __future__ import annotations

from sim.traffic.patterns import Pattern

DNS_TUNNEL = Pattern(
    "data smuggled out in name look-ups",
    {
        "duration": (0.2, 0.05),
        "bytes_out": (9.5, 0.3),
        "bytes_in": (8.8, 0.3),
        "packets": (6.5, 0.3),
        "distinct_ports": (0.69, 0.01),
        "failed_percent": (3.9, 0.2),
        "jitter_ms": (0.4, 0.1),
    },
)
