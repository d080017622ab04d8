"""Agents that go by the flows of one step, and by which groups of these they have seen lately."""

from __future__ import annotations

import numpy as np

from sim.consensus.votes import Codes, contradict, judge
from sim.ledger.ballots import Vote
from sim.numerics.arrays import Flags, Floats
from sim.peers.opinion import SecondOpinion
from sim.shard.evidence import Evidence
from sim.shard.grounds import Grounds, Ints, Publishable, no_votes
from sim.shard.judging import Judging
from sim.shard.models import Models, usable_for, within
from sim.shard.step import Step
from sim.shard.windows import Windows
from sim.signatures.signature_set import SignatureSet


class BatchGrounds(Grounds):
    """See the module.

    Args:
        models: the agents' models.
        judging: how anomalous signatures are under these.
        evidence: the groups of anomalous flows that the agents remember.
        windows: what they learn from.
        second: their committees, if they have any.
    """

    def __init__(
        self,
        models: Models,
        judging: Judging,
        evidence: Evidence,
        windows: Windows,
        second: SecondOpinion | None,
    ) -> None:
        super().__init__(models, judging)
        self._evidence, self._windows, self._second = evidence, windows, second

    def remember(self, rows: Ints, step: Step) -> None:
        """Nothing: what is anomalous is remembered in groups, when it is to be published."""

    def publishable(
        self, rows: Ints, step: Step, pending: SignatureSet, accepted: SignatureSet
    ) -> Publishable:
        """Groups of the anomalous flows of the batch that nothing describes yet."""
        config = self.orders.config
        flows, scores = step.batch.flows[rows], step.joint[rows]
        odd = scores >= np.float32(config.least_evidence)
        groups = self.models.grouped(rows, flows, scores, odd, config.signature)
        self._evidence.remember(rows, groups, self.orders.step)
        fresh = groups.size >= config.signature.min_flows
        fresh &= ~self.described(rows, groups, pending, accepted)
        return groups, step.batch.truth[rows], fresh

    def votes(
        self, rows: Ints, pending: SignatureSet, asked: Flags, scores: Floats
    ) -> tuple[Codes, Codes, Codes]:
        """By scores and sightings; who finds it among its own traffic contradicts."""
        config, (votes, reasons) = self.orders.config, no_votes(asked.shape)
        sighted = self.sighted(rows, pending, asked)
        votes[asked], reasons[asked] = judge(scores[asked], sighted[asked], config)
        if self._second is not None and config.detection.second_opinion:
            familiar = self._familiar(rows, pending, votes, sighted)
            votes, reasons = contradict(votes, reasons, familiar)
        return votes, reasons, np.zeros(asked.shape, dtype=np.uint8)

    def bend(self, voted: Codes, judged: Codes, reach: Codes) -> None:
        """Nothing: these ballots have no radii."""

    def usable(self, rows: Ints, signatures: SignatureSet) -> Floats:
        """`signature.radius` for those whose model or committee finds the signature anomalous."""
        config = self.orders.config
        asked = signatures.asked_of(rows)
        step = self.orders.step
        scores = self.judging.scores(rows, signatures, asked, step, config.cache, voting=False)
        return within(usable_for(scores, config), config.signature.radius)

    def limits(self, rows: Ints, signatures: SignatureSet) -> Floats:
        """`signature.radius` for everybody."""
        everything = np.ones((len(rows), len(signatures)), dtype=np.bool_)
        return within(everything, self.orders.config.signature.radius)

    def accept(self, rows: Ints, blocklist: SignatureSet) -> None:
        """Nothing: whether a signature is usable is asked when it is used."""

    def fitted(self, rows: Ints) -> None:
        """Nothing."""

    def due(self, rows: Ints, step: Step) -> Ints:
        """Nobody."""
        return rows[:0]

    def reconsider(self, rows: Ints, accepted: SignatureSet) -> None:
        """Nothing."""

    def sighted(self, rows: Ints, signatures: SignatureSet, asked: Flags) -> Flags:
        """(k, S) whether an agent's recent evidence matches a signature that it is asked about."""
        settings = self.orders.config.signature
        recent = self._evidence.recent(rows, self.orders.step, settings.sighting_steps)
        return self.models.sighted(rows, self._evidence, recent, signatures, asked, settings)

    def _familiar(
        self, rows: Ints, signatures: SignatureSet, votes: Codes, sighted: Flags
    ) -> Flags:
        """(k, S) which of the signatures that they do not refute belong to their own traffic.

        Who may have learned an attack cannot tell, nor who has seen it but is not sure about it.
        """
        assert self._second is not None
        asked = (votes == Vote.CONFIRM) | ((votes == Vote.ABSTAIN) & ~sighted)
        asked &= (self.models.ready & ~self._second.foreign)[rows, None]
        return self.models.familiar(rows, self._windows, signatures, asked, self.orders.config)
