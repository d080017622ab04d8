"""How the flows of synthetic attacks look."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from sim.plugins.catalogue import ATTACKS
from sim.traffic.profiles import FEATURES


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of attack: feature → (mean, deviation) in log1p units.

    Raises:
        ValueError: it has no features, unknown ones, or figures that are no figures.
    """

    description: str
    features: dict[str, tuple[float, float]]

    def __post_init__(self) -> None:
        unknown = [name for name in self.features if name not in FEATURES]
        if unknown or not self.features:
            what = f"unknown feature {unknown[0]!a}" if unknown else "no features"
            raise ValueError(f"{what}, expected some of {', '.join(FEATURES)}")
        for name, (mean, deviation) in self.features.items():
            if not (isfinite(mean) and isfinite(deviation) and deviation >= 0):
                raise ValueError(f"{name}: ({mean}, {deviation}), expected a mean and a deviation")


PORT_SCAN = Pattern(
    "many ports of a host in short, mostly refused connections",
    {
        "duration": (0.03, 0.02),
        "bytes_out": (3.9, 0.2),
        "bytes_in": (2.2, 0.4),
        "packets": (0.8, 0.1),
        "distinct_ports": (6.6, 0.4),
        "failed_percent": (4.5, 0.08),
        "jitter_ms": (0.6, 0.3),
    },
)
DDOS = Pattern(
    "a flood of packets at one host",
    {
        "duration": (1.4, 0.3),
        "bytes_out": (13.2, 0.5),
        "bytes_in": (2.5, 0.6),
        "packets": (9.6, 0.4),
        "distinct_hosts": (0.7, 0.05),
        "failed_percent": (3.6, 0.4),
        "jitter_ms": (0.3, 0.15),
    },
)
BRUTE_FORCE = Pattern(
    "log-ins tried again and again at one service",
    {
        "duration": (5.2, 0.2),
        "bytes_out": (10.8, 0.3),
        "bytes_in": (10.4, 0.3),
        "packets": (7.0, 0.2),
        "distinct_ports": (0.69, 0.03),
        "distinct_hosts": (0.69, 0.03),
        "failed_percent": (4.58, 0.03),
        "jitter_ms": (1.0, 0.2),
    },
)
EXFILTRATION = Pattern(
    "long, heavy transfers outwards, to one place",
    {
        "duration": (6.8, 0.3),
        "bytes_out": (16.5, 0.5),
        "bytes_in": (6.0, 0.5),
        "packets": (10.2, 0.4),
        "distinct_ports": (0.69, 0.03),
        "distinct_hosts": (0.69, 0.03),
        "jitter_ms": (1.2, 0.3),
    },
)
BEACON = Pattern(
    "tiny, strictly regular calls home",
    {
        "duration": (0.02, 0.01),
        "bytes_out": (2.6, 0.1),
        "bytes_in": (1.8, 0.1),
        "packets": (0.69, 0.03),
        "distinct_ports": (0.69, 0.01),
        "distinct_hosts": (0.69, 0.01),
        "failed_percent": (0.0, 0.02),
        "jitter_ms": (0.05, 0.03),
    },
)


def patterns() -> tuple[dict[str, Pattern], tuple[str, ...]]:
    """The attacks that synthetic traffic knows, and a line for each plug-in that is skipped."""
    return ATTACKS.usable(Pattern)
