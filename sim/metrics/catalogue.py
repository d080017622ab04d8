"""The metrics by name: what each one counts. The only place where a metric is declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

STEP_SECONDS = "decsim_step_seconds"
"""The one histogram; its value is the time of the last step."""
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of its buckets, s."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric, or several that differ in a label."""

    name: str
    """Counters end in `_total`; units are seconds, bytes and shares of 1."""
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    label: str = ""
    """Name of the label, or empty."""


FAMILIES = (
    Family("decsim_steps_total", "counter", "Steps done since the start of the run."),
    Family(STEP_SECONDS, "histogram", "Time of a step since the run was opened."),
    Family("decsim_phase_seconds_total", "counter", "Time spent in each phase.", "phase"),
    Family("decsim_signatures_total", "counter", "Signatures published."),
    Family("decsim_verdicts_total", "counter", "Signatures decided or expired.", "verdict"),
    Family("decsim_consensus_ratio", "gauge", "Share of the verdicts that are no expiry."),
    Family("decsim_pending_signatures", "gauge", "Signatures without a verdict."),
    Family("decsim_flows_scored_total", "counter", "Flows that a model scored."),
    Family("decsim_errors_total", "counter", "Errors survived.", "kind"),
    Family("decsim_agents", "gauge", "Agents by what they do.", "state"),
    Family("decsim_validations_total", "counter", "Signatures judged by an agent's own model."),
    Family("decsim_cache_hits_total", "counter", "Judgements that came from the cache."),
    Family("decsim_cache_misses_total", "counter", "Judgements that had to be computed."),
    Family("decsim_cache_evictions_total", "counter", "Judgements that had to make room."),
    Family("decsim_cache_entries", "gauge", "Judgements in the cache."),
    Family("decsim_cache_hit_ratio", "gauge", "Share of the judgements from the cache."),
    Family("decsim_model_updates_total", "counter", "Models fitted."),
    Family("decsim_ledger_entries", "gauge", "Rows of the hash chain."),
    Family("decsim_ledger_connections", "gauge", "Connections that read.", "state"),
    Family("decsim_ledger_waits_total", "counter", "Waits for a connection that reads."),
    Family("decsim_ledger_timeouts_total", "counter", "Waits for a connection in vain."),
    Family("decsim_ledger_queries_total", "counter", "Queries that reached the database."),
    Family("decsim_ledger_query_seconds_total", "counter", "Time spent in these queries."),
    Family("decsim_ledger_retries_total", "counter", "Attempts to write that were repeated."),
    Family("decsim_ledger_reconnects_total", "counter", "Connections lost and replaced."),
    Family("decsim_query_cache_hits_total", "counter", "Queries answered from the cache."),
    Family("decsim_query_cache_misses_total", "counter", "Queries not in the cache."),
    Family("decsim_query_cache_entries", "gauge", "Query results in the cache."),
    Family("decsim_query_cache_hit_ratio", "gauge", "Share of the queries from the cache."),
    Family("decsim_healthy", "gauge", "1 while a check is well.", "check"),
    Family("decsim_resource", "gauge", "What a check measures.", "check"),
)


def key_of(name: str, value: str = "") -> str:
    """How a value is called: the name of its family, with the value of the label if it has one."""
    return f"{name}{{{value}}}" if value else name


def split(key: str) -> tuple[str, str]:
    """Name of the family and value of the label; the inverse of `key_of`."""
    name, _, value = key.partition("{")
    return name, value.removesuffix("}")
