"""What every step must keep, checked before the step is recorded, in every run.

The checks go by what is about to be recorded and keep books of their own, so that a mistake in how
votes are counted cannot hide itself:

* nobody votes twice, and nobody votes who was not asked, or was stopped;
* the tally is the sum of the ballots, and a verdict follows from ballots and weights by the rule
  in force (a rule may withhold an acceptance, never give one that the votes do not carry);
* accepted implies the quorum and the least number of distinct agents;
* voters = eligible - abstained - stopped or silent, when a vote ends;
* final is final: no second verdict, no vote after it, no vote that begins anew;
* the chain is unbroken: rows follow each other without a gap, each hash from the one before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.config.schema import ConsensusSection
from sim.consensus.ballot_box import Poll
from sim.consensus.rules import Tally, rule_named
from sim.errors import InvariantError
from sim.ledger.ballots import Vote, count_ballots, unpack_ballots
from sim.ledger.chain import Value, link
from sim.ledger.codec import TABLES
from sim.ledger.draft import StepDraft
from sim.ledger.ledger import Ledger
from sim.ledger.reader import LedgerReader
from sim.ledger.rows import TallyRow, VerdictRow
from sim.numerics.arrays import Flags

if TYPE_CHECKING:
    from sim.model.model import Population

EDGE = 1e-9
"""How far a share may be below the quorum by rounding."""


@dataclass(slots=True, eq=False)
class _Vote:
    """The recorded vote on one signature so far."""

    eligible: Flags
    """(A,)."""
    voted: Flags
    """(A,) who confirmed or refuted."""
    step: int
    """Of the publication."""
    tally: Tally = field(default_factory=Tally)


class Invariants:
    """Watches what one simulation records.

    Args:
        simulation: as it stands between two steps.
        ledger: what it appends to.
        reader: tells what was recorded of the votes under way.
    """

    def __init__(self, simulation: Population, ledger: Ledger, reader: LedgerReader) -> None:
        self._simulation = simulation
        self._length, self._head = ledger.length, ledger.head
        self._votes: dict[int, _Vote] = {}
        self._latest = -1
        """The signature that was put to the vote last."""
        self._admit(simulation.assembly.polls)
        for decided in simulation.assembly.decided:
            self._latest = max(self._latest, decided.poll.id)
        for signature, vote in self._votes.items():
            for _, row in reader.tallies(signature):
                self._count(vote, row)

    def check(self, draft: StepDraft) -> None:
        """Check a step that is complete and not yet recorded.

        Args:
            draft: what it is about to record.

        Raises:
            InvariantError: it breaks a promise; the message says which.
        """
        simulation = self._simulation
        self._check_chain(draft)
        over = [decided.poll for decided in simulation.over]
        self._admit([*over, *simulation.assembly.polls])
        quiet = simulation.quiet
        abstained = {}
        for values in draft.rows("tallies"):
            row: TallyRow = TallyRow(*values[1:-1])  # type: ignore[arg-type]
            abstained[row.signature] = self._count_new(row, quiet)
        for values in draft.rows("verdicts"):
            verdict: VerdictRow = VerdictRow(*values[1:-1])  # type: ignore[arg-type]
            nobody = np.zeros(0, dtype=np.int64)
            self._conclude(verdict, abstained.get(verdict.signature, nobody), quiet)
        self._check_pending()

    # -- the chain -----------------------------------------------------------------------------

    def _check_chain(self, draft: StepDraft) -> None:
        if (draft.start, draft.previous) != (self._length, self._head):
            raise InvariantError("the step does not follow the last recorded row")
        rows: list[tuple[str, tuple[Value, ...]]] = [
            (name, row) for name in TABLES for row in draft.rows(name)
        ]
        rows.sort(key=lambda named: named[1][:1])
        head = self._head
        for due, (name, row) in enumerate(rows, self._length):
            head = link(head, name, due, row[1:-1])
            if (row[0], row[-1]) != (due, head):
                raise InvariantError(f"row {due} does not follow the one before")
        if not rows or rows[-1][0] != "steps" or head != draft.head:
            raise InvariantError("the step does not end with its own head")
        self._length, self._head = draft.length, head

    # -- the votes -----------------------------------------------------------------------------

    def _admit(self, polls: Iterable[Poll]) -> None:
        """Open books for signatures that have been put to the vote."""
        for poll in sorted(polls, key=lambda poll: poll.id):
            if poll.id in self._votes:
                continue
            if poll.id <= self._latest:
                raise InvariantError(f"the vote on signature {poll.id} has ended before")
            if poll.eligible[poll.publisher]:
                raise InvariantError(f"signature {poll.id}: its publisher may vote on it")
            voted = np.zeros(len(poll.eligible), dtype=np.bool_)
            self._votes[poll.id] = _Vote(poll.eligible, voted, poll.step)
            self._latest = poll.id

    def _count_new(self, row: TallyRow, quiet: Flags) -> NDArray[np.int64]:
        """Check the new ballots on one signature; returns who abstained."""
        vote = self._votes.get(row.signature)
        if vote is None:
            raise InvariantError(f"signature {row.signature}: votes are counted after its verdict")
        return self._count(vote, row, quiet)

    def _count(self, vote: _Vote, row: TallyRow, quiet: Flags | None = None) -> NDArray[np.int64]:
        """Enter a tally in the books; returns who abstained."""
        ballots = unpack_ballots(row.ballots)
        who, said = ballots["voter"].astype(np.int64), ballots["vote"]
        if not vote.eligible[who].all() or (quiet is not None and quiet[who].any()):
            raise InvariantError(f"signature {row.signature}: a vote of somebody who has none")
        definite = who[said != Vote.ABSTAIN]
        before = np.count_nonzero(vote.voted)
        vote.voted[definite] = True
        if np.count_nonzero(vote.voted) != before + len(definite):
            raise InvariantError(f"signature {row.signature}: somebody votes twice")
        if count_ballots(ballots) != (row.confirm, row.refute, row.abstain):
            raise InvariantError(f"signature {row.signature}: the tally is not that of its ballots")
        heavy = ballots["weight"] > 0
        vote.tally = Tally(
            vote.tally.confirm + row.confirm,
            vote.tally.refute + row.refute,
            vote.tally.confirmations + int(np.count_nonzero(heavy & (said == Vote.CONFIRM))),
            vote.tally.refutations + int(np.count_nonzero(heavy & (said == Vote.REFUTE))),
        )
        abstained: NDArray[np.int64] = who[said == Vote.ABSTAIN]
        return abstained

    def _conclude(self, row: VerdictRow, abstained: NDArray[np.int64], quiet: Flags) -> None:
        """Check a verdict and close the books of its signature."""
        about = f"signature {row.signature}"
        vote = self._votes.pop(row.signature, None)
        if vote is None:
            raise InvariantError(f"{about}: a second verdict, or one without a vote")
        settings = self._simulation.config.consensus
        if (row.confirm, row.refute) != (vote.tally.confirm, vote.tally.refute):
            raise InvariantError(f"{about}: the verdict goes by other weights than were recorded")
        _check_verdict(row, vote, settings, self._simulation.now)
        rest = vote.eligible & ~vote.voted
        rest[abstained] = False
        # Whoever was asked, and neither voted nor abstained, is stopped or silent.
        voters = int(np.count_nonzero(vote.eligible)) - len(abstained) - np.count_nonzero(rest)
        if (rest & ~quiet).any() or row.voters != voters:
            raise InvariantError(f"{about}: voters are not eligible - abstained - stopped")

    def _check_pending(self) -> None:
        """A vote goes on only as long as there is nothing to reject, and it has not expired."""
        settings = self._simulation.config.consensus
        for signature, vote in self._votes.items():
            overdue = self._simulation.now - vote.step >= settings.expiry_steps
            if overdue or _ruled(vote.tally, settings) == "REJECTED":
                raise InvariantError(f"signature {signature}: it has no verdict, but should")


def _check_verdict(row: VerdictRow, vote: _Vote, settings: ConsensusSection, now: int) -> None:
    """A verdict is a function of the recorded votes and weights."""
    about, ruled = f"signature {row.signature}", _ruled(vote.tally, settings)
    if row.verdict == "EXPIRED":
        if now - vote.step < settings.expiry_steps or ruled == "REJECTED":
            raise InvariantError(f"{about}: expired too early")
        return
    if row.verdict != ruled:
        raise InvariantError(f"{about}: {row.verdict}, but the votes say {ruled or 'nothing'}")
    if row.verdict == "ACCEPTED":
        total = vote.tally.confirm + vote.tally.refute
        share = vote.tally.confirm / total if total else 0.0
        least = rule_named(settings.rule).least_share(settings)
        # A rule that goes by no share may go by no number of agents either.
        few = least > 0.0 and vote.tally.confirmations < settings.min_confirmations
        if share < least - EDGE or few:
            raise InvariantError(f"{about}: accepted without a quorum")


def _ruled(tally: Tally, settings: ConsensusSection) -> str | None:
    return rule_named(settings.rule).decide(tally, settings)
