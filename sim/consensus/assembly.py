"""The assembly: from published signatures through votes to recorded verdicts and reputations."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.expect import shaped, within
from sim.checkpoint.memory import Memory
from sim.config.schema import Config
from sim.consensus.ballot_box import BallotBox, Poll, join
from sim.consensus.conduct import hold_to_account
from sim.consensus.everywhere import AT_ONCE, NEVER, nearly_all, seen_everywhere, sudden_in
from sim.consensus.groups import VoterGroups
from sim.consensus.lifetimes import Lifetimes
from sim.consensus.rules import rule_named
from sim.consensus.ruling import in_force
from sim.consensus.trust import Floats64, Reputation
from sim.consensus.votes import NO_VOTE, Codes
from sim.ledger.ballots import Vote
from sim.ledger.draft import StepDraft
from sim.ledger.rows import SignatureRow, TallyRow, TruthRow, Verdict, VerdictRow
from sim.numerics.arrays import Floats
from sim.signatures.radii import HARMFUL, radius_of
from sim.signatures.signature_set import SignatureSet, known

_LOG = logging.getLogger(__name__)
Ints = NDArray[np.int64]
DECIDED = 100
"""Verdicts kept for the screen, and of what has been refuted."""
REFUTED = 24
"""Steps for which what most have refuted is not published again."""
VOUCHED = 200
"""Accepted signatures that may vouch for the like of them."""
LIKE = np.float32(1.0)
"""Signatures are alike if no feature differs by more: a factor of e, in log1p units."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A poll that is over."""

    memory: ClassVar = Memory(values=(Poll,))

    poll: Poll
    verdict: Verdict
    step: int
    truth: str
    """Ground truth of the signature; see `TruthRow`."""
    attack: str


def consensus_words(over: Sequence[Outcome]) -> str:
    """Verdicts with the signatures that they are about, in one line: `2 ACCEPTED (7 9)`."""
    by_verdict: dict[str, list[int]] = {}
    for outcome in over:
        by_verdict.setdefault(outcome.verdict, []).append(outcome.poll.id)
    return ", ".join(
        f"{len(found)} {verdict} ({' '.join(map(str, found))})"
        for verdict, found in sorted(by_verdict.items())
    )


