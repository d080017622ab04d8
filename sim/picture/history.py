"""Cost and cache over time, as the performance pane shows it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence

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
        self._before = _looked_up(run.simulation.cache_counts())
        self._last = (0, 0, 0, 0)
        """Hits and misses of votes, then of accepted signatures, in the last step."""

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
        counts = _looked_up(simulation.cache_counts())
        # After a lost worker there are fewer hits than before: its cache went with it.
        hits, misses, other_hits, other_misses = (
            max(now - before, 0) for now, before in zip(counts, self._before, strict=True)
        )
        self._last = (hits, misses, other_hits, other_misses)
        self._before = counts
        new = sum(self._last)
        self._hit_rates.append((hits + other_hits) / new if new else float("nan"))

    def view(self) -> Performance:
        """The frozen picture."""
        run = self._run
        counts = run.simulation.cache_counts()
        pool = run.resources.pool.statistics()
        queries = run.resources.query_cache.statistics()
        return Performance(
            **counts,
            capacity=run.resources.judgements.now,
            last_votes=(self._last[0], self._last[1]),
            last_blocklist=(self._last[2], self._last[3]),
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


def _looked_up(counts: Mapping[str, int]) -> tuple[int, int, int, int]:
    """Hits and misses of votes, then of accepted signatures."""
    votes = counts["vote_hits"], counts["vote_misses"]
    return (*votes, counts["hits"] - votes[0], counts["misses"] - votes[1])


def pace_of(moments: Sequence[float]) -> float | None:
    """Steps per second between the first and the last of these times, s; None before the second."""
    if len(moments) < 2:
        return None
    return (len(moments) - 1) / max(moments[-1] - moments[0], 1e-9)
