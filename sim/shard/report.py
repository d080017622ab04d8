"""What a shard tells the model after a step: plain arrays, so that it can live anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.detection.quality import StepQuality, summed
from sim.detection.quality import judged as judged_by
from sim.numerics.arrays import Flags, Floats
from sim.shard.judgements import CacheCounts
from sim.shard.sightings import sightings_of

if TYPE_CHECKING:
    from sim.shard.shard import Shard

Ints = NDArray[np.int64]

MANY = 0.2
"""Share of a batch from which flagged flows are more than what is flagged of normal traffic."""


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """The outcome of a step for `n` agents."""

    solo: Flags
    """(n, B) flows that the agent's own model flags."""
    blocked: Flags
    """(n, B) flows that an accepted signature flags."""
    flagged: Flags
    """(n, B) flows that the agent flags with the help of the others."""
    versions: Ints
    """(n,) successful fits."""
    windows: Ints
    """(n,) flows in the training window."""
    positions: Ints
    """(n,) where the agent stands in its traffic; see `TrafficSource.positions`."""
    best: Floats
    """(n,) highest score in the batch, NaN without a model."""
    attacked: Flags
    """(n,) ground truth: attack flows in the batch."""
    look_ups: Ints
    """(n, 2) judgements of this step that came from the cache, and that did not."""
    sightings: Ints
    """(m, 2) agent and accepted signature that flagged flows of it."""
    contacts: Ints
    """(m, 6) agents with judged attack flows: agent, kind, flows, and how many of these the own
    model flagged, anything flagged, accepted signatures flagged. Ground truth."""
    quality: StepQuality
    """Flows by truth and by what flagged them."""
    flows: int
    """Flows observed."""
    scored: int
    """Flows that a model scored."""
    damaged: int
    """Agents whose cache of judgements was inconsistent."""
    cache: CacheCounts
    """Since the shard was made."""
    cached: int
    """Judgements in the cache now."""

    def alert(self, clear: float) -> Flags:
        """(n,) who sees what calls for attention: flows that score `clear`, or many flagged.

        One flow in twenty is flagged where nothing happens: that alone alarms nobody.
        """
        many = self.flagged.mean(axis=1) >= MANY if self.flagged.shape[1] else False
        return np.asarray((self.best >= clear) | many, dtype=np.bool_)

    def digest(self) -> bytes:
        """Sixteen bytes over what every agent flagged and how often it has learned.

        Over the population, not shard by shard: how agents are cut into shards is no result.
        """
        digest = hashlib.blake2b(digest_size=16)
        digest.update(np.packbits(self.solo).tobytes())
        digest.update(np.packbits(self.blocked).tobytes())
        digest.update(np.packbits(self.flagged).tobytes())
        digest.update(np.stack([self.versions, self.windows], axis=1).astype("<i8").tobytes())
        return digest.digest()


@dataclass(frozen=True, slots=True, eq=False)
class AgentFigures:
    """One agent from near."""

    version: int
    window: int
    scores: Floats
    """(b,) of its last batch."""
    centre: Floats
    """(D,) median of its window."""
    scale: Floats
    """(D,)."""
    mean: Floats
    """(D,) of its last batch; the median where it observed nothing."""


def report_of(shard: Shard) -> Report:
    """The outcome of the step just done."""
    judged = ~np.isnan(shard.scores)
    truth = shard.batch.truth
    best = np.where(judged, shard.scores, np.float32(-1.0)).max(axis=1)
    return Report(
        solo=shard.solo,
        blocked=shard.blocked,
        flagged=shard.collective,
        versions=shard.models.version,
        windows=shard.windows.counts,
        positions=shard.source.positions(shard.ids),
        best=np.where(best < 0, np.float32(np.nan), best),
        attacked=np.asarray((truth > 0).any(axis=1), dtype=np.bool_),
        look_ups=shard.judging.look_ups,
        sightings=sightings_of(shard),
        contacts=_contacts(shard, judged),
        quality=judged_by(truth, judged, shard.solo, shard.suspected, shard.blocked),
        flows=int(shard.batch.lengths.sum()),
        scored=int(judged.sum()),
        damaged=int(shard.judging.damaged.sum()),
        cache=replace(shard.judging.cache.counts),
        cached=len(shard.judging.cache),
    )


def _contacts(shard: Shard, judged: Flags) -> Ints:
    """See `Report.contacts`; in the order of agents and kinds."""
    truth = shard.batch.truth
    row, flow = np.nonzero(judged & (truth > 0))
    if not len(row):
        return np.zeros((0, 6), dtype=np.int64)
    flags = (shard.solo, shard.collective, shard.blocked)
    kind = truth[row, flow].astype(np.int64) - 1
    pairs, place = np.unique(np.stack([row, kind], axis=1), axis=0, return_inverse=True)
    counts = np.zeros((len(pairs), 4), dtype=np.int64)
    each = np.stack([np.ones(len(row), dtype=np.bool_), *(f[row, flow] for f in flags)], axis=1)
    np.add.at(counts, place.reshape(-1), each)
    return np.column_stack([shard.ids[pairs[:, 0]], pairs[:, 1], counts])


def figures_of(shard: Shard, row: int) -> AgentFigures:
    """One agent from near."""
    length = int(shard.batch.lengths[row])
    centre = shard.models.centre[row]
    return AgentFigures(
        version=int(shard.models.version[row]),
        window=int(shard.windows.counts[row]),
        scores=shard.scores[row, :length].copy(),
        centre=centre.copy(),
        scale=shard.models.scale[row].copy(),
        mean=shard.batch.flows[row, :length].mean(axis=0) if length else centre.copy(),
    )


def joined(reports: Sequence[Report]) -> Report:
    """The reports of all shards as that of the population."""
    cache = CacheCounts()
    for report in reports:
        cache.add(report.cache)
    return Report(
        solo=np.concatenate([r.solo for r in reports]),
        blocked=np.concatenate([r.blocked for r in reports]),
        flagged=np.concatenate([r.flagged for r in reports]),
        versions=np.concatenate([r.versions for r in reports]),
        windows=np.concatenate([r.windows for r in reports]),
        positions=np.concatenate([r.positions for r in reports]),
        best=np.concatenate([r.best for r in reports]),
        attacked=np.concatenate([r.attacked for r in reports]),
        look_ups=np.concatenate([r.look_ups for r in reports]),
        sightings=np.concatenate([r.sightings for r in reports]),
        contacts=np.concatenate([r.contacts for r in reports]),
        quality=summed(r.quality for r in reports),
        flows=sum(r.flows for r in reports),
        scored=sum(r.scored for r in reports),
        damaged=sum(r.damaged for r in reports),
        cache=cache,
        cached=sum(r.cached for r in reports),
    )
