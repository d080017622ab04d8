"""Agents that go by what they remember of their traffic, by when it was seen; see `Past`."""

from __future__ import annotations

import numpy as np

from sim.consensus.votes import Codes, weigh
from sim.ledger.ballots import Vote
from sim.numerics.arrays import Flags, Floats
from sim.shard.grounds import Grounds, Ints, Publishable, no_votes
from sim.shard.judging import Judging
from sim.shard.models import Models
from sim.shard.past import Findings, Past
from sim.shard.reach import Reach
from sim.shard.step import Step
from sim.signatures.grouping import Groups
from sim.signatures.radii import FARTHEST
from sim.signatures.signature_set import SignatureSet


class PastGrounds(Grounds):
    """See the module.

    Args:
        models: the agents' models.
        judging: how anomalous signatures are under these.
        past: what the agents remember.
        reach: how far accepted signatures reach at each of them.
    """

    def __init__(self, models: Models, judging: Judging, past: Past, reach: Reach) -> None:
        super().__init__(models, judging)
        self._past, self._reach = past, reach

    def remember(self, rows: Ints, step: Step) -> None:
        """Some of the flows, the suspicious ones first."""
        self._past.remember(
            rows,
            step.batch.flows[rows],
            step.joint[rows],
            step.batch.truth[rows],
            self.models,
            float(np.float32(self.orders.config.detection.threshold)),
            self.orders.step,
        )

    def publishable(
        self, rows: Ints, step: Step, pending: SignatureSet, accepted: SignatureSet
    ) -> Publishable:
        """Groups of the suspicious flows that these agents remember.

        To be published are those that still grow, that nothing describes yet, and that come in a
        burst or are anomalous beyond doubt.
        """
        config, now = self.orders.config, self.orders.step
        settings = config.signature
        odd = self._past.suspicious(rows, now - settings.sighting_steps + 1)
        groups = self.models.grouped(rows, odd.flows, odd.scores, odd.steps >= 0, settings)
        numbers = np.arange(groups.size.shape[1])
        fresh = groups.size >= settings.min_flows
        members = groups.member[:, None, :] == numbers[None, :, None]
        fresh &= (members & (odd.steps == now)[:, None, :]).any(axis=2)
        fresh &= ~self.described(rows, groups, pending, accepted)
        row, group = np.nonzero(fresh)
        fresh[row, group] = self._publishable(rows, groups, row, group)
        return groups, odd.truth, fresh

    def _publishable(self, rows: Ints, groups: Groups, row: Ints, group: Ints) -> Flags:
        """Which of the groups come in a burst or are beyond doubt; see `_bursts`."""
        beyond_doubt = groups.score[row, group] >= np.float32(self.orders.config.least_evidence)
        return self._bursts(rows, groups, row, group) | beyond_doubt

    def _bursts(self, rows: Ints, groups: Groups, row: Ints, group: Ints) -> Flags:
        """Which of the groups come in a burst, as arrays of `row` and `group` choose them."""
        settings, now = self.orders.config.signature, self.orders.step
        asked = np.zeros((len(rows), len(row)), dtype=np.bool_)
        asked[row, np.arange(len(row))] = True
        since = np.full(len(row), now - settings.sighting_steps + 1, dtype=np.int64)
        horizon, similarity = settings.sighting_steps, settings.similarity
        centres = groups.centre[row, group]
        found = self._past.probe(rows, asked, centres, since, self.models, horizon, similarity, now)
        burst: Flags = found.burst[row, np.arange(len(row))]
        return burst

    def votes(
        self, rows: Ints, pending: SignatureSet, asked: Flags, scores: Floats
    ) -> tuple[Codes, Codes, Codes]:
        """By what the agents have seen of it, and by how much of their settled traffic it hits."""
        config, (votes, reasons) = self.orders.config, no_votes(asked.shape)
        found = self._probe(rows, pending, asked & ~np.isnan(scores))
        reach, seen, burst = found.reach[asked], found.seen[asked], found.burst[asked]
        votes[asked], reasons[asked] = weigh(scores[asked], reach, seen, burst, config)
        return votes, reasons, found.reach

    def bend(self, voted: Codes, judged: Codes, reach: Codes) -> None:
        """Who confirms what it does not believe in says that nothing speaks against it."""
        reach[(voted == Vote.CONFIRM) & (judged != Vote.CONFIRM)] = FARTHEST

    def usable(self, rows: Ints, signatures: SignatureSet) -> Floats:
        """What each agent has measured at its own traffic, and the voters at theirs."""
        return self._reach.of(rows, signatures)

    def limits(self, rows: Ints, signatures: SignatureSet) -> Floats:
        """The same."""
        return self._reach.of(rows, signatures)

    def accept(self, rows: Ints, blocklist: SignatureSet) -> None:
        """Measure how far what is new may reach."""
        self._measure(rows, self._reach.follow(blocklist), blocklist)

    def fitted(self, rows: Ints) -> None:
        """What these agents remember is measured in other scales now."""
        self._past.fitted(rows, self.models)

    def due(self, rows: Ints, step: Step) -> Ints:
        """Those with flagged traffic take turns."""
        due = self._reach.due(rows, self.orders.step)
        return due[step.blocked[due].any(axis=1)]

    def reconsider(self, rows: Ints, accepted: SignatureSet) -> None:
        """Measure again how far signatures may reach at these agents."""
        self._measure(rows, np.ones(len(accepted), dtype=np.bool_), accepted)

    def _measure(self, rows: Ints, which: Flags, accepted: SignatureSet) -> None:
        config, now = self.orders.config, self.orders.step
        self._reach.measure(rows, which, accepted, self._past, self.models, config, now)

    def _probe(self, rows: Ints, signatures: SignatureSet, asked: Flags) -> Findings:
        """What these agents remember about signatures."""
        settings = self.orders.config.signature
        since = np.array(signatures.steps, dtype=np.int64) - settings.sighting_steps + 1
        return self._past.probe(
            rows,
            asked,
            signatures.centres,
            since,
            self.models,
            settings.sighting_steps,
            settings.similarity,
            self.orders.step,
        )
