"""Cost and cache over time, as the performance pane shows it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from sim.machine.capacity import resident_bytes
from sim.run.run import Run
from sim.snapshot import Performance

SMOOTH = 20
"""Steps over which times are averaged."""
PHASES = ("observe", "detect", "publish", "vote", "decide", "learn", "record")


class History:
    """What each of the last steps cost."""

    def __init__(self, run: Run) -> None:
        self._run = run
        length = run.config.monitoring.history
        self._hit_rates: deque[float] = deque(maxlen=length)
        self._step_seconds: deque[float] = deque(maxlen=length)
        self._phases: deque[dict[str, float]] = deque(maxlen=SMOOTH)
        self._moments: deque[float] = deque(maxlen=SMOOTH + 1)
        # What a resumed run looked up before is no event of its next step.
        counts = run.simulation.cache_counts()
        self._last_counts = (counts["hits"], counts["hits"] + counts["misses"])

    def hold(self) -> None:
        """The run stands still: the pace is measured anew when it goes on."""
        self._moments.clear()

    def observe(self, seconds: float, *, after_pause: bool = False) -> None:
        """Note the cost of the step just done, and whether the run stood still before it."""
        if after_pause:
            self.hold()
        simulation = self._run.simulation
        self._step_seconds.append(seconds)
        self._moments.append(time.monotonic())
        self._phases.append(dict(simulation.calls.seconds))
        counts = simulation.cache_counts()
        hits, looked_up = counts["hits"], counts["hits"] + counts["misses"]
        new_hits, new = hits - self._last_counts[0], looked_up - self._last_counts[1]
        # After a lost worker there are fewer hits than before: its cache went with it.
        self._hit_rates.append(max(new_hits, 0) / new if new > 0 else float("nan"))
        self._last_counts = (hits, looked_up)

    def view(self) -> Performance:
        """The frozen picture."""
        run = self._run
        counts = run.simulation.cache_counts()
        pool = run.resources.pool.statistics()
        queries = run.resources.query_cache.statistics()
        return Performance(
            **counts,
            capacity=run.resources.judgements.now,
            hit_rates=tuple(self._hit_rates),
            step_seconds=tuple(self._step_seconds),
            steps_per_second=self._pace(),
            phases=self._mean_phases(),
            flows_scored=run.simulation.flows_scored,
            ledger_entries=run.ledger.length,
            ledger_head=run.ledger.head_hex,
            readers=(pool.open, pool.size),
            query_hits=queries.hits,
            query_misses=queries.misses,
            journal_mode=run.ledger.journal_mode,
            memory_bytes=resident_bytes(),
        )

    def _pace(self) -> float | None:
        """Steps per second as a spectator counts them, waiting for the pace included."""
        return pace_of(self._moments)

    def _mean_phases(self) -> tuple[tuple[str, float], ...]:
        if not self._phases:
            return ()
        count = len(self._phases)
        return tuple((n, sum(p.get(n, 0.0) for p in self._phases) / count) for n in PHASES)


def pace_of(moments: Sequence[float]) -> float | None:
    """Steps per second between the first and the last of these times, s; None before the second."""
    if len(moments) < 2:
        return None
    return (len(moments) - 1) / max(moments[-1] - moments[0], 1e-9)
