"""A shard: a contiguous block of agents whose arrays live and are computed together.

Every phase takes `rows`, the agents of the shard that it is for, and gives the same result row by
row as for all rows at once; that is what lets an agent be stepped alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.adversaries import CODE, POISON_SHARE, bend_votes, poisons
from sim.blocklist import Known, known
from sim.config.schema import Config
from sim.consensus.judgements import JudgementCache
from sim.consensus.votes import Codes, judge
from sim.detection import Detector, make_detector
from sim.rng import Purpose, keys, uniforms
from sim.signatures.deviation import (
    Flags,
    Floats,
    matches_each,
    robust_location,
    standardise,
    standout,
)
from sim.signatures.grouping import ROUNDS, Groups, group_anomalies
from sim.signatures.signature import Signature, quantise
from sim.traffic.attacks import Attack
from sim.traffic.source import Batch, TrafficSource
from sim.window import Windows

Ints = NDArray[np.int64]
EVIDENCE = 24
"""Groups of its own anomalous flows that an agent remembers."""
EVIDENCE_FLOWS = 2
"""Flows a group needs to be evidence: a single odd flow proves nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """What a shard needs to know from outside for one step; arrays are of the whole population."""

    step: int
    config: Config
    attacks: tuple[Attack, ...]
    behaviour: NDArray[np.uint8]
    """(A,) codes in force in this step."""
    stopped: Flags
    """(A,)."""
    refit_broken: Flags
    """(A,) whose model cannot be refitted now."""


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A signature about to be published, with the ground truth that only the screen may see."""

    signature: Signature
    truth: str
    """`attack`, `false_alarm`, `poison`, or empty where there is no ground truth."""
    attack: int
    """Index into the attack kinds + 1; 0 for none."""


class Shard:
    """The agents `ids` with their traffic, models, memory and caches."""

    def __init__(self, ids: Ints, source: TrafficSource, config: Config) -> None:
        self.ids = ids
        self.source = source
        self._seed = config.simulation.seed
        features = len(source.features)
        count = len(ids)
        detection = config.detection
        self.detector: Detector = make_detector(
            detection.detector, count, features, detection.window, trees=detection.trees
        )
        self.windows = Windows(count, detection.window, features)
        self.version: Ints = np.zeros(count, dtype=np.int64)
        self.centre: Floats = np.zeros((count, features), dtype=np.float32)
        self.scale: Floats = np.ones((count, features), dtype=np.float32)
        self.last_fit: Ints = np.zeros(count, dtype=np.int64)
        self.fitted_on: Ints = np.zeros(count, dtype=np.int64)
        self.dirty: Flags = np.zeros(count, dtype=np.bool_)
        self.evidence: Floats = np.zeros((count, EVIDENCE, features), dtype=np.float32)
        self.evidence_step: Ints = np.full((count, EVIDENCE), -(10**9), dtype=np.int64)
        self._evidence_head: Ints = np.zeros(count, dtype=np.int64)
        self.cache = JudgementCache(count)
        self.look_ups: NDArray[np.int64] = np.zeros((count, 2), dtype=np.int64)
        self._accepted: list[tuple[int, bytes, Floats]] = []
        self.accepted: Known = known([], features)

    @property
    def everyone(self) -> Ints:
        """All rows."""
        return np.arange(len(self.ids), dtype=np.int64)

    # -- phase 1 -------------------------------------------------------------------------------

    def begin(self, orders: Orders) -> None:
        """Make room for the results of a step."""
        self.orders = orders
        count, size = len(self.ids), orders.config.traffic.batch_size
        self.flows: Floats = np.zeros((count, size, len(self.source.features)), np.float32)
        self.lengths: Ints = np.zeros(count, dtype=np.int64)
        self.truth: NDArray[np.int16] = np.full((count, size), -1, dtype=np.int16)
        self.scores: Floats = np.full((count, size), np.nan, dtype=np.float32)
        self.solo: Flags = np.zeros((count, size), dtype=np.bool_)
        self.blocked: Flags = np.zeros((count, size), dtype=np.bool_)
        self.look_ups[:] = 0

    def observe(self, rows: Ints) -> None:
        """Each agent gets its batch."""
        rows = rows[~self.orders.stopped[self.ids[rows]]]
        if not len(rows):
            return
        size = self.flows.shape[1]
        batch: Batch = self.source.observe(
            self.ids[rows], self.orders.step, size, self.orders.attacks
        )
        self.flows[rows] = batch.flows
        self.lengths[rows] = batch.lengths
        self.truth[rows] = batch.truth

    # -- phase 2 -------------------------------------------------------------------------------

    def detect(self, rows: Ints) -> Ints:
        """Each agent's own model scores its batch; accepted signatures flag what matches them.

        Returns:
            Ids of the agents whose cache was inconsistent and has been cleared.
        """
        config = self.orders.config
        rows = rows[(self.version[rows] > 0) & (self.lengths[rows] > 0)]
        if not len(rows):
            return rows
        self.scores[rows] = self.detector.score(rows, self.flows[rows], self.lengths[rows])
        self.solo[rows] = self.scores[rows] >= np.float32(config.detection.threshold)
        self.blocked[rows], damaged = self._blocked(rows)
        return damaged

    def _blocked(self, rows: Ints) -> tuple[Flags, Ints]:
        """(k, B) flows that match an accepted signature, and the ids of damaged caches."""
        observed = np.arange(self.flows.shape[1])[None, :] < self.lengths[rows][:, None]
        if not len(self.accepted):
            return np.zeros_like(observed), rows[:0]
        usable, damaged = self._trusted_by(rows)
        match = self._match_flows(rows, self.flows[rows], self.accepted.centres)
        return (match & usable[:, None, :]).any(axis=2) & observed, damaged

    def _trusted_by(self, rows: Ints) -> tuple[Flags, Ints]:
        """(k, K) accepted signatures that do not look normal to the agent itself.

        A signature in the middle of one's own normal traffic would flag everything.
        """
        scores, damaged = self._scores_of(rows, self.accepted)
        return ~(scores <= np.float32(self.orders.config.consensus.refute_score)), damaged

    # -- phase 3 -------------------------------------------------------------------------------

    def publish(self, rows: Ints, pending: Known) -> list[Draft]:
        """Group anomalous flows, remember them, and draft what is new enough to be published."""
        behaviour = self.orders.behaviour[self.ids[rows]]
        with_model = (self.version[rows] > 0) & (self.lengths[rows] > 0)
        rows, behaviour = rows[with_model], behaviour[with_model]
        if not len(rows):
            return []
        groups = self._groups(rows, self.solo[rows])
        self._remember(rows, groups)
        fresh = groups.size >= self.orders.config.signature.min_flows
        fresh &= ~self._is_known(rows, groups, pending)
        drafts: list[Draft] = []
        limit = self.orders.config.signature.max_per_step
        for row, behaves, new in zip(range(len(rows)), behaviour, fresh, strict=True):
            if behaves == CODE["silent"]:
                continue
            for group in np.flatnonzero(new)[:limit]:
                drafts.append(self._draft(int(rows[row]), groups, row, int(group)))
        drafts += self._misbehave(rows, behaviour)
        return sorted(drafts, key=lambda d: d.signature.publisher)

    def _groups(self, rows: Ints, anomalous: Flags) -> Groups:
        settings = self.orders.config.signature
        deviations = standardise(
            self.flows[rows], self.centre[rows][:, None, :], self.scale[rows][:, None, :]
        )
        return group_anomalies(
            self.flows[rows],
            deviations,
            self.scores[rows],
            anomalous,
            settings.similarity,
            settings.radius,
        )

    def _remember(self, rows: Ints, groups: Groups) -> None:
        """Keep the centres of the groups as evidence."""
        for group in range(ROUNDS):
            some = groups.size[:, group] >= EVIDENCE_FLOWS
            agents = rows[some]
            slot = self._evidence_head[agents]
            self.evidence[agents, slot] = groups.centre[some, group]
            self.evidence_step[agents, slot] = self.orders.step
            self._evidence_head[agents] = (slot + 1) % EVIDENCE

    def _is_known(self, rows: Ints, groups: Groups, pending: Known) -> Flags:
        """(k, G) groups that a pending or accepted signature describes already."""
        centres = np.concatenate([pending.centres, self.accepted.centres])
        if not len(centres):
            return np.zeros(groups.size.shape, dtype=np.bool_)
        return self._match_flows(rows, groups.centre, centres).any(axis=2)

    def _draft(self, row: int, groups: Groups, position: int, group: int) -> Draft:
        centre = quantise(groups.centre[position, group])
        members = self.truth[row][groups.member[position] == group]
        kinds = members[members > 0]
        truth, attack = "", 0
        if self.source.labelled:
            is_attack = 2 * len(kinds) >= len(members)
            truth = "attack" if is_attack else "false_alarm"
            attack = int(np.bincount(kinds).argmax()) if is_attack and len(kinds) else 0
        return self._sealed(
            row,
            int(groups.size[position, group]),
            float(groups.score[position, group]),
            centre,
            quantise(groups.spread[position, group]),
            truth,
            attack,
        )

    def _sealed(
        self,
        row: int,
        flows: int,
        score: float,
        centre: Floats,
        spread: Floats,
        truth: str,
        attack: int,
    ) -> Draft:
        deviation = standardise(centre, self.centre[row], self.scale[row])
        signature = Signature(
            publisher=int(self.ids[row]),
            flows=flows,
            score=round(score, 4),
            centre=centre,
            spread=spread,
            features=standout(deviation, self.source.features),
        )
        return Draft(signature, truth, attack)

    def _misbehave(self, rows: Ints, behaviour: NDArray[np.uint8]) -> list[Draft]:
        """What spammers and poisoners publish besides."""
        drafts: list[Draft] = []
        key = keys(self._seed, Purpose.MISBEHAVIOUR, self.ids[rows], self.orders.step)
        draw = uniforms(key, 2)
        for position in np.flatnonzero(behaviour == CODE["spam"]):
            drafts.append(self._spam(int(rows[position])))
        for position in np.flatnonzero(poisons(behaviour) & (draw[:, 0] < POISON_SHARE)):
            drafts.append(self._poison(int(rows[position]), float(draw[position, 1])))
        return drafts

    def _spam(self, row: int) -> Draft:
        """The three oddest flows of the batch, anomalous or not, as one group."""
        scores = np.nan_to_num(self.scores[row], nan=-1.0)
        chosen = np.argsort(-scores, kind="stable")[: max(1, min(3, int(self.lengths[row])))]
        flows = self.flows[row, chosen]
        attack = bool((self.truth[row, chosen] > 0).mean() >= 0.5)
        return self._sealed(
            row,
            len(chosen),
            float(scores[chosen].mean()),
            quantise(flows.mean(axis=0)),
            quantise(flows.std(axis=0)),
            "attack" if attack else "false_alarm",
            int(self.truth[row, chosen].max()) if attack else 0,
        )

    def _poison(self, row: int, draw: float) -> Draft:
        """One of the most normal flows of the batch, dressed up as an attack."""
        length = int(self.lengths[row])
        order = np.argsort(self.scores[row, :length], kind="stable")
        chosen = int(order[int(draw * max(1, length // 2))])
        return self._sealed(
            row,
            8,
            0.99,
            quantise(self.flows[row, chosen]),
            quantise(np.full_like(self.flows[row, chosen], 0.25)),
            "poison",
            0,
        )

    # -- phase 4 -------------------------------------------------------------------------------

    def vote(self, rows: Ints, pending: Known, by_colluder: Flags) -> tuple[Codes, Codes, Ints]:
        """Votes on the pending signatures.

        Returns:
            (k, S) votes, (k, S) reasons, and the ids whose cache was inconsistent.
        """
        config = self.orders.config
        scores, damaged = self._scores_of(rows, pending)
        votes, reasons = judge(scores, self._sighted(rows, pending), config)
        behaviour = self.orders.behaviour[self.ids[rows]]
        votes, reasons = bend_votes(votes, reasons, behaviour, by_colluder)
        quiet = self.orders.stopped[self.ids[rows]] | (behaviour == CODE["silent"])
        votes[quiet], reasons[quiet] = 0, 0
        return votes, reasons, damaged

    def _sighted(self, rows: Ints, signatures: Known) -> Flags:
        """(k, S) whether an agent's recent evidence matches a signature."""
        match = self._match_flows(rows, self.evidence[rows], signatures.centres)
        age = self.orders.step - self.evidence_step[rows]
        recent = age <= self.orders.config.signature.sighting_steps
        return (match & recent[:, :, None]).any(axis=1)

    def _match_flows(self, rows: Ints, flows: Floats, centres: Floats) -> Flags:
        """(k, P, S) which of the flows (k, P, D) match which of the centres (S, D)."""
        settings = self.orders.config.signature
        centre, scale = self.centre[rows][:, None, :], self.scale[rows][:, None, :]
        return matches_each(
            standardise(flows, centre, scale),
            standardise(centres[None, :, :], centre, scale),
            settings.similarity,
            settings.radius,
        )

    def _scores_of(self, rows: Ints, signatures: Known) -> tuple[Floats, Ints]:
        """(k, S) scores of signatures under the agents' own models, through the cache."""
        cache, contents = self.orders.config.cache, list(signatures.contents)
        step, count = self.orders.step, len(self.ids)
        versions = np.full(count, -1, dtype=np.int64)
        versions[rows] = np.where(self.version[rows] > 0, self.version[rows], -1)
        able = versions >= 0
        if cache.capacity:
            scores, hit, damaged = self.cache.look_up(contents, versions, step, cache.ttl_steps)
        else:
            scores = np.zeros((count, len(contents)), dtype=np.float32)
            hit, damaged = np.zeros(scores.shape, np.bool_), np.zeros(count, np.bool_)
        missing = able[:, None] & ~hit
        self._count(hit, missing)
        self._judge_anew(missing, signatures.centres, scores)
        if cache.capacity:
            self.cache.store(contents, scores, missing, versions, step)
            self.cache.shrink(cache.capacity * count // self.orders.config.simulation.agents)
        scores[~able] = np.nan
        return scores[rows], self.ids[np.flatnonzero(damaged)]

    def _count(self, hit: Flags, missing: Flags) -> None:
        self.look_ups[:, 0] += hit.sum(axis=1)
        self.look_ups[:, 1] += missing.sum(axis=1)
        self.cache.counts.hits += int(hit.sum())
        self.cache.counts.misses += int(missing.sum())

    def _judge_anew(self, missing: Flags, centres: Floats, scores: Floats) -> None:
        """Score what is `missing` (n, S) and write it into `scores`."""
        voters = np.flatnonzero(missing.any(axis=1))
        columns = np.flatnonzero(missing.any(axis=0))
        if not len(voters):
            return
        flows = np.ascontiguousarray(
            np.broadcast_to(centres[columns], (len(voters), len(columns), centres.shape[1]))
        )
        lengths = np.full(len(voters), len(columns), dtype=np.int64)
        fresh = self.detector.score(voters, flows, lengths)
        block = np.ix_(voters, columns)
        scores[block] = np.where(missing[block], fresh, scores[block])

    # -- phase 6 -------------------------------------------------------------------------------

    def learn(self, rows: Ints) -> None:
        """What an agent observed enters its window, except what an accepted signature matches."""
        observed = np.arange(self.flows.shape[1])[None, :] < self.lengths[rows][:, None]
        self.windows.append(rows, self.flows[rows], observed & ~self.blocked[rows])

    def accept(self, accepted: Known) -> None:
        """Newly accepted signatures enter the blocklist; matching flows leave the windows."""
        fresh = list(zip(accepted.ids, accepted.contents, accepted.centres, strict=True))
        limit = self.orders.config.signature.memory
        self._accepted = (self._accepted + fresh)[-limit:]
        self.accepted = known(self._accepted, len(self.source.features))
        rows = np.flatnonzero(self.version > 0)
        if not len(rows) or not len(accepted):
            return
        scores, _ = self._scores_of(rows, accepted)
        usable = ~(scores <= np.float32(self.orders.config.consensus.refute_score))
        match = self._match_flows(rows, self.windows.flows[rows], accepted.centres)
        lost = self.windows.take_out(rows, (match & usable[:, None, :]).any(axis=2))
        self.dirty[rows] |= lost > 0

    def urgency(self) -> Ints:
        """(n,) how much an agent needs a refit; 0 is not at all."""
        detection = self.orders.config.detection
        counts, step = self.windows.counts, self.orders.step
        enough = counts >= min(detection.min_window, detection.window)
        waited = step - self.last_fit
        first = (self.version == 0) & enough
        scheduled = (self.version > 0) & (waited >= detection.refit_interval)
        grown = (self.version > 0) & (counts >= 2 * self.fitted_on)
        urgency = np.where(scheduled | grown | (self.dirty & (waited > 1)), waited, 0)
        urgency = np.where(first, 1_000_000 + step, urgency)
        return np.where(enough & ~self.orders.stopped[self.ids], urgency, 0)

    def refit(self, rows: Ints) -> Ints:
        """Fit the models of these rows; a failure keeps the old model.

        Returns:
            Ids of the agents whose fit failed.
        """
        if not len(rows):
            return rows
        self.last_fit[rows] = self.orders.step
        self.dirty[rows] = False
        broken = self.orders.refit_broken[self.ids[rows]]
        able = rows[~broken]
        failed = [self.ids[rows[broken]]]
        if len(able):
            windows, counts = self.windows.packed(able)
            key = keys(self._seed, Purpose.FIT, self.ids[able], self.orders.step)
            done = self.detector.fit(able, windows, counts, key)
            failed.append(self.ids[able[~done]])
            for row, window, count in zip(able[done], windows[done], counts[done], strict=True):
                self.centre[row], self.scale[row] = robust_location(window[:count])
            self.version[able[done]] += 1
            self.fitted_on[able[done]] = counts[done]
        return np.sort(np.concatenate(failed))
