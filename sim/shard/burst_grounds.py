"""Agents that go by what they remember of their traffic, by when it was seen; see `Past`.

What is anomalous is published if it comes in a burst, and what *begins* to come, too, if it is
unlikely by chance, however normal it looks to a model: an attack is often made of flows that are
ordinary one by one. Only settled traffic refutes at once: a model that finds something normal has
perhaps learned it. And what cannot be measured at an agent flags nothing there.
"""

from __future__ import annotations

import numpy as np

from sim.consensus.votes import Codes, weigh
from sim.ledger.ballots import Vote
from sim.numerics.arrays import Flags, Floats
from sim.shard.grounds import Grounds, Ints, Publishable, no_votes
from sim.shard.judging import Judging
from sim.shard.models import Models
from sim.shard.past import Findings, Past, Suspicious
from sim.shard.reach import Reach
from sim.shard.step import Step
from sim.signatures.grouping import Groups
from sim.signatures.radii import FARTHEST, HARMFUL, radius_of
from sim.signatures.signature_set import SignatureSet

ONSET = 6
"""Steps before its publication since which a signature may have been seen by others."""


class BurstGrounds(Grounds):
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
        """Some of the flows, those that are suspicious or flagged by a signature first."""
        threshold = np.float32(self.orders.config.detection.threshold)
        joint = step.joint[rows]
        scores = np.where(step.blocked[rows], np.maximum(joint, threshold), joint)
        unknown = np.isnan(scores) & step.batch.observed[rows]
        self._past.remember(
            rows,
            step.batch.flows[rows],
            np.where(unknown, np.float32(0.0), scores),
            step.batch.truth[rows],
            step.blocked[rows],
            self.models,
            float(threshold),
            self.orders.step,
        )

    def wait(self, rows: Ints, step: Step) -> None:
        """What came before there was a model is part of the past, too."""
        if len(rows):
            self.remember(rows, step)

    def publishable(
        self, rows: Ints, step: Step, pending: SignatureSet, accepted: SignatureSet
    ) -> Publishable:
        """What is anomalous; and from those who have nothing of that, what begins to come.

        Harmless to the publisher itself, as in `_suspicious`, and not all too normal to it.
        """
        groups, truth, fresh = self._suspicious(rows, pending, accepted)
        settings = self.orders.config.signature
        new = self._past.emerging(rows, self.models, settings.similarity, self.orders.step)
        if not (new.steps >= 0).any():
            return groups, truth, fresh
        begun = one_group(new)
        wanted = (begun.size >= settings.min_flows) & ~fresh.any(axis=1, keepdims=True)
        wanted &= ~self.described(rows, begun, pending, accepted)
        row, group = np.nonzero(wanted)
        wanted[row, group] = self._own(rows, begun, row, group)[0] != HARMFUL
        some = np.flatnonzero(wanted.any(axis=1))
        if settings.publish_score > 0.0 and len(some):
            found = self.judging.of_flows(rows[some], np.ascontiguousarray(begun.centre[some]))
            wanted[some] &= found > np.float32(settings.publish_score)
        both = np.concatenate([truth, new.truth], axis=1)
        return joined(groups, begun), both, np.concatenate([fresh, wanted], axis=1)

    def _suspicious(self, rows: Ints, pending: SignatureSet, accepted: SignatureSet) -> Publishable:
        """Groups of the suspicious flows that these agents remember.

        To be published are those that still grow, that nothing describes yet, and that come in a
        burst: what is odd, but has always come, is no attack. Nobody publishes what would hit its
        own settled traffic: it would refute that from anybody else.
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
        reach, burst = self._own(rows, groups, row, group)
        fresh[row, group] = burst & (reach != HARMFUL)
        return groups, odd.truth, fresh

    def votes(
        self, rows: Ints, pending: SignatureSet, asked: Flags, scores: Floats
    ) -> tuple[Codes, Codes, Codes]:
        """By what the agents have seen of it, and by how much of their settled traffic it hits."""
        config, (votes, reasons) = self.orders.config, no_votes(asked.shape)
        own = config.consensus.settled == "own"
        found = self._probe(rows, pending, asked & ~np.isnan(scores), own_onset=own)
        reach, seen = found.reach[asked], found.seen[asked]
        burst, sudden, settled = found.burst[asked], found.sudden[asked], found.settled[asked]
        age = self.orders.step - np.array(pending.steps, dtype=np.int64)
        age = np.broadcast_to(age, asked.shape)[asked]
        said = weigh(scores[asked], reach, seen, burst, sudden, settled, age, config)
        votes[asked], reasons[asked] = said
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
        new = self._reach.follow(blocklist)
        self._measure(rows, new, blocklist)
        self._mark(rows, blocklist.chosen(np.flatnonzero(new).tolist()), attack=True)

    def withdraw(self, rows: Ints, gone: SignatureSet) -> None:
        """What they have matched may be settled traffic one day."""
        self._mark(rows, gone, attack=False)

    def fitted(self, rows: Ints) -> None:
        """What these agents remember is measured in other scales now."""
        self._past.fitted(rows, self.models)

    def due(self, rows: Ints, step: Step) -> Ints:
        """Agents take turns: those with flagged traffic, and those who could not measure before."""
        due = self._reach.due(rows, self.orders.step)
        return due[step.blocked[due].any(axis=1) | self._reach.unsure(due)]

    def reconsider(self, rows: Ints, accepted: SignatureSet) -> None:
        """Measure again how far signatures may reach at these agents."""
        self._measure(rows, np.ones(len(accepted), dtype=np.bool_), accepted)

    def _own(self, rows: Ints, groups: Groups, row: Ints, group: Ints) -> tuple[Codes, Flags]:
        """What agents find about groups of their own, as arrays of `row` and `group` choose them.

        Returns:
            Codes of the radii within which they are harmless, and which come in a burst.
        """
        asked = np.zeros((len(rows), len(row)), dtype=np.bool_)
        columns = np.arange(len(row))
        asked[row, columns] = True
        now = self.orders.step
        since = np.full(len(row), now - ONSET + 1, dtype=np.int64)
        similarity = self.orders.config.signature.similarity
        centres = groups.centre[row, group]
        found = self._past.probe(rows, asked, centres, since, self.models, similarity, now)
        return found.reach[row, columns], found.burst[row, columns]

    def _probe(
        self, rows: Ints, signatures: SignatureSet, asked: Flags, *, own_onset: bool = False
    ) -> Findings:
        """What these agents remember about signatures."""
        return self._past.probe(
            rows,
            asked,
            signatures.centres,
            np.array(signatures.steps, dtype=np.int64) - ONSET + 1,
            self.models,
            self.orders.config.signature.similarity,
            self.orders.step,
            own_onset=own_onset,
        )

    def _mark(self, rows: Ints, chosen: SignatureSet, *, attack: bool) -> None:
        """These signatures say about the agents' past what was an attack in it, or was not."""
        rows = rows[self.models.ready[rows]]
        if len(rows) and len(chosen):
            limits = self._reach.of(rows, chosen)
            similarity = self.orders.config.signature.similarity
            self._past.mark(rows, chosen.centres, limits, self.models, similarity, attack=attack)

    def _measure(self, rows: Ints, which: Flags, accepted: SignatureSet) -> None:
        """Measure how far accepted signatures may reach at these agents."""
        rows = rows[self.models.ready[rows]]
        chosen = accepted.chosen(np.flatnonzero(which).tolist())
        if len(rows) and len(chosen):
            found = self._probe(rows, chosen, np.ones((len(rows), len(chosen)), dtype=np.bool_))
            unsure = -self.orders.config.signature.radius
            self._reach.set(rows, which, accepted, radius_of(found.reach, unsure))


