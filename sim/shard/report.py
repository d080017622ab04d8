"""What a shard tells the model after a step: plain arrays, so that it can live anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.expect import shaped, within
from sim.checkpoint.memory import Memory
from sim.detection.quality import StepQuality, summed
from sim.detection.quality import judged as judged_by
from sim.numerics.arrays import Flags, Floats
from sim.shard.judgements import CacheCounts
from sim.shard.judging import Judging
from sim.shard.models import Models
from sim.shard.step import Step
from sim.shard.windows import Windows

Ints = NDArray[np.int64]

MANY = 0.2
"""Share of a batch from which flagged flows are more than what is flagged of normal traffic."""


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """The outcome of a step for `n` agents."""

    memory: ClassVar = Memory(values=(CacheCounts, StepQuality))

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

    def check_memory(self, agents: int) -> None:
        """Refuse what is not of this population.

        Raises:
            CheckpointError: an array does not have the size that it must have, or a number is out
                of its range.
        """
        shaped("report.solo", self.solo, (agents, None))
        for name in ("blocked", "flagged"):
            shaped(f"report.{name}", getattr(self, name), self.solo.shape)
        for name in ("versions", "windows", "positions", "best", "attacked"):
            shaped(f"report.{name}", getattr(self, name), (agents,))
        shaped("report.look_ups", self.look_ups, (agents, 2))
        shaped("report.sightings", self.sightings, (None, 2))
        shaped("report.contacts", self.contacts, (None, 6))
        for name in ("sightings", "contacts"):
            within(f"an agent of report.{name}", getattr(self, name)[:, 0], 0, agents - 1)

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
    """One agent, in detail."""

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


def report_of(
    step: Step,
    ids: Ints,
    models: Models,
    windows: Windows,
    judging: Judging,
    positions: Ints,
    sightings: Ints,
) -> Report:
    """The outcome of the step just done.

    Args:
        step: what the agents observed and made of it.
        ids: (n,) of the agents.
        models: what they have learned.
        windows: what they learn from.
        judging: what they looked up.
        positions: (n,) where they stand in their traffic.
        sightings: (m, 2); see `sim.shard.sightings`.
    """
    judged, truth, flagged = step.judged, step.batch.truth, step.collective
    best = np.where(judged, step.scores, np.float32(-1.0)).max(axis=1)
    return Report(
        solo=step.solo,
        blocked=step.blocked,
        flagged=flagged,
        versions=models.version,
        windows=windows.counts,
        positions=positions,
        best=np.where(best < 0, np.float32(np.nan), best),
        attacked=np.asarray((truth > 0).any(axis=1), dtype=np.bool_),
        look_ups=judging.look_ups,
        sightings=sightings,
        contacts=_contacts(step, ids),
        quality=judged_by(truth, judged, step.solo, step.suspected, step.blocked),
        flows=int(step.batch.lengths.sum()),
        scored=int(judged.sum()),
        damaged=int(judging.damaged.sum()),
        cache=replace(judging.cache.counts),
        cached=len(judging.cache),
    )


def _contacts(step: Step, ids: Ints) -> Ints:
    """See `Report.contacts`; in the order of agents and kinds."""
    truth = step.batch.truth
    row, flow = np.nonzero(step.judged & (truth > 0))
    if not len(row):
        return np.zeros((0, 6), dtype=np.int64)
    flags = (step.solo, step.collective, step.blocked)
    kind = truth[row, flow].astype(np.int64) - 1
    kinds = int(kind.max()) + 1
    pairs, place = np.unique(row * kinds + kind, return_inverse=True)
    counts = [np.bincount(place, minlength=len(pairs))]
    counts += [np.bincount(place[f[row, flow]], minlength=len(pairs)) for f in flags]
    return np.column_stack([ids[pairs // kinds], pairs % kinds, *counts])


def figures_of(step: Step, models: Models, windows: Windows, row: int) -> AgentFigures:
    """Inspect one agent."""
    length = int(step.batch.lengths[row])
    centre = models.centre[row]
    return AgentFigures(
        version=int(models.version[row]),
        window=int(windows.counts[row]),
        scores=step.scores[row, :length].copy(),
        centre=centre.copy(),
        scale=models.scale[row].copy(),
        mean=step.batch.flows[row, :length].mean(axis=0) if length else centre.copy(),
    )


def flagged_at(step: Step, threshold: float) -> Ints:
    """(3,) flows that are flagged, that would be with this threshold, and that were judged."""
    judged = ~np.isnan(step.joint)
    would = (step.joint >= np.float32(threshold)) | step.blocked
    flags = ((step.suspected | step.blocked) & judged, would & judged, judged)
    return np.array([np.count_nonzero(flag) for flag in flags], dtype=np.int64)


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