class Assembly:
    """The polls under way in a population, and the reputation of those who vote.

    Args:
        population: number of agents.
        features: number of features of a signature.
        config: read at the moment of use.
    """

    memory: ClassVar = Memory(
        # The votes of a step are counted before it ends.
        without=("_population", "_features", "_config", "_votes", "_reasons", "_radii"),
        values=(Outcome,),
    )

    def __init__(self, population: int, features: int, config: Config) -> None:
        self.polls = BallotBox(population, config.simulation.seed)
        self.reputation = Reputation(population)
        self.groups = VoterGroups(population)
        self.lifetimes = Lifetimes(population)
        self.vouched: deque[Floats] = deque(maxlen=VOUCHED)
        """Centres of the signatures accepted last from publishers in good standing."""
        self.decided: deque[Outcome] = deque(maxlen=DECIDED)
        """The latest verdicts, oldest first."""
        self.counts = {"published": 0, "ACCEPTED": 0, "REJECTED": 0, "EXPIRED": 0}
        self.published_by: Ints = np.zeros(population, dtype=np.int64)
        self.votes_given: Ints = np.zeros((population, 2), dtype=np.int64)
        """(A, 2) confirmations and refutations in polls that are over."""
        self.truth_of: dict[int, tuple[str, str]] = {}
        """Ground truth and attack of the signatures without a verdict; for evaluation only."""
        self._population = population
        self._features = features
        self._config = config

    def check_memory(self) -> None:
        """Refuse polls of another population or of other flows.

        Raises:
            CheckpointError: an array does not have the size that it must have.
        """
        for poll in self.polls:
            shaped("the centre of a poll", poll.centre, (self._features,))
            shaped("who may vote", poll.eligible, (self._population,))
            shaped("the votes of a poll", poll.cast, (self._population,))
            within("a vote", poll.cast, 0, max(Vote))
            within("a publisher", np.array([poll.publisher]), 0, self._population - 1)
        for centre in self.vouched:
            shaped("a centre", centre, (self._features,))
        for sighters in self.lifetimes.sighters.values():
            shaped("who sighted a signature", sighters, (self._population,))
        for met in self.lifetimes.met.values():
            shaped("who has met a signature", met, (self._population,))

    # -- before the vote -----------------------------------------------------------------------

    def note_publication(self, seq: int, publisher: int, truth: TruthRow | None) -> None:
        """Count a signature that has just been appended."""
        self.counts["published"] += 1
        self.published_by[publisher] += 1
        if truth is not None:
            self.truth_of[seq] = (truth.truth, truth.attack)

    def admit(self, seq: int, row: SignatureRow) -> bool:
        """Put a signature read from the ledger to the vote; False if it is malformed."""
        if len(row.centre) != 4 * self._features or not 0 <= row.publisher < self._population:
            return False
        centre = np.frombuffer(row.centre, dtype="<f4")
        if not np.isfinite(centre).all():
            return False
        committee = self._config.consensus.committee
        self.polls.open(seq, row.step, row.publisher, row.fingerprint, centre, committee)
        return True

    def open_vote(self) -> None:
        """Make room for the votes of a step."""
        self._votes: Codes = np.zeros((self._population, len(self.polls)), dtype=np.uint8)
        self._reasons: Codes = np.zeros_like(self._votes)
        self._radii: Codes = np.zeros_like(self._votes)

    def pending(self) -> SignatureSet:
        """The signatures under vote, oldest first, with who has still to vote."""
        polls = list(self.polls)
        asked = np.zeros((len(polls), self._population), dtype=np.bool_)
        for line, poll in zip(asked, polls, strict=True):
            line[poll.members] = poll.cast[poll.members] == NO_VOTE
        return replace(_packed(polls, self._features), asked=asked)

    def reputable(self, step: int) -> SignatureSet:
        """What is not to be published again: the signatures under vote, and what was refuted.

        What somebody in quarantine has published first does not keep others from publishing it.
        Where agents go by their past, neither is what at least half of all who were asked have
        refuted lately (fewer, who may lie, cannot silence anybody), nor what was withdrawn lately.

        Args:
            step: now.
        """
        held = self.reputation.quarantined(self._config.trust)
        polls = [p for p in self.polls if not held[p.publisher]]
        if self._by_past:
            polls += [d.poll for d in self.decided if step - d.step < REFUTED and _refuted(d)]
            gone = self.lifetimes.withdrawn
            polls += [d.poll for d in self.decided if d.poll.id in gone]
        return _packed(polls, self._features)

    def published_as(self, behaviour: Codes) -> Codes:
        """(S,) behaviour of the publishers of the pending signatures, of (A,) codes."""
        publishers = [poll.publisher for poll in self.polls]
        return behaviour[np.array(publishers, dtype=np.int64)]

    def collect(
        self, agents: Ints, votes: Codes, reasons: Codes, radii: Codes | None = None
    ) -> None:
        """Take the (k, S) votes of these agents in, with reasons and codes of radii."""
        self._votes[agents] = votes
        self._reasons[agents] = reasons
        if radii is not None:
            self._radii[agents] = radii

    # -- the vote ------------------------------------------------------------------------------

    def weights(self) -> Floats64:
        """(A,) weight of each agent's vote now."""
        settings = self._config.trust
        heavy = (~self.reputation.quarantined(settings)).astype(np.float64)
        rule = rule_named(self._config.consensus.rule)
        return heavy * np.clip(rule.weights(self.reputation, settings), 0.0, 1.0)

    def decide(self, step: int, draft: StepDraft) -> tuple[SignatureSet, list[Outcome]]:
        """Count the votes, record tallies and verdicts, update reputations.

        Returns:
            The signatures accepted now, and all polls that are over now.
        """
        self.reputation.forget(self._config.trust)
        weights = self.weights()
        over = [
            decided
            for column, poll in enumerate(self.polls)
            if (decided := self._count(poll, column, weights, step, draft)) is not None
        ]
        for decided in over:
            self._conclude(decided, weights)
        self.reputation.settle(self._config.trust)
        accepted = [d.poll for d in over if d.verdict == "ACCEPTED"]
        return self._reaching(accepted), over

    def age(
        self, over: list[Outcome], newcomers: SignatureSet, blocklist: SignatureSet, step: int
    ) -> None:
        """Begin the lives of newcomers; what was accepted once more renews what it is like.

        Args:
            over: the polls that ended in this step.
            newcomers: the accepted signatures that were like nothing on the blocklist.
            blocklist: with the newcomers.
            step: now.
        """
        accepted = {d.poll.id: d.poll for d in over if d.verdict == "ACCEPTED"}
        for signature in newcomers.ids:
            self.lifetimes.accept(signature, accepted.pop(signature).tally.share, step)
        self.lifetimes.renew_like([p.centre for p in accepted.values()], blocklist, step)

    def sight(self, sightings: Ints, step: int) -> None:
        """Let agents that are not in quarantine renew the accepted signatures they have met."""
        reputable = ~self.reputation.quarantined(self._config.trust)
        share = self._config.consensus.everywhere_share
        if self._by_past and share < NEVER:
            self._withdraw(
                self.lifetimes.withdraw(sightings, reputable, step, nearly_all(share)), step
            )
        self.lifetimes.sight(sightings, reputable, step, self._config)

    def _withdraw(self, signatures: list[int], step: int) -> None:
        """Take an acceptance back: what was like it is vouched for no longer."""
        for gone in (d.poll for d in self.decided if d.poll.id in signatures):
            _LOG.info("step %d: signature %d is withdrawn: nearly all meet it", step, gone.id)
            kept = [c for c in self.vouched if not np.array_equal(c, gone.centre)]
            self.vouched = deque(kept, maxlen=VOUCHED)

    def _count(
        self, poll: Poll, column: int, weights: Floats64, step: int, draft: StepDraft
    ) -> Outcome | None:
        """Record the new votes on one signature, and its verdict if there is one now."""
        said = self._votes[:, column], self._reasons[:, column], weights, self._radii[:, column]
        count = poll.add(*said)
        if count is not None and step - poll.step <= AT_ONCE:
            poll.sudden += sudden_in(count.ballots)
        settings = self._config.consensus
        held = bool(weights[poll.publisher] == 0.0)
        wanted = poll.outcome(settings) == "ACCEPTED"
        acceptable = wanted and self._acceptable(poll, step, weights, held)
        verdict = poll.verdict(settings, step, acceptable=acceptable)
        if verdict is not None:
            count = join(count, poll.close(*said))
        if count is not None:
            draft.append(
                TallyRow(step, poll.id, count.confirm, count.refute, count.abstain, count.ballots)
            )
        if verdict is None:
            return None
        reach = poll.reach if self._by_past else None
        voters, rule = len(poll.voters), in_force(settings, held=held, reach=reach).recorded()
        draft.append(
            VerdictRow(step, poll.id, verdict, poll.tally.confirm, poll.tally.refute, voters, rule)
        )
        truth, attack = self.truth_of.pop(poll.id, ("", ""))
        return Outcome(poll, verdict, step, truth, attack)

    def _acceptable(self, poll: Poll, step: int, weights: Floats64, held: bool) -> bool:
        """Whether a signature may be accepted if the rule is for it.

        Not while too many of those asked have no model yet (they will see whether it describes
        their normal traffic; who lies needs no model), not if too few of those that answer, and
        whose votes weigh something, find it anomalous themselves, not by fewer groups than asked
        for, not if it is seen everywhere, and from a publisher in quarantine only if nobody
        refutes it and the like of it has been accepted from somebody else.
        """
        settings = self._config.consensus
        able = len(poll.members) - poll.unable
        early = step - poll.step <= settings.expiry_steps // 2
        if early and able < settings.able_share * len(poll.members):
            return False
        if poll.odd < settings.odd_share * poll.heard:
            return False
        if self._by_past and seen_everywhere(poll, able, settings.everywhere_share):
            return False
        if held and (poll.tally.refute > 0.0 or not self._endorsed(poll)):
            return False
        if settings.min_groups == 1:
            return True
        voters = poll.voters
        confirming = voters[(poll.cast[voters] == Vote.CONFIRM) & (weights[voters] > 0.0)]
        found = self.groups.count(confirming, poll.publisher, settings.min_groups)
        return found >= settings.min_groups

    @property
    def _by_past(self) -> bool:
        """Whether ballots carry radii."""
        return self._config.signature.evidence != "batch"

    def _reaching(self, accepted: list[Poll]) -> SignatureSet:
        """What has been accepted, as far as the voters found it harmless."""
        signatures = _packed(accepted, self._features)
        codes = np.array([poll.reach for poll in accepted], dtype=np.uint8)
        # Harmful to most of those who measured: each decides for itself, within the least radius.
        codes[codes == HARMFUL] += 1
        radii = radius_of(codes, self._config.signature.radius)
        return replace(signatures, radii=tuple(radii.tolist()))

    def _endorsed(self, poll: Poll) -> bool:
        """Whether a signature is like one that was accepted from a publisher in good standing."""
        return any((np.abs(centre - poll.centre) <= LIKE).all() for centre in self.vouched)

    def _conclude(self, decided: Outcome, weights: Floats64) -> None:
        """Close a poll and let those who took part answer for it."""
        poll = decided.poll
        self.polls.remove(poll.id)
        self.decided.append(decided)
        self.counts[decided.verdict] += 1
        voters, cast = poll.voters, poll.cast[poll.voters]
        self.votes_given[voters, cast - Vote.CONFIRM] += 1
        self.groups.note(poll)
        if decided.verdict == "ACCEPTED" and weights[poll.publisher] > 0.0:
            self.vouched.append(poll.centre)
        outcome = poll.outcome(self._config.consensus)
        hold_to_account(poll, outcome, weights, self.reputation, self._config.trust)


def _refuted(outcome: Outcome) -> bool:
    """Whether at least half of all who were asked, and whose votes weigh anything, refuted it."""
    poll = outcome.poll
    return outcome.verdict == "REJECTED" and 2 * poll.tally.refutations >= len(poll.members)


def _packed(polls: list[Poll], features: int) -> SignatureSet:
    signatures = known([(p.id, p.fingerprint, p.centre) for p in polls], features)
    return replace(signatures, steps=tuple(p.step for p in polls))
