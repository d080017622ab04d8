"""The present value of every metric, read once after each step from whoever counts it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sim.metrics.catalogue import BOUNDS, STEP_SECONDS, key_of
from sim.snapshot import AgentState

if TYPE_CHECKING:
    from sim.run.run import Run

Values = Mapping[str, float]
"""`key_of` → value."""
VERDICTS = ("ACCEPTED", "REJECTED", "EXPIRED")


class MetricRegistry:
    """Values of one run, as a whole and between two steps.

    Any thread may read `values`: each step puts a new mapping in the place of the last one.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._buckets = [0] * (len(BOUNDS) + 1)
        """Steps by duration; the last one is beyond all bounds."""
        self._seconds = 0.0
        self._rising: dict[str, float] = {}
        self._last: dict[str, float] = {}
        self.values: Values = {}

    def observe(self, seconds: float) -> None:
        """Read everything after a step that took this long, s."""
        self._buckets[bisect_left(BOUNDS, seconds)] += 1
        self._seconds += seconds
        self.values = {
            STEP_SECONDS: seconds,
            **self._of_the_simulation(),
            **self._of_the_agents(),
            **self._of_the_ledger(),
            **self._of_the_health(),
        }

    def step_times(self) -> tuple[tuple[tuple[float, int], ...], float]:
        """Upper bound and number of the steps up to it, s; and the sum of all times, s."""
        counts = np.cumsum(self._buckets).tolist()
        return tuple(zip((*BOUNDS, float("inf")), counts, strict=True)), self._seconds

    def _of_the_simulation(self) -> dict[str, float]:
        simulation = self._run.simulation
        counts = simulation.assembly.counts
        decided = sum(counts[verdict] for verdict in VERDICTS)
        states = np.bincount(simulation.states(), minlength=len(AgentState))
        return {
            "decsim_steps_total": simulation.now - self._run.behind,
            "decsim_signatures_total": counts["published"],
            "decsim_pending_signatures": counts["published"] - decided,
            "decsim_consensus_ratio": _share(decided - counts["EXPIRED"], decided),
            "decsim_flows_scored_total": simulation.flows_scored,
            **{key_of("decsim_verdicts_total", v.lower()): counts[v] for v in VERDICTS},
            **_labelled("decsim_phase_seconds_total", self._run.seconds),
            **_labelled("decsim_errors_total", simulation.errors.counts()),
            **{key_of("decsim_agents", s.name.lower()): int(states[s]) for s in AgentState},
        }

    def _of_the_agents(self) -> dict[str, float]:
        simulation = self._run.simulation
        cache, report = simulation.cache_counts(), simulation.report
        fits = int(report.versions.sum()) if report is not None else 0
        hits = self._counter("decsim_cache_hits_total", cache["hits"])
        misses = self._counter("decsim_cache_misses_total", cache["misses"])
        return {
            "decsim_validations_total": hits + misses,
            "decsim_cache_hits_total": hits,
            "decsim_cache_misses_total": misses,
            "decsim_cache_evictions_total": self._counter(
                "decsim_cache_evictions_total", cache["evictions"]
            ),
            "decsim_cache_entries": cache["cached"],
            "decsim_cache_hit_ratio": _share(hits, hits + misses),
            "decsim_model_updates_total": fits,
        }

    def _of_the_ledger(self) -> dict[str, float]:
        run = self._run
        pool, queries = run.pool.statistics(), run.query_cache.statistics()
        return {
            "decsim_ledger_entries": run.ledger.length,
            key_of("decsim_ledger_connections", "open"): pool.open,
            key_of("decsim_ledger_connections", "in_use"): pool.in_use,
            key_of("decsim_ledger_connections", "allowed"): pool.size,
            "decsim_ledger_waits_total": pool.waits,
            "decsim_ledger_timeouts_total": pool.timeouts,
            "decsim_ledger_queries_total": pool.lent,
            "decsim_ledger_query_seconds_total": pool.lent_s,
            "decsim_ledger_retries_total": run.ledger.retries,
            "decsim_ledger_reconnects_total": run.ledger.reconnects,
            "decsim_query_cache_hits_total": queries.hits,
            "decsim_query_cache_misses_total": queries.misses,
            "decsim_query_cache_entries": queries.entries,
            "decsim_query_cache_hit_ratio": _share(queries.hits, queries.hits + queries.misses),
        }

    def _of_the_health(self) -> dict[str, float]:
        values: dict[str, float] = {}
        for seen in self._run.health.view():
            values[key_of("decsim_healthy", seen.name)] = float(seen.healthy)
            values[key_of("decsim_resource", seen.name)] = seen.value
        return values

    def _counter(self, name: str, value: float) -> float:
        """A count that never falls: a lost worker takes what it counted with it."""
        before = self._last.get(name, 0.0)
        self._last[name] = value
        gone = value < before
        self._rising[name] = self._rising.get(name, 0.0) + (value if gone else value - before)
        return self._rising[name]


def _labelled(name: str, values: Mapping[str, float]) -> dict[str, float]:
    return {key_of(name, label): value for label, value in values.items()}


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