def one_group(found: Suspicious) -> Groups:
    """All that was found at each agent as one group."""
    there = found.steps >= 0
    size = there.sum(axis=1)
    centre = np.zeros((len(size), found.flows.shape[2]), dtype=np.float32)
    spread, score = np.zeros_like(centre), np.zeros(len(size), dtype=np.float32)
    some = np.flatnonzero(size)  # hardly anybody
    count, flows = size[some].astype(np.float32)[:, None], found.flows[some]
    centre[some] = (flows * there[some, :, None]).sum(axis=1, dtype=np.float32) / count
    gap = (flows - centre[some, None]) * there[some, :, None]
    spread[some] = np.sqrt((gap * gap).sum(axis=1, dtype=np.float32) / count)
    score[some] = found.scores[some].sum(axis=1, dtype=np.float32) / count[:, 0]
    member = np.where(there, 0, -1).astype(np.int8)
    return Groups(size[:, None], centre[:, None], spread[:, None], score[:, None], member)


def joined(first: Groups, second: Groups) -> Groups:
    """The groups of both, as if their flows stood side by side."""
    later = np.where(second.member >= 0, second.member + first.size.shape[1], -1)
    return Groups(
        size=np.concatenate([first.size, second.size], axis=1),
        centre=np.concatenate([first.centre, second.centre], axis=1),
        spread=np.concatenate([first.spread, second.spread], axis=1),
        score=np.concatenate([first.score, second.score], axis=1),
        member=np.concatenate([first.member, later.astype(np.int8)], axis=1),
    )
