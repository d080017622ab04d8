"""What slows a run down, and what to do about it: pure functions of measurements.

Only knobs that cannot change a result are turned: number of threads, sizes of caches and of the
reader pool. Thresholds to grow and to shrink lie apart, so that no knob is turned to and fro.
"""

from __future__ import annotations

from dataclasses import dataclass

MEMORY_HIGH = 0.85
"""Share of the memory from which caches shrink."""
MEMORY_LOW = 0.6
"""Share of the memory up to which caches may grow."""
LEDGER_SHARE = 0.4
"""Share of a step spent on the ledger from which input and output are the bottleneck."""
NETWORK_SHARE = 0.5
"""Share of a step spent on empty round trips from which the network is."""
COMPUTE_SHARE = 0.5
"""Share of a step spent on computing from which the processors are."""
IDLE = 0.6
"""Processors in use per thread below which threads mostly wait for each other."""
SATURATED = 0.9
"""Processors in use per thread from which one more thread may help."""
WORTHWHILE = 0.05
"""Share of look-ups that must miss before a larger cache is worth its memory."""
SLOWER = 1.1
"""Ratio of step times from which a step counts as slower."""

MOST_GROWTH = 8
"""Times the configured size that a cache may grow to."""
LEAST_CACHE = 1024
LEAST_QUERIES = 32
MOST_READERS = 16
JUDGEMENT_BYTES = 32
QUERY_BYTES = 4096
"""Generous estimates of what one entry takes."""


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
    pool_waits: int = 0
    """How often a thread waited for a reader, in all these steps."""


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
    readers: int = 1


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of one knob."""

    knob: str
    """`threads`, `judgement cache`, `query cache` or `reader pool`."""
    old: int
    new: int
    why: str


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


def advise(measured: Measurements, knobs: Knobs) -> Turn | None:
    """The turn that helps most now, or None."""
    if knobs.threads > knobs.most_threads > 0:
        why = f"no more than {knobs.most_threads} can compute at once"
        return Turn("threads", knobs.threads, knobs.most_threads, why)
    match bottleneck(measured):
        case "memory":
            return _shrink(measured, knobs)
        case "io":
            return _more_readers(measured, knobs) or _more_queries(measured, knobs)
        case "cpu":
            return _more_judgements(measured, knobs) or _threads(measured, knobs)
    return None


def _shrink(measured: Measurements, knobs: Knobs) -> Turn | None:
    why = f"{measured.memory:.0%} of the memory is taken"
    if knobs.cache > LEAST_CACHE:
        return Turn("judgement cache", knobs.cache, max(LEAST_CACHE, knobs.cache // 2), why)
    if knobs.queries > LEAST_QUERIES:
        return Turn("query cache", knobs.queries, max(LEAST_QUERIES, knobs.queries // 2), why)
    return None


def _more_readers(measured: Measurements, knobs: Knobs) -> Turn | None:
    if not measured.pool_waits or knobs.readers >= MOST_READERS:
        return None
    why = f"readers were waited for {measured.pool_waits} times"
    return Turn("reader pool", knobs.readers, knobs.readers + 1, why)


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


def regret(turn: Turn, before: float, after: float) -> Turn | None:
    """The turn back, if steps take longer `after` a change of threads than `before`, s."""
    if turn.knob != "threads" or after <= SLOWER * before:
        return None
    why = f"a step took {1000 * after:.3g} ms instead of {1000 * before:.3g} ms"
    return Turn(turn.knob, turn.new, turn.old, why)
