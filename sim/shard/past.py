"""What agents remember of their traffic: flows with step and score, and what follows from them.

An attack is met over several steps, often a few flows at a time, and what an agent learns on the
way makes the attack look normal to it. So the evidence for a vote is not what a model says now but
what was seen when. A flow is *suspicious* from `detection.threshold` on. It is *settled* if it was
seen before anybody can have seen what the signature is about (some steps before its publication),
or is older than `SETTLING` steps and was not suspicious. Only settled traffic speaks against a
signature; while nothing is old enough, all that was not suspicious stands for it. An attack that
nobody has published for long is old itself where it came first: for a vote, settled is only what
was there before flows like the signature began to come to the voter (`consensus.settled`).

* The *harmless radius* of a signature at an agent is the largest of `RADII` (see
  `sim.signatures.radii`) within which at most `TOLERANCE` of its settled flows lie. It is part of
  the ballot; the lower quartile of these is how far the signature reaches once accepted, and
  nobody applies one beyond its own.
* A *burst* are recent flows within it that come more often than before, beyond chance; see `Burst`.

Memory is a ring of fixed size, to which a step adds a limited number of flows, suspicious ones
first: a sample that forgets, as the micro-clusters of DenStream do (Cao, Ester, Qian, Zhou:
Density-based clustering over an evolving data stream with noise, SDM 2006), but of flows, as a
share of .002 cannot be told from clusters that have been merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.expect import within
from sim.checkpoint.memory import Memory
from sim.numerics.arrays import Flags, Floats
from sim.numerics.compilation import kernels_of
from sim.shard.models import Models
from sim.signatures.radii import RADII

Ints = NDArray[np.int64]
Codes = NDArray[np.uint8]

STEPS = 32
"""Steps that fill the memory if every one adds as much as it may."""
SETTLING = 24
"""Steps after which unsuspected flows are settled."""
LEAST_SETTLED = 160
"""Settled flows without which no radius is measured."""
TOLERANCE = 0.002
CANDIDATES = 64
"""Suspicious flows that are grouped for publication, at most."""
KERNELS = "sim.signatures.reach_kernels"
BURST_KERNELS = "sim.signatures.burst_kernels"


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What the past of `k` agents says about `S` signatures."""

    reach: Codes
    """(k, S) code of the harmless radius."""
    seen: Ints
    """(k, S) recent suspicious flows within it."""
    burst: Flags
    """(k, S) whether recent flows within it are a burst."""
    sudden: Flags
    """(k, S) whether nearly all flows within it are of the last `Burst.STEPS[1]` steps."""
    settled: Ints
    """(k, S) settled flows within the least of the radii."""


@dataclass(frozen=True, slots=True, eq=False)
class Suspicious:
    """The latest suspicious flows of `k` agents, at most C each, in front."""

    flows: Floats
    """(k, C, D)."""
    scores: Floats
    """(k, C) joint scores, 0 beyond the last."""
    steps: NDArray[np.int32]
    """(k, C), -1 beyond the last."""
    truth: NDArray[np.int16]
    """(k, C) for counting only."""


def _nothing_found(asked: Flags) -> Findings:
    return Findings(
        reach=np.zeros(asked.shape, dtype=np.uint8),
        seen=np.zeros(asked.shape, dtype=np.int64),
        burst=np.zeros(asked.shape, dtype=np.bool_),
        sudden=np.zeros(asked.shape, dtype=np.bool_),
        settled=np.zeros(asked.shape, dtype=np.int64),
    )


class Burst:
    """When flows that are alike come in a burst; see `sim.signatures.burst_kernels`."""

    STEPS = np.array([3, 6, 12], dtype=np.int64)
    """Numbers of last steps that are tried."""
    TRIED = 16
    """Flows of a step that may be in the middle of a burst, at most."""
    RADIUS = np.float32(0.25)
    LEAST = 4
    """Flows of a burst."""
    LEAST_SETTLED = 64
    """Settled flows without which no radius is measured."""
    CHANCE = 1e-5
    """Less likely is a burst that is published: thousands of flows are tried, and each is."""
    WITNESS_LEAST, WITNESS_CHANCE = 2, 1e-3
    """The same for a witness, who is asked about one signature."""
    SIGHTING_CHANCE = 0.05
    """The same for suspicious flows to be a sighting, and for old ones not to be settled."""


