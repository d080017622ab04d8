"""The signatures under vote, with the ballots they have so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.memory import Memory
from sim.config.schema import ConsensusSection
from sim.consensus.rules import Tally, rule_named
from sim.consensus.votes import NO_VOTE, ODD, Codes, Reason
from sim.ledger.ballots import Vote, count_ballots, lower_quartile, pack_ballots, unpack_ballots
from sim.ledger.rows import Verdict
from sim.numerics.arrays import Flags, Floats
from sim.numerics.rng import Purpose, keys, uniforms

Ints = NDArray[np.int64]
_ODD: Flags = np.isin(np.arange(256), ODD)
"""By reason; a table, as looking for it in a list takes longer than all else here."""


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

    memory: ClassVar = Memory(without=("members",), values=(Tally,))

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
    unable: int = 0
    """How many of these because they have no model yet."""
    heard: int = 0
    """Eligible agents whose votes weigh something now, that answer and have a model."""
    odd: int = 0
    """How many of these find it anomalous themselves: they have confirmed, or say so abstaining."""
    sudden: int = 0
    """Confirmations, soon after its publication, of agents to whom it has just begun to come."""
    ballots: bytes = b""
    """Packed, as recorded so far."""
    members: Ints = field(init=False)
    """Ids of the eligible agents: few of a large population, so the vote goes by these."""

    def __post_init__(self) -> None:
        self.members = np.flatnonzero(self.eligible)

    @property
    def voters(self) -> Ints:
        """Ids of those who cast a definite vote."""
        found: Ints = self.members[self.cast[self.members] != NO_VOTE]
        return found

    def add(
        self,
        votes: Codes,
        reasons: Codes,
        weights: NDArray[np.float64],
        radii: Codes | None = None,
    ) -> Count | None:
        """Count the new definite votes; nobody votes twice.

        Args:
            votes: (A,) what each agent says now.
            reasons: (A,).
            weights: (A,) 0..1.
            radii: (A,) codes of radii; None where nobody measures any.
        """
        waiting = self.members[self.cast[self.members] == NO_VOTE]
        said = votes[waiting]
        self._hear(waiting, votes, reasons, weights)
        self.abstaining = int((said == Vote.ABSTAIN).sum())
        self.unable = int(((said == Vote.ABSTAIN) & (reasons[waiting] == Reason.NO_MODEL)).sum())
        voters = waiting[(said == Vote.CONFIRM) | (said == Vote.REFUTE)]
        if not len(voters):
            return None
        self.cast[voters] = votes[voters]
        count = _pack(voters, votes, reasons, weights, radii)
        self.ballots += count.ballots
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

    def _hear(
        self, waiting: Ints, votes: Codes, reasons: Codes, weights: NDArray[np.float64]
    ) -> None:
        """Count those in good standing that answer, and those of them that find it anomalous.

        Who has lost its weight since it voted counts on neither side.
        """
        said = self.cast[self.members]
        fresh = said == NO_VOTE
        said[fresh] = votes[waiting]
        told = np.where(fresh, reasons[self.members], np.uint8(Reason.NONE))
        heard = (weights[self.members] > 0.0) & (said != NO_VOTE) & (told != Reason.NO_MODEL)
        odd = (said == Vote.CONFIRM) | ((said == Vote.ABSTAIN) & _ODD[told])
        self.heard, self.odd = int(heard.sum()), int((heard & odd).sum())

    def close(
        self,
        votes: Codes,
        reasons: Codes,
        weights: NDArray[np.float64],
        radii: Codes | None = None,
    ) -> Count | None:
        """The abstentions that stand when the vote ends."""
        waiting = self.members[self.cast[self.members] == NO_VOTE]
        voters = waiting[votes[waiting] == Vote.ABSTAIN]
        if not len(voters):
            return None
        count = _pack(voters, votes, reasons, weights, radii)
        self.ballots += count.ballots
        return count

    @property
    def reach(self) -> int:
        """Code of the radius that the ballots agree on; see `sim.ledger.ballots`."""
        return lower_quartile(self.ballots)

    def outcome(self, settings: ConsensusSection) -> str | None:
        """What the rule makes of the votes: `ACCEPTED`, `REJECTED`, or None for neither."""
        return rule_named(settings.rule).decide(self.tally, settings)

    def verdict(
        self, settings: ConsensusSection, step: int, *, acceptable: bool = True
    ) -> Verdict | None:
        """The verdict in this step, or None while the signature is pending.

        Args:
            settings: the rule in force.
            step: now.
            acceptable: whether it may be accepted if the votes are for it: its publisher is not
                in quarantine, and who confirms it is diverse enough.
        """
        decided = self.outcome(settings)
        if decided == "ACCEPTED" and acceptable:
            return "ACCEPTED"
        if decided == "REJECTED":
            return "REJECTED"
        return "EXPIRED" if step - self.step >= settings.expiry_steps else None


def _pack(
    voters: Ints,
    votes: Codes,
    reasons: Codes,
    weights: NDArray[np.float64],
    radii: Codes | None,
) -> Count:
    codes = None if radii is None else radii[voters]
    ballots = pack_ballots(voters, votes[voters], reasons[voters], weights[voters], codes)
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

    memory: ClassVar = Memory(without=("_agents", "_seed"), values=(Poll,))

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
            others = others[_drawn(self._seed, seq, size, len(others))]
        members = np.zeros(self._agents, dtype=np.bool_)
        members[others] = True
        return members


def _drawn(seed: int, seq: int, size: int, count: int) -> Ints:
    """`size` distinct numbers below `count`, each set as likely as any other."""
    if count <= 4 * size:
        everyone = np.arange(count, dtype=np.int64)
        draw = uniforms(keys(seed, Purpose.COMMITTEE, everyone, seq), 1)[:, 0]
        return np.argsort(draw, kind="stable")[:size]
    # One by one, leaving out who is drawn already: the cost does not grow with the population.
    key = keys(seed, Purpose.COMMITTEE, np.array([0], dtype=np.int64), seq)
    chosen: dict[int, None] = {}
    draws = 2 * size
    while len(chosen) < size:
        chosen = dict.fromkeys((uniforms(key, draws)[0] * count).astype(np.int64).tolist())
        draws *= 2
    return np.array(list(chosen)[:size], dtype=np.int64)
