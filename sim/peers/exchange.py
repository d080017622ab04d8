"""When agents lend each other trees, and what is usual in the population: once for all shards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.memory import Memory
from sim.config.schema import Config
from sim.detection import detector_kind
from sim.numerics.arrays import Flags
from sim.numerics.rng import Purpose, keys, uniforms
from sim.peers.opinion import LEAST_PEERS
from sim.peers.pool import SLOTS, Loan, joined

Ints = NDArray[np.int64]
Call = Callable[[str, Sequence[tuple[Any, ...]]], list[Any]]
"""Calls a method of every shard."""
USUAL = 0.9
"""Share of the agents whose limits are at most the usual one: where agents differ, a median would
be too low for half of them."""
GROWTH = 1.5
"""Agents with a model, as a multiple of those at the last exchange, that make a new one due."""


class Exchange:
    """Collects trees from sampled agents and hands them out to all.

    An exchange is due every `detection.refit_interval` steps, and sooner while agents still get
    their first models.

    Args:
        blocks: ids of the agents of each shard.
        seed: of the run.
    """

    memory: ClassVar = Memory(without=("_blocks", "_seed"))

    def __init__(self, blocks: Sequence[Ints], seed: int) -> None:
        self._blocks = blocks
        self._seed = seed
        self.ready: Flags = np.zeros(sum(map(len, blocks)), dtype=np.bool_)
        """(A,) who has a model."""
        self.last: Ints = np.zeros(2, dtype=np.int64)
        """Step of the last exchange, and how many agents had a model then."""

    def fitted(self, chosen: Flags, failed: Ints) -> None:
        """Note who has just been fitted: the `chosen` (A,) except those who `failed`."""
        done = chosen.copy()
        done[failed] = False
        self.ready |= done

    def update(self, step: int, config: Config, barred: Flags, call: Call) -> None:
        """Exchange trees if that is due.

        Args:
            step: now.
            config: as of this step.
            barred: (A,) whose trees nobody wants: quarantined, silent or stopped agents.
            call: calls the shards.
        """
        settings = config.detection
        if not (settings.second_opinion and detector_kind(settings.detector).lends_trees):
            return
        able = self.ready & ~barred
        count = int(able.sum())
        grown = count >= GROWTH * self.last[1] or (count > self.last[1] and able.all())
        if count <= LEAST_PEERS or not (grown or step - self.last[0] >= settings.refit_interval):
            return
        self.last[:] = step, count
        lenders = self._lenders(np.flatnonzero(able), step)
        wanted = np.zeros(len(able), dtype=np.bool_)
        wanted[lenders] = True
        loans: list[Loan] = call("lend", [(np.flatnonzero(wanted[ids]),) for ids in self._blocks])
        loan = joined(loans, lenders)
        share = USUAL if config.peer_bound else 0.5
        found = np.concatenate(call("consult", [(loan,)] * len(self._blocks)))
        call("compare", [(usual(found[able], share),)] * len(self._blocks))

    def _lenders(self, able: Ints, step: int) -> Ints:
        """At most `SLOTS` of the (k,) ids, drawn by keyed hash."""
        draw = uniforms(keys(self._seed, Purpose.LENDERS, able, step), 1)[:, 0]
        return able[np.argsort(draw, kind="stable")[:SLOTS]]


def usual(found: NDArray[np.float64], share: float = 0.5) -> tuple[float, float, float, float]:
    """M, S, U and the usual limit of `sim.peers.opinion`; NaN where nobody knows.

    Args:
        found: (A, 3) medians, reaches and limits; NaN where unknown.
        share: of the agents whose limits are at most the usual one.
    """
    limits = found[~np.isnan(found[:, 2]), 2]
    limit = float(np.quantile(limits, share)) if len(limits) else np.nan
    medians, reaches = found[~np.isnan(found[:, :2]).any(axis=1), :2].T
    if len(medians) <= LEAST_PEERS:
        return (np.nan, np.nan, np.nan, limit)
    middle = float(np.median(medians))
    deviation = 1.4826 * float(np.median(np.abs(medians - middle)))
    return middle, deviation, float(np.median(reaches)), limit
