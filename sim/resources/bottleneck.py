"""What slows a run down, by what a step is spent on."""

from __future__ import annotations

from dataclasses import dataclass

MEMORY_HIGH = 0.85
"""Share of the memory from which caches shrink."""
LEDGER_SHARE = 0.4
"""Share of a step spent on the ledger from which input and output are the bottleneck."""
NETWORK_SHARE = 0.5
"""Share of a step spent on empty round trips from which the network is."""
COMPUTE_SHARE = 0.5
"""Share of a step spent on computing from which the processors are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """Means per step over the last steps, if nothing else is said."""

    step: float
    """Time of a step, s."""
    compute: float = 0.0
    """Of it in the phases of the shards, s."""
    ledger: float = 0.0
    """Of it in reading and writing the ledger, s."""
    round_trips: float = 0.0
    """Of it for calling other processes, s."""
    processors_busy: float = 0.0
    """Processors that this process kept busy."""
    memory: float = 0.0
    """Resident memory as a share of what the process may have."""
    memory_free: int = 0
    """Bytes that the process may still take."""
    misses: float = 0.0
    """Share of the judgements looked up that were not in the cache."""
    evictions: int = 0
    """Judgements that had to make room, in all these steps."""
    query_misses: float = 0.0
    """Share of the queries that were not in the cache."""
    query_evictions: int = 0
    """Results that had to make room, in all these steps."""


def bottleneck(measured: Measurements) -> str:
    """`memory`, `network`, `io`, `cpu`, or empty where nothing stands out."""
    if measured.memory >= MEMORY_HIGH:
        return "memory"
    shares = (
        ("network", measured.round_trips, NETWORK_SHARE),
        ("io", measured.ledger, LEDGER_SHARE),
        ("cpu", measured.compute, COMPUTE_SHARE),
    )
    step = max(measured.step, 1e-9)
    return next((name for name, seconds, least in shares if seconds / step >= least), "")
