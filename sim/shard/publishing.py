"""From groups of anomalous flows to signatures; and what misbehaving agents publish instead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.numerics.arrays import Floats
from sim.numerics.rng import Purpose, keys, uniforms
from sim.shard.models import Models
from sim.shard.orders import Orders, Publication
from sim.signatures.deviation import standardise, standout
from sim.signatures.grouping import Groups
from sim.signatures.signature import Signature, quantise
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
        orders: of this step.
        seed: of the run.
    """

    def __init__(
        self,
        ids: Ints,
        names: tuple[str, ...],
        labelled: bool,
        models: Models,
        batch: Batch,
        scores: Floats,
        orders: Orders,
        seed: int,
    ) -> None:
        self._ids = ids
        self._names = names
        self._labelled = labelled
        self._models = models
        self._batch = batch
        self._scores = scores
        self._orders = orders
        self._seed = seed

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

    # -- what misbehaviour is made of; see `sim.steering.behaviours.Desk` -----------------------

    @property
    def ids(self) -> Ints:
        """(n,) ids of the agents by row."""
        return self._ids

    def draws(self, ids: Ints, count: int) -> NDArray[np.float64]:
        """(k, count) uniform numbers, keyed by agent and step."""
        return uniforms(keys(self._seed, Purpose.MISBEHAVIOUR, ids, self._orders.step), count)

    def able(self, ids: Ints) -> Ints:
        """Those of `ids` that have not stopped."""
        return ids[~self._orders.stopped[ids]]

    def under(self, name: int, draft: Publication) -> Publication:
        """The same, published under the id `name`."""
        return replace(draft, signature=replace(draft.signature, publisher=name))

    def odd(self, row: int) -> Publication:
        """The oddest flows of the batch, anomalous or not, as one group."""
        scores = np.nan_to_num(self._scores[row], nan=-1.0)
        length = int(self._batch.lengths[row])
        chosen = np.argsort(-scores, kind="stable")[: min(SPAM_FLOWS, length)]
        flows = self._batch.flows[row, chosen]
        truth = self._truth(self._batch.truth[row, chosen])
        mean, spread = flows.mean(axis=0), flows.std(axis=0)
        return self._draft(row, len(chosen), float(scores[chosen].mean()), mean, spread, *truth)

    def normal(self, row: int, draw: float) -> Publication:
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
            confidence=round(score, 4),
            centre=published,
            spread=quantise(spread),
            features=standout(deviation, self._names),
        )
        return Publication(signature, truth, attack, author=int(self._ids[row]))
