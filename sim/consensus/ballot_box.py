"""The signatures under vote, with the ballots they have so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.config.schema import ConsensusSection
from sim.consensus.rules import RULES, Tally
from sim.consensus.votes import NO_VOTE, Codes
from sim.ledger.ballots import Vote, count_ballots, pack_ballots, unpack_ballots
from sim.ledger.rows import Verdict
from sim.rng import Purpose, keys, uniforms
from sim.signatures.deviation import Flags, Floats

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Count:
    """What one step added to the vote on one signature."""

    ballots: bytes
    """Packed; may hold abstentions only if the signature has just been decided."""
    confirm: float
    refute: float
    abstain: int


@dataclass(slots=True, eq=False)
class Poll:
    """One signature under vote."""

    id: int
    """Its seq in the ledger."""
    step: int
    """Step of its publication."""
    publisher: int
    fingerprint: bytes
    centre: Floats
    eligible: Flags
    """(A,) who may vote; never the publisher."""
    cast: Codes
    """(A,) definite votes so far."""
    tally: Tally = field(default_factory=Tally)
    abstaining: int = 0
    """Eligible agents that were asked last and abstained."""

    def add(self, votes: Codes, reasons: Codes, weights: NDArray[np.float64]) -> Count | None:
        """Count the new definite votes; nobody votes twice.

        Args:
            votes: (A,) what each agent says now.
            reasons: (A,).
            weights: (A,) 0..1.
        """
        open_to_vote = self.eligible & (self.cast == NO_VOTE)
        self.abstaining = int((open_to_vote & (votes == Vote.ABSTAIN)).sum())
        definite = open_to_vote & ((votes == Vote.CONFIRM) | (votes == Vote.REFUTE))
        voters = np.flatnonzero(definite)
        if not len(voters):
            return None
        self.cast[voters] = votes[voters]
        count = _pack(voters, votes, reasons, weights)
        # As recorded: a weight too small for a ballot is none.
        heavy = unpack_ballots(count.ballots)["weight"] > 0
        confirms = votes[voters] == Vote.CONFIRM
        self.tally = Tally(
            confirm=self.tally.confirm + count.confirm,
            refute=self.tally.refute + count.refute,
            confirmations=self.tally.confirmations + int((confirms & heavy).sum()),
            refutations=self.tally.refutations + int((~confirms & heavy).sum()),
        )
        return count

    def close(self, votes: Codes, reasons: Codes, weights: NDArray[np.float64]) -> Count | None:
        """The abstentions that stand when the vote ends."""
        silent = self.eligible & (self.cast == NO_VOTE) & (votes == Vote.ABSTAIN)
        voters = np.flatnonzero(silent)
        return _pack(voters, votes, reasons, weights) if len(voters) else None

    def verdict(self, settings: ConsensusSection, step: int) -> Verdict | None:
        """The verdict in this step, or None while the signature is pending."""
        decided = RULES[settings.rule](self.tally, settings.quorum, settings.min_confirmations)
        if decided == "ACCEPTED":
            return "ACCEPTED"
        if decided == "REJECTED":
            return "REJECTED"
        return "EXPIRED" if step - self.step >= settings.expiry_steps else None


def _pack(voters: Ints, votes: Codes, reasons: Codes, weights: NDArray[np.float64]) -> Count:
    ballots = pack_ballots(voters, votes[voters], reasons[voters], weights[voters])
    # Counted from the packed ballots, so that anyone who reads them counts the same.
    confirm, refute, abstain = count_ballots(unpack_ballots(ballots))
    return Count(ballots, confirm, refute, abstain)


def join(first: Count | None, second: Count | None) -> Count | None:
    """Two counts of one step as one."""
    if first is None or second is None:
        return first or second
    return Count(
        first.ballots + second.ballots,
        first.confirm + second.confirm,
        first.refute + second.refute,
        first.abstain + second.abstain,
    )


class BallotBox:
    """All polls under way, oldest first."""

    def __init__(self, agents: int, seed: int) -> None:
        self._agents = agents
        self._seed = seed
        self._polls: dict[int, Poll] = {}

    def __len__(self) -> int:
        return len(self._polls)

    def __iter__(self) -> Iterator[Poll]:
        return iter(tuple(self._polls.values()))

    def open(
        self,
        seq: int,
        step: int,
        publisher: int,
        fingerprint: bytes,
        centre: Floats,
        committee: int,
    ) -> None:
        """Put a signature to the vote; a committee of this size is drawn, 0 is everyone."""
        eligible = self._committee(seq, committee, publisher)
        cast = np.zeros(self._agents, dtype=np.uint8)
        self._polls[seq] = Poll(seq, step, publisher, fingerprint, centre, eligible, cast)

    def remove(self, seq: int) -> None:
        """The vote is over."""
        del self._polls[seq]

    def _committee(self, seq: int, size: int, publisher: int) -> Flags:
        """(A,) members drawn among all but the publisher."""
        others = np.flatnonzero(np.arange(self._agents) != publisher).astype(np.int64)
        if 0 < size < len(others):
            draw = uniforms(keys(self._seed, Purpose.COMMITTEE, others, seq), 1)[:, 0]
            others = others[np.argsort(draw, kind="stable")[:size]]
        members = np.zeros(self._agents, dtype=np.bool_)
        members[others] = True
        return members
