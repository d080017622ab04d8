"""The present value of every metric, read once after each step from whoever counts it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping

import numpy as np

from sim.metrics.catalogue import BOUNDS, STEP_SECONDS, key_of
from sim.model.model import Population
from sim.resources.resources import Resources
from sim.snapshot import AgentState, HealthView

Values = Mapping[str, float]
"""`key_of` → value."""
VERDICTS = ("ACCEPTED", "REJECTED", "EXPIRED")


class MetricRegistry:
    """Values of one run, as a whole and between two steps.

    Any thread may read `values`: each step puts a new mapping in the place of the last one.

    Args:
        simulation: what is computed.
        resources: what it is computed with.
        health: tells how the checks were seen last.
    """

    def __init__(
        self,
        simulation: Population,
        resources: Resources,
        health: Callable[[], tuple[HealthView, ...]],
    ) -> None:
        self._simulation = simulation
        self._resources = resources
        self._health = health
        self._buckets = [0] * (len(BOUNDS) + 1)
        """Steps by duration; the last one is beyond all bounds."""
        self._seconds = 0.0
        self._rising: dict[str, float] = {}
        self._last: dict[str, float] = {}
        self.values: Values = {}

    def observe(self, seconds: float, phases: Mapping[str, float]) -> None:
        """Read everything after a step.

        Args:
            seconds: how long it took, s.
            phases: phase → seconds since the run was built.
        """
        self._buckets[bisect_left(BOUNDS, seconds)] += 1
        self._seconds += seconds
        self.values = {
            STEP_SECONDS: seconds,
            **self._of_the_simulation(),
            **_labelled("decsim_phase_seconds_total", phases),
            **self._of_the_agents(),
            **self._of_the_ledger(),
            **self._of_the_health(),
        }

    def step_times(self) -> tuple[tuple[tuple[float, int], ...], float]:
        """Upper bound and number of the steps up to it, s; and the sum of all times, s."""
        counts = np.cumsum(self._buckets).tolist()
        return tuple(zip((*BOUNDS, float("inf")), counts, strict=True)), self._seconds

    def _of_the_simulation(self) -> dict[str, float]:
        simulation = self._simulation
        counts = simulation.assembly.counts
        decided = sum(counts[verdict] for verdict in VERDICTS)
        states = np.bincount(simulation.states(), minlength=len(AgentState))
        return {
            "decsim_steps_total": simulation.now,
            "decsim_signatures_total": counts["published"],
            "decsim_pending_signatures": counts["published"] - decided,
            "decsim_consensus_ratio": _share(decided - counts["EXPIRED"], decided),
            "decsim_flows_scored_total": simulation.flows_scored,
            **{key_of("decsim_verdicts_total", v.lower()): counts[v] for v in VERDICTS},
            **_labelled("decsim_errors_total", simulation.errors.counts()),
            **{key_of("decsim_agents", s.name.lower()): int(states[s]) for s in AgentState},
        }

    def _of_the_agents(self) -> dict[str, float]:
        simulation = self._simulation
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
        ledger, pool = self._resources.ledger, self._resources.pool.statistics()
        queries = self._resources.query_cache.statistics()
        return {
            "decsim_ledger_entries": ledger.length,
            key_of("decsim_ledger_connections", "open"): pool.open,
            key_of("decsim_ledger_connections", "in_use"): pool.in_use,
            key_of("decsim_ledger_connections", "allowed"): pool.size,
            "decsim_ledger_waits_total": pool.waits,
            "decsim_ledger_timeouts_total": pool.timeouts,
            "decsim_ledger_queries_total": pool.lent,
            "decsim_ledger_query_seconds_total": pool.lent_s,
            "decsim_ledger_retries_total": ledger.retries,
            "decsim_ledger_reconnects_total": ledger.reconnects,
            "decsim_query_cache_hits_total": queries.hits,
            "decsim_query_cache_misses_total": queries.misses,
            "decsim_query_cache_entries": queries.entries,
            "decsim_query_cache_hit_ratio": _share(queries.hits, queries.hits + queries.misses),
        }

    def _of_the_health(self) -> dict[str, float]:
        values: dict[str, float] = {}
        for seen in self._health():
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
