"""What a run stands on and may be turned while it runs: nothing of it can change a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Literal, Protocol

from sim.config.schema import Config
from sim.execution.executor import Executor
from sim.ledger.batch import Batch
from sim.ledger.cache import QueryCache
from sim.ledger.ledger import Ledger
from sim.ledger.pool import ReaderPool

Owner = Literal["tuner", "relief", "pressure", "recovery"]
"""Who may turn a size: the tuner, clean-up for a health check, an injected memory pressure, and
recovery from a real one."""


class Log(Protocol):
    """Where it is told what happened to a run."""

    now: int
    """Step under way or done last."""

    def notice(self, text: str) -> None:
        """Say something that is worth knowing though it is no error."""

    def count_error(self, kind: str, text: str) -> None:
        """Count an error that the run survives, at the present step."""


class Size:
    """The size of a cache: what was configured, times one factor of each owner.

    No owner puts back what it found: each changes only its own factor.

    Args:
        configured: tells the size that the configuration asks for now.
        apply: called with each new size; None where somebody asks for `now` instead.
    """

    def __init__(
        self, configured: Callable[[], int], apply: Callable[[int], None] | None = None
    ) -> None:
        self._configured = configured
        self._apply = apply
        self._factors: dict[Owner, float] = {}

    @property
    def configured(self) -> int:
        """What the configuration asks for."""
        return self._configured()

    @property
    def now(self) -> int:
        """What holds; 0 only where that is configured."""
        asked = self._configured()
        return max(1, round(asked * prod(self._factors.values()))) if asked else 0

    def factor(self, owner: Owner) -> float:
        """The factor of one owner."""
        return self._factors.get(owner, 1.0)

    def scale(self, owner: Owner, factor: float) -> None:
        """Let the factor of one owner be this."""
        self._factors[owner] = factor
        self._tell()

    def turn(self, owner: Owner, new: int) -> None:
        """Let the size be `new` by the factor of one owner."""
        others = prod(factor for name, factor in self._factors.items() if name != owner)
        asked = self._configured() or 1  # switched off: any factor leaves it so
        self.scale(owner, new / (asked * others))

    def release(self, *owners: Owner) -> None:
        """Forget the factors of these owners."""
        for owner in owners:
            self._factors.pop(owner, None)
        self._tell()

    def _tell(self) -> None:
        if self._apply is not None:
            self._apply(self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What the tuner, the health watch, injected faults and the metrics touch of one run."""

    config: Config
    """Live."""
    log: Log
    executor: Executor
    shards: int
    """Shards of the population, wherever they are computed."""
    judgements: Size
    """Of the cache of judgements, all shards together."""
    queries: Size
    query_cache: QueryCache
    pool: ReaderPool
    ledger: Ledger
    batch: Batch
    """Which steps are written together."""
    checkpoint: Callable[[], bool]
    """Takes a checkpoint of the last recorded step; whether it has one now, or is about to."""
    judged: Callable[[], Mapping[str, int]]
    """Events of the cache of judgements since the start of the run."""

    def inherit(self, other: Resources, owner: Owner, factor: float) -> None:
        """Take over the sizes of a run that is built again, and shrink them for an owner."""
        for mine, theirs in ((self.judgements, other.judgements), (self.queries, other.queries)):
            for name in ("tuner", "relief", "recovery"):
                mine.scale(name, theirs.factor(name))
            mine.scale(owner, mine.factor(owner) * factor)