class Past:
    """The memory of `n` agents.

    Args:
        agents: n.
        size: flows per agent; 0 remembers nothing.
        features: D.
    """

    memory: ClassVar = Memory()

    def __init__(self, agents: int, size: int, features: int) -> None:
        self._flows: Floats = np.zeros((agents, size, features), dtype=np.float32)
        self._scores: Floats = np.zeros((agents, size), dtype=np.float32)
        self._odd: Flags = np.zeros((agents, size), dtype=np.bool_)
        self._squares: Floats = np.zeros((agents, size), dtype=np.float32)
        self._known: Flags = np.zeros((agents, size), dtype=np.bool_)
        self._steps: NDArray[np.int32] = np.full((agents, size), -1, dtype=np.int32)
        self._truth: NDArray[np.int16] = np.full((agents, size), -1, dtype=np.int16)
        self._head: Ints = np.zeros(agents, dtype=np.int64)

    def check_memory(self) -> None:
        """Refuse what is no ring.

        Raises:
            CheckpointError: a head is outside of its ring, or a step is none.
        """
        within("a head of the past", self._head, 0, max(self._flows.shape[1] - 1, 0))
        within("a step of the past", self._steps, -1, 1 << 30)

    def place(self) -> Ints:
        """(n,) where each ring goes on."""
        return self._head.copy()

    def go_back(self, rows: Ints, place: Ints) -> None:
        """Let the rings of these rows go on from where they stood; what follows is overwritten."""
        self._head[rows] = place[rows]

    def remember(
        self,
        rows: Ints,
        flows: Floats,
        scores: Floats,
        truth: NDArray[np.int16],
        flagged: Flags,
        models: Models,
        threshold: float,
        step: int,
    ) -> None:
        """Keep some of the flows (k, B, D) of these agents with their joint scores (k, B).

        Args:
            rows: (k,) agents.
            flows: (k, B, D).
            scores: (k, B) joint scores, NaN for what was not judged.
            truth: (k, B) for counting only.
            flagged: (k, B) whether an accepted signature matches them.
            models: the agents' own scales.
            threshold: score from which a flow is suspicious.
            step: now.
        """
        kernels_of(KERNELS).remember(
            rows,
            np.ascontiguousarray(flows),
            np.ascontiguousarray(scores),
            np.ascontiguousarray(truth),
            np.ascontiguousarray(flagged),
            np.float32(threshold),
            max(1, self._flows.shape[1] // STEPS),
            step,
            models.centre,
            models.scale,
            self._flows,
            self._scores,
            self._odd,
            self._steps,
            self._truth,
            self._squares,
            self._known,
            self._head,
        )

    def mark(
        self,
        rows: Ints,
        centres: Floats,
        limits: Floats,
        models: Models,
        similarity: float,
        *,
        attack: bool = True,
    ) -> None:
        """What accepted signatures match within their limits is known as an attack from now on.

        Args:
            rows: (k,) agents.
            centres: (S, D).
            limits: (k, S) largest relative distances; 0 does not use a signature.
            models: the agents' own scales.
            similarity: lowest cosine.
            attack: or no longer, if they were withdrawn.
        """
        kernels_of(KERNELS).mark(
            rows,
            self._flows,
            self._steps,
            self._squares,
            models.centre,
            models.scale,
            np.ascontiguousarray(centres),
            np.ascontiguousarray(limits),
            np.float32(similarity),
            attack,
            self._known,
        )

    def fitted(self, rows: Ints, models: Models) -> None:
        """Measure what these agents remember anew: they have other scales now."""
        kernels_of(KERNELS).measure_all(
            rows, self._flows, models.centre, models.scale, self._squares
        )

    def suspicious(self, rows: Ints, since: int) -> Suspicious:
        """The suspicious flows of these agents from the step `since` on."""
        found = self._room(len(rows))
        kernels_of(KERNELS).suspicious(
            rows,
            self._flows,
            self._scores,
            self._odd,
            self._steps,
            self._truth,
            self._head,
            since,
            found.flows,
            found.scores,
            found.steps,
            found.truth,
        )
        return found

    def _room(self, agents: int) -> Suspicious:
        shape = (agents, CANDIDATES)
        return Suspicious(
            flows=np.zeros((*shape, self._flows.shape[2]), dtype=np.float32),
            scores=np.zeros(shape, dtype=np.float32),
            steps=np.full(shape, -1, dtype=np.int32),
            truth=np.full(shape, -1, dtype=np.int16),
        )

    def emerging(self, rows: Ints, models: Models, similarity: float, step: int) -> Suspicious:
        """The flows that have begun to come to these agents, suspicious or not; see `Burst`."""
        found = self._room(len(rows))
        if step <= Burst.STEPS[0]:  # all that there is has come within the last steps
            return found
        kernels_of(BURST_KERNELS).emerging(
            rows,
            self._flows,
            self._scores,
            self._steps,
            self._truth,
            self._squares,
            self._head,
            models.centre,
            models.scale,
            step,
            Burst.STEPS,
            Burst.TRIED,
            Burst.LEAST,
            Burst.CHANCE,
            np.float32(similarity),
            Burst.RADIUS,
            found.flows,
            found.scores,
            found.steps,
            found.truth,
        )
        return found

    def probe(
        self,
        rows: Ints,
        asked: Flags,
        centres: Floats,
        since: Ints,
        models: Models,
        similarity: float,
        step: int,
        *,
        own_onset: bool = False,
    ) -> Findings:
        """What the past says about signatures.

        Args:
            rows: (k,) agents.
            asked: (k, S) about which signatures; nothing is found about others.
            centres: (S, D).
            since: (S,) steps before which nobody can have seen them.
            models: the agents' own scales.
            similarity: lowest cosine.
            step: now.
            own_onset: whether what has begun to come to an agent is not settled, however long ago.
        """
        found = _nothing_found(asked)
        row, which = np.nonzero(asked)
        if not len(row):
            return found
        reach = np.zeros(len(row), dtype=np.uint8)
        seen = np.zeros(len(row), dtype=np.int64)
        burst = np.zeros(len(row), dtype=np.bool_)
        sudden = np.zeros(len(row), dtype=np.bool_)
        settled = np.zeros(len(row), dtype=np.int64)
        kernels_of(BURST_KERNELS).probe(
            rows[row],
            which.astype(np.int64),
            self._flows,
            self._odd,
            self._known,
            self._steps,
            self._squares,
            models.centre,
            models.scale,
            np.ascontiguousarray(centres),
            since,
            step,
            Burst.STEPS,
            SETTLING,
            Burst.LEAST_SETTLED,
            LEAST_SETTLED,
            TOLERANCE,
            Burst.WITNESS_LEAST,
            Burst.WITNESS_CHANCE,
            Burst.SIGHTING_CHANCE,
            Burst.SIGHTING_CHANCE if own_onset else 0.0,
            np.float32(similarity),
            RADII,
            reach,
            seen,
            burst,
            sudden,
            settled,
        )
        found.reach[row, which], found.seen[row, which] = reach, seen
        found.burst[row, which], found.sudden[row, which] = burst, sudden
        found.settled[row, which] = settled
        return found
