"""The cache of judgements: how anomalous a signature is under a voter's own model.

Scoring a signature is the costly part of a vote, and its result depends on two things only: the
content of the signature and the version of the voter's model. The cache keeps it by these two, so
it can never change a verdict. One line holds the judgements of a whole shard on one content;
lines leave by least recent use, single judgements by age and by a new version of the model.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.memory import Memory
from sim.numerics.arrays import Flags, Floats
from sim.numerics.compilation import kernels_of

Ints = NDArray[np.int64]
_NONE = -1
_ROOM = 16
"""Lines made at first."""


@dataclass(slots=True)
class CacheCounts:
    """What happened in a cache since it was made."""

    hits: int = 0
    misses: int = 0
    stale: int = 0
    """Found, but too old; these are misses, too."""
    evictions: int = 0
    """Judgements that had to make room."""
    vote_hits: int = 0
    """Of the hits those of votes; the others are of accepted signatures."""
    vote_misses: int = 0
    """Of the misses those of votes."""

    def add(self, other: CacheCounts) -> None:
        """Count the other's events too."""
        self.hits += other.hits
        self.misses += other.misses
        self.stale += other.stale
        self.evictions += other.evictions
        self.vote_hits += other.vote_hits
        self.vote_misses += other.vote_misses


class JudgementCache:
    """LRU by content, TTL in steps, for the `voters` of one shard.

    The judgements lie in one block of memory, a line of it for each content.
    """

    memory: ClassVar = Memory(
        # A judgement never changes a result: what is lost is judged again.
        without=("_voters", "_lines", "_free", "_scores", "_versions", "_steps", "_guards"),
        values=(CacheCounts,),
    )

    def __init__(self, voters: int) -> None:
        self.counts = CacheCounts()
        self._voters = voters
        self._lines: OrderedDict[bytes, int] = OrderedDict()
        """Content → its line, least recently used first."""
        self._free: list[int] = []
        self._scores: Floats = np.zeros((0, voters), dtype=np.float32)
        self._versions = np.full((0, voters), _NONE, dtype=np.int32)
        """Version of the model that judged; -1 for no judgement."""
        self._steps = np.zeros((0, voters), dtype=np.int32)
        self._guards = np.zeros((0, voters), dtype=np.uint64)
        """Check values, so that a damaged judgement is noticed instead of believed."""

    def __len__(self) -> int:
        """Judgements kept."""
        return int(np.count_nonzero(self._versions != _NONE))

    def holds(self, content: bytes, versions: Ints) -> Flags:
        """(n,) whose judgement of a content, by the present version of the model, is kept.

        Asks without using: nothing is counted, and no line becomes the latest.
        """
        line = self._lines.get(content)
        if line is None:
            return np.zeros(self._voters, dtype=np.bool_)
        return np.asarray(self._versions[line] == versions, dtype=np.bool_)

    def look_up(
        self,
        contents: Sequence[bytes],
        versions: Ints,
        step: int,
        ttl: int,
        wanted: Flags | None = None,
    ) -> tuple[Floats, Flags, Flags]:
        """What is known already.

        Args:
            contents: S fingerprints.
            versions: (n,) present versions of the voters' models, -1 for none.
            step: now.
            ttl: steps that a judgement is good for.
            wanted: (n, S) which judgements are asked for; None is all.

        Returns:
            (n, S) scores, NaN where unknown; (n, S) which are known; (n,) voters whose cache was
            inconsistent and has been cleared.
        """
        shape = (self._voters, len(contents))
        scores = np.full(shape, np.nan, dtype=np.float32)
        known = np.zeros(shape, dtype=np.bool_)
        damaged = np.zeros(self._voters, dtype=np.bool_)
        if not contents:
            return scores, known, damaged
        lines = np.array([self._lines.get(c, -1) for c in contents], dtype=np.int64)
        for content in contents:
            if content in self._lines:
                self._lines.move_to_end(content)
        self.counts.stale += kernels_of("sim.shard.judgement_kernels").look_up(
            lines,
            np.ones(shape, dtype=np.bool_) if wanted is None else wanted,
            versions,
            step,
            ttl,
            self._scores,
            self._scores.view(np.uint32),
            self._versions,
            self._steps,
            self._guards,
            scores,
            known,
            damaged,
        )
        if damaged.any():
            known[damaged] = False
            self.clear(damaged)
        return scores, known, damaged

    def store(
        self, contents: Sequence[bytes], scores: Floats, judged: Flags, versions: Ints, step: int
    ) -> None:
        """Keep the (n, S) `scores` where `judged`."""
        if not contents:
            return
        lines = np.full(len(contents), -1, dtype=np.int64)
        for column in np.flatnonzero(judged.any(axis=0)).tolist():
            lines[column] = self._line_for(contents[column])
        kernels_of("sim.shard.judgement_kernels").store(
            lines,
            scores,
            scores.view(np.uint32),
            judged,
            versions,
            step,
            self._scores,
            self._versions,
            self._steps,
            self._guards,
        )

    def shrink(self, capacity: int) -> None:
        """Drop least recently used contents until at most `capacity` judgements can be held."""
        allowed = capacity // max(1, self._voters)
        surplus = max(0, len(self._lines) - allowed)
        lines = [self._lines.popitem(last=False)[1] for _ in range(surplus)]
        if lines:
            self.counts.evictions += int(np.count_nonzero(self._versions[lines] != _NONE))
            self._versions[lines] = _NONE
            self._free += lines

    def clear(self, voters: Flags) -> None:
        """Forget all judgements of these (n,) voters."""
        self._versions[:, voters] = _NONE

    def corrupt(self, voters: Flags) -> None:
        """Damage the judgements of these voters, as a fault injection does."""
        self._scores[:, voters] += np.float32(0.5)

    def _line_for(self, content: bytes) -> int:
        line = self._lines.get(content)
        if line is None:
            if not self._free:
                self._grow()
            line = self._lines[content] = self._free.pop()
        return line

    def _grow(self) -> None:
        """Double the room."""
        before = len(self._scores)
        more = max(_ROOM, before)
        self._scores, self._versions, self._steps, self._guards = (
            np.concatenate([block, np.full((more, self._voters), value, dtype=block.dtype)])
            for block, value in (
                (self._scores, 0),
                (self._versions, _NONE),
                (self._steps, 0),
                (self._guards, 0),
            )
        )
        self._free += range(before + more - 1, before - 1, -1)
