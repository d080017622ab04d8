"""From groups of anomalous flows to signatures; and what misbehaving agents publish instead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.numerics.arrays import Floats
from sim.numerics.rng import Keys, uniforms
from sim.shard.models import Models
from sim.shard.orders import Publication
from sim.signatures.deviation import standardise, standout
from sim.signatures.grouping import Groups
from sim.signatures.signature import Signature, quantise
from sim.steering.adversaries import CODE, POISON_SHARE, poisons
from sim.traffic.source import Batch

Ints = NDArray[np.int64]
SPAM_FLOWS = 3
POISON_FLOWS = 8
POISON_SCORE = 0.99
POISON_SPREAD = 0.25


class Publishing:
    """Drafts the signatures of one step.

    Args:
        ids: (n,) ids of the agents of the shard.
        names: names of the features.
        labelled: whether there is ground truth.
        models: the agents' own scales.
        batch: what all agents of the shard observed.
        scores: (n, B).
    """

    def __init__(
        self,
        ids: Ints,
        names: tuple[str, ...],
        labelled: bool,
        models: Models,
        batch: Batch,
        scores: Floats,
    ) -> None:
        self._ids = ids
        self._names = names
        self._labelled = labelled
        self._models = models
        self._batch = batch
        self._scores = scores

    def honest(
        self, row: int, groups: Groups, position: int, group: int, truth: NDArray[np.int16]
    ) -> Publication:
        """The signature of one group of the agent in `row` (at `position` in `groups`).

        Args:
            row: of the agent.
            groups: of several agents.
            position: of the agent among these.
            group: which group.
            truth: (B,) ground truth of the flows that were grouped.
        """
        members = truth[groups.member[position] == group]
        return self._draft(
            row,
            int(groups.size[position, group]),
            float(groups.score[position, group]),
            groups.centre[position, group],
            groups.spread[position, group],
            *self._truth(members),
        )

    def misbehaviour(
        self, rows: Ints, behaviour: NDArray[np.uint8], key: Keys
    ) -> list[Publication]:
        """What spammers and poisoners among `rows` publish besides."""
        draw = uniforms(key, 2)
        spammers = np.flatnonzero(behaviour == CODE["spam"])
        poisoners = np.flatnonzero(poisons(behaviour) & (draw[:, 0] < POISON_SHARE))
        spam = [self._spam(int(rows[p])) for p in spammers]
        return spam + [self._poison(int(rows[p]), float(draw[p, 1])) for p in poisoners]

    def under_names(self, row: int, names: Ints, key: Keys) -> list[Publication]:
        """What a controller in `row` publishes under some of the ids that are its own.

        Args:
            row: of the controller.
            names: (k,) ids.
            key: (k,) keys of the draws of these ids.
        """
        draw = uniforms(key, 2)
        return [
            self._under(int(names[p]), self._poison(row, float(draw[p, 1])))
            for p in np.flatnonzero(draw[:, 0] < POISON_SHARE)
        ]

    def _under(self, name: int, draft: Publication) -> Publication:
        return replace(draft, signature=replace(draft.signature, publisher=name))

    def _spam(self, row: int) -> Publication:
        """The oddest flows of the batch, anomalous or not, as one group."""
        scores = np.nan_to_num(self._scores[row], nan=-1.0)
        length = int(self._batch.lengths[row])
        chosen = np.argsort(-scores, kind="stable")[: min(SPAM_FLOWS, length)]
        flows = self._batch.flows[row, chosen]
        truth = self._truth(self._batch.truth[row, chosen])
        mean, spread = flows.mean(axis=0), flows.std(axis=0)
        return self._draft(row, len(chosen), float(scores[chosen].mean()), mean, spread, *truth)

    def _poison(self, row: int, draw: float) -> Publication:
        """One of the more normal flows of the batch, dressed up as an attack."""
        length = int(self._batch.lengths[row])
        order = np.argsort(self._scores[row, :length], kind="stable")
        chosen = int(order[int(draw * max(1, length // 2))])
        flow = self._batch.flows[row, chosen]
        spread = np.full_like(flow, POISON_SPREAD)
        # To a model that has learned an attack, its flows look normal: then this tells the truth.
        kind = max(0, int(self._batch.truth[row, chosen])) if self._labelled else 0
        truth = "attack" if kind else "poison"
        return self._draft(row, POISON_FLOWS, POISON_SCORE, flow, spread, truth, kind)

    def _truth(self, members: NDArray[np.int16]) -> tuple[str, int]:
        """What a group of flows really is: an attack if half of them are, else a false alarm."""
        if not self._labelled:
            return "", 0
        kinds = members[members > 0]
        if not len(kinds) or 2 * len(kinds) < len(members):
            return "false_alarm", 0
        return "attack", int(np.bincount(kinds).argmax())

    def _draft(
        self,
        row: int,
        flows: int,
        score: float,
        centre: Floats,
        spread: Floats,
        truth: str,
        attack: int,
    ) -> Publication:
        published = quantise(centre)
        deviation = standardise(published, self._models.centre[row], self._models.scale[row])
        signature = Signature(
            publisher=int(self._ids[row]),
            flows=flows,
            score=round(score, 4),
            centre=published,
            spread=quantise(spread),
            features=standout(deviation, self._names),
        )
        return Publication(signature, truth, attack, author=int(self._ids[row]))
