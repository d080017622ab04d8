"""What to do about what slows a run down: pure functions of measurements.

Only knobs that cannot change a result are turned. Thresholds to grow and to shrink lie apart, so
that no knob is turned to and fro.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.resources.bottleneck import Measurements, bottleneck

MEMORY_LOW = 0.6
"""Share of the memory up to which caches may grow."""
IDLE = 0.6
"""Processors in use per thread below which threads mostly wait for each other."""
SATURATED = 0.9
"""Processors in use per thread from which one more thread may help."""
WORTHWHILE = 0.05
"""Share of look-ups that must miss before a larger cache is worth its memory."""

MOST_GROWTH = 8
"""Times the configured size that a cache may grow to."""
LEAST_CACHE = 1024
LEAST_QUERIES = 32
JUDGEMENT_BYTES = 32
QUERY_BYTES = 4096
"""Generous estimates of what one entry takes."""
APART = 10
"""Calls of every worker in a step, about, where each phase is one."""
TOGETHER = 7
"""The same where the phases up to the vote are one call."""

KnobName = Literal[
    "threads", "judgement cache", "query cache", "steps per transaction", "calls per step"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """What can be turned, as it stands and as it was configured."""

    threads: int = 0
    """0 where there is no pool of threads."""
    most_threads: int = 0
    """As many as there are processors, shards and wishes for."""
    cache: int = 0
    cache_asked: int = 0
    queries: int = 0
    queries_asked: int = 0
    batch: int = 1
    """Steps per transaction."""
    most_batch: int = 1
    """As many as are allowed; 1 where nothing may be held back."""
    calls: int = 0
    """Calls of every worker in a step; 0 where shards are in this process."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of one knob."""

    knob: KnobName
    old: int
    new: int
    why: str


def advise(
    measured: Measurements, knobs: Knobs, resting: frozenset[KnobName] = frozenset()
) -> Turn | None:
    """The turn that helps most now, or None.

    Args:
        measured: means of the last steps.
        knobs: as they stand.
        resting: knobs that are left alone for now.
    """
    if knobs.threads > knobs.most_threads > 0 and "threads" not in resting:
        why = f"no more than {knobs.most_threads} can compute at once"
        return Turn("threads", knobs.threads, knobs.most_threads, why)
    match bottleneck(measured):
        case "memory":
            turns = (_less_judgements(measured, knobs), _less_queries(measured, knobs))
        case "network":
            turns = (_fewer_calls(measured, knobs), None)
        case "io":
            turns = (_longer_batch(measured, knobs), _more_queries(measured, knobs))
        case "cpu":
            turns = (_more_judgements(measured, knobs), _threads(measured, knobs))
        case _:
            turns = (None, None)
    return next((turn for turn in turns if turn is not None and turn.knob not in resting), None)


def _less_judgements(measured: Measurements, knobs: Knobs) -> Turn | None:
    if knobs.cache <= LEAST_CACHE:
        return None
    new = max(LEAST_CACHE, knobs.cache // 2)
    return Turn("judgement cache", knobs.cache, new, _taken(measured))


def _less_queries(measured: Measurements, knobs: Knobs) -> Turn | None:
    if knobs.queries <= LEAST_QUERIES:
        return None
    new = max(LEAST_QUERIES, knobs.queries // 2)
    return Turn("query cache", knobs.queries, new, _taken(measured))


def _taken(measured: Measurements) -> str:
    return f"{measured.memory:.0%} of the memory is taken"


def _fewer_calls(measured: Measurements, knobs: Knobs) -> Turn | None:
    if knobs.calls <= TOGETHER:
        return None
    share = measured.round_trips / max(measured.step, 1e-9)
    why = f"{share:.0%} of a step goes into calling workers"
    return Turn("calls per step", knobs.calls, TOGETHER, why)


def _longer_batch(measured: Measurements, knobs: Knobs) -> Turn | None:
    if knobs.batch >= knobs.most_batch:
        return None
    why = f"{measured.ledger / max(measured.step, 1e-9):.0%} of a step goes into the ledger"
    new = min(2 * knobs.batch, knobs.most_batch)
    return Turn("steps per transaction", knobs.batch, new, why)


def _more_queries(measured: Measurements, knobs: Knobs) -> Turn | None:
    new = min(2 * knobs.queries, MOST_GROWTH * knobs.queries_asked)
    room = measured.memory <= MEMORY_LOW and new * QUERY_BYTES <= measured.memory_free // 10
    wanted = measured.query_evictions and measured.query_misses >= WORTHWHILE
    if not (wanted and room and new > knobs.queries):
        return None
    why = f"{measured.query_misses:.0%} of the queries miss and results make room for others"
    return Turn("query cache", knobs.queries, new, why)


def _more_judgements(measured: Measurements, knobs: Knobs) -> Turn | None:
    new = min(2 * knobs.cache, MOST_GROWTH * knobs.cache_asked)
    room = measured.memory <= MEMORY_LOW and new * JUDGEMENT_BYTES <= measured.memory_free // 10
    wanted = measured.evictions and measured.misses >= WORTHWHILE
    if not (wanted and room and new > knobs.cache):
        return None
    why = f"{measured.misses:.0%} of the judgements miss and others make room for them"
    return Turn("judgement cache", knobs.cache, new, why)


def _threads(measured: Measurements, knobs: Knobs) -> Turn | None:
    if not knobs.threads:
        return None
    busy = measured.processors_busy
    if busy < IDLE * knobs.threads and knobs.threads > 1:
        why = f"{knobs.threads} threads keep {busy:.1f} processors busy"
        return Turn("threads", knobs.threads, knobs.threads - 1, why)
    if busy >= SATURATED * knobs.threads and knobs.threads < knobs.most_threads:
        why = f"{knobs.threads} threads are all busy"
        return Turn("threads", knobs.threads, knobs.threads + 1, why)
    return None
