"""What the run costs, what went wrong in it, and how well its resources are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """Cache, pace and cost of the run."""

    hits: int = 0
    misses: int = 0
    stale: int = 0
    """Misses because of a judgement that had outlived its time."""
    evictions: int = 0
    cached: int = 0
    """Judgements in the cache now."""
    capacity: int = 0
    vote_hits: int = 0
    """Of the hits those of votes; the others are of accepted signatures."""
    vote_misses: int = 0
    last_votes: tuple[int, int] = (0, 0)
    """Hits and misses of votes in the last step."""
    last_blocklist: tuple[int, int] = (0, 0)
    """Hits and misses of accepted signatures in the last step."""
    hit_rates: tuple[float, ...] = ()
    """Hit rate per step, oldest first; NaN for a step without look-ups."""
    step_seconds: tuple[float, ...] = ()
    """Time of each step, oldest first, s."""
    steps_per_second: float | None = None
    """Measured since the run was last held; None before two steps in a row."""
    phases: tuple[tuple[str, float], ...] = ()
    """Phase → mean seconds over the last steps."""
    flows_scored: int = 0
    ledger_entries: int = 0
    ledger_head: str = ""
    """Hex."""
    readers: tuple[int, int] = (0, 0)
    """Reader connections open and allowed."""
    query_hits: int = 0
    query_misses: int = 0
    journal_mode: str = ""
    memory_bytes: int = 0
    """Resident set of the process."""

    @property
    def hit_rate(self) -> float | None:
        """Share of look-ups answered from the cache since the start."""
        return share_of((self.hits, self.misses))

    @property
    def blocklist(self) -> tuple[int, int]:
        """Hits and misses of accepted signatures since the start."""
        return self.hits - self.vote_hits, self.misses - self.vote_misses


def share_of(counts: tuple[int, int]) -> float | None:
    """Share of hits among hits and misses; None without any."""
    return counts[0] / sum(counts) if sum(counts) else None


@dataclass(frozen=True, slots=True, eq=False)
class ErrorCount:
    """Errors of one kind."""

    kind: str
    """`where.what`, e.g. `agent.refit`."""
    count: int
    first_step: int
    last_step: int
    message: str
    """Of the last one."""


@dataclass(frozen=True, slots=True, eq=False)
class HealthView:
    """One check of the resources of the run."""

    name: str
    """`memory`, `disk`, `files`, `connections`, `threads`, `step`, or that of a plug-in."""
    healthy: bool
    value: float
    limit: float
    """0 where there is none."""
    unit: str
    """`bytes`, `s`, or empty for a count."""
    since: int
    """Step since which it is as it is."""
    text: str
    """Value and limit for people; empty without a limit."""
    done: str = ""
    """What clean-up did while it is unhealthy."""
