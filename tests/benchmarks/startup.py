"""From the command to the first paint, and to the first step; with and without compiled kernels."""

from __future__ import annotations

import tempfile

from run_process import RunProcess
from timing import Figure, median


def measure(quick: bool) -> list[Figure]:
    """Seconds, the app in a pseudo-terminal."""
    agents = 8 if quick else 1000
    warm = [_once(agents) for _ in range(1 if quick else 5)]
    paint, ready = (median([run[i] for run in warm]) for i in (0, 1))
    figures = [
        Figure("first paint", paint, "s"),
        Figure(f"first step of {agents:,} agents, kernels from the cache", ready, "s"),
    ]
    if not quick:
        with tempfile.TemporaryDirectory(prefix="decsim-bench-") as empty:
            paint, ready = _once(agents, NUMBA_CACHE_DIR=empty)
        figures += [
            Figure("first paint, kernels not compiled yet", paint, "s"),
            Figure(f"first step of {agents:,} agents, kernels compiled before it", ready, "s"),
        ]
    return figures


def _once(agents: int, **variables: str) -> tuple[float, float]:
    """Seconds until the first paint, and until the first step is in the ledger."""
    with RunProcess(agents, screen=True, **variables) as process:
        painted = process.wait_for("quickstart")
        ready = process.wait_for_step(1)
        return painted - process.started, ready - process.started
