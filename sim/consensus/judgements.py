"""The cache of judgements: how anomalous a signature is under a voter's own model.

Scoring a signature is the costly part of a vote, and its result depends on two things only: the
content of the signature and the version of the voter's model. The cache keeps it by these two, so
it can never change a verdict. One entry holds the judgements of a whole shard on one content;
entries leave by least recent use, single judgements by age and by a new version of the model.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.signatures.deviation import Flags, Floats

Ints = NDArray[np.int64]


@dataclass(slots=True)
class CacheCounts:
    """What happened in a cache since it was made."""

    hits: int = 0
    misses: int = 0
    stale: int = 0
    """Found, but too old; these are misses, too."""
    evictions: int = 0
    """Judgements that had to make room."""

    def add(self, other: CacheCounts) -> None:
        """Count the other's events too."""
        self.hits += other.hits
        self.misses += other.misses
        self.stale += other.stale
        self.evictions += other.evictions


@dataclass(slots=True, eq=False)
class _Entry:
    """The judgements of `n` voters on one content."""

    scores: Floats
    versions: Ints
    """Version of the model that judged; -1 for no judgement."""
    steps: Ints
    guards: NDArray[np.uint64]
    """Check values, so that a damaged judgement is noticed instead of believed."""


class JudgementCache:
    """LRU by content, TTL in steps, for the `voters` of one shard."""

    def __init__(self, voters: int) -> None:
        self.counts = CacheCounts()
        self._voters = voters
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()

    def __len__(self) -> int:
        """Judgements kept."""
        return sum(int((e.versions >= 0).sum()) for e in self._entries.values())

    def look_up(
        self, contents: list[bytes], versions: Ints, step: int, ttl: int
    ) -> tuple[Floats, Flags, Flags]:
        """What is known already.

        Args:
            contents: S fingerprints.
            versions: (n,) present versions of the voters' models, -1 for none.
            step: now.
            ttl: steps that a judgement is good for.

        Returns:
            (n, S) scores; (n, S) which are known; (n,) voters whose cache was inconsistent and has
            been cleared.
        """
        shape = (self._voters, len(contents))
        scores = np.zeros(shape, dtype=np.float32)
        known = np.zeros(shape, dtype=np.bool_)
        damaged = np.zeros(self._voters, dtype=np.bool_)
        for column, content in enumerate(contents):
            entry = self._entries.get(content)
            if entry is None:
                continue
            self._entries.move_to_end(content)
            current = (entry.versions == versions) & (versions >= 0)
            wrong = current & (entry.guards != _guard(entry.scores, entry.versions, entry.steps))
            damaged |= wrong
            fresh = step - entry.steps <= ttl
            self.counts.stale += int((current & ~fresh).sum())
            known[:, column] = current & fresh & ~wrong
            scores[:, column] = entry.scores
        if damaged.any():
            known[damaged] = False
            self.clear(damaged)
        return scores, known, damaged

    def store(
        self, contents: list[bytes], scores: Floats, judged: Flags, versions: Ints, step: int
    ) -> None:
        """Keep the (n, S) `scores` where `judged`."""
        for column, content in enumerate(contents):
            rows = judged[:, column]
            if not rows.any():
                continue
            entry = self._entries.get(content)
            if entry is None:
                entry = self._entries[content] = _empty_entry(self._voters)
            entry.scores[rows] = scores[rows, column]
            entry.versions[rows] = versions[rows]
            entry.steps[rows] = step
            entry.guards[rows] = _guard(entry.scores, entry.versions, entry.steps)[rows]

    def shrink(self, capacity: int) -> None:
        """Drop least recently used contents until at most `capacity` judgements can be held."""
        allowed = capacity // max(1, self._voters)
        while len(self._entries) > allowed:
            _, entry = self._entries.popitem(last=False)
            self.counts.evictions += int((entry.versions >= 0).sum())

    def clear(self, voters: Flags) -> None:
        """Forget all judgements of these (n,) voters."""
        for entry in self._entries.values():
            entry.versions[voters] = -1

    def corrupt(self, voters: Flags) -> None:
        """Damage the judgements of these voters, as a fault injection does."""
        for entry in self._entries.values():
            entry.scores[voters] += np.float32(0.5)


def _empty_entry(voters: int) -> _Entry:
    return _Entry(
        scores=np.zeros(voters, dtype=np.float32),
        versions=np.full(voters, -1, dtype=np.int64),
        steps=np.zeros(voters, dtype=np.int64),
        guards=np.zeros(voters, dtype=np.uint64),
    )


def _guard(scores: Floats, versions: Ints, steps: Ints) -> NDArray[np.uint64]:
    bits: NDArray[np.uint64] = scores.view(np.uint32).astype(np.uint64)
    bits = bits * np.uint64(0x9E3779B97F4A7C15)
    bits ^= np.left_shift(versions.astype(np.uint64), np.uint64(17))
    bits ^= steps.astype(np.uint64)
    return bits
