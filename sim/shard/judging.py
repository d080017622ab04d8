"""How anomalous signatures are under the agents' own models, through the cache of judgements."""

from __future__ import annotations

import logging
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.memory import Memory
from sim.config.schema import CacheSection, Config
from sim.errors import is_lack
from sim.numerics.arrays import Flags, Floats
from sim.peers.opinion import SecondOpinion
from sim.shard.judgements import JudgementCache
from sim.shard.models import Models
from sim.signatures.signature_set import SignatureSet

_LOG = logging.getLogger(__name__)
Ints = NDArray[np.int64]


class Judging:
    """Scores of signatures for the agents of a shard.

    Args:
        models: the agents' models.
        second: the agents' committees, if they have any.
        share: share of the population that the shard holds, and so of the cache's capacity.
    """

    memory: ClassVar = Memory(
        # What was looked up, and what was damaged, is of one step.
        without=("_models", "_share", "_second", "_heard", "_settings", "look_ups", "damaged")
    )

    def __init__(self, models: Models, second: SecondOpinion | None, share: float) -> None:
        agents = len(models.version)
        self.cache = JudgementCache(agents)
        self.look_ups: Ints = np.zeros((agents, 2), dtype=np.int64)
        """(n, 2) hits and misses of this step."""
        self.damaged: Flags = np.zeros(agents, dtype=np.bool_)
        """(n,) whose cache was inconsistent in this step, and has been cleared."""
        self._models = models
        self._second = second
        self._heard: SecondOpinion | None = None
        self._share = share

    def begin(self, config: Config) -> None:
        """Start counting for a new step."""
        self._settings = config.detection
        self._heard = self._second if config.detection.second_opinion else None
        self.look_ups[:] = 0
        self.damaged[:] = False

    def scores(
        self,
        rows: Ints,
        signatures: SignatureSet,
        asked: Flags,
        step: int,
        settings: CacheSection,
        *,
        voting: bool,
    ) -> Floats:
        """(k, S) scores under the models of `rows`; NaN without a model and where not `asked`.

        `voting` tells what the look-ups are counted as: votes, or uses of accepted signatures.
        """
        version = self._version
        present = np.full(len(version), -1, dtype=np.int64)
        present[rows] = np.where(version[rows] > 0, version[rows], -1)
        wanted = np.zeros((len(version), len(signatures)), dtype=np.bool_)
        wanted[rows] = asked & (version[rows] > 0)[:, None]
        scores, hit = self._look_up(signatures, present, step, settings, wanted)
        missing = wanted & ~hit
        self._count(hit, missing, voting)
        self._judge_anew(missing, signatures.centres, scores)
        try:
            if settings.capacity:
                self.cache.store(signatures.contents, scores, missing, present, step)
            self.cache.shrink(int(settings.capacity * self._share))
        except Exception as error:
            self._clear(error, wanted)
        return scores[rows]

    def _look_up(
        self,
        signatures: SignatureSet,
        present: Ints,
        step: int,
        settings: CacheSection,
        wanted: Flags,
    ) -> tuple[Floats, Flags]:
        """(n, S) scores that are known, and which these are; a cache that is broken knows none."""
        if settings.capacity:
            try:
                scores, hit, damaged = self.cache.look_up(
                    signatures.contents, present, step, settings.ttl_steps, wanted
                )
            except Exception as error:
                self._clear(error, wanted)
            else:
                self.damaged |= damaged
                return scores, hit
        return np.full(wanted.shape, np.nan, dtype=np.float32), np.zeros_like(wanted)

    def _clear(self, error: Exception, wanted: Flags) -> None:
        """Begin a new cache after an error in it, which is that of all who used it.

        Raises:
            Exception: `error` itself, where the machine runs short.
        """
        if is_lack(error):
            raise error
        _LOG.warning("a cache of judgements is cleared", exc_info=error)
        self.damaged |= wanted.any(axis=1)
        counts, self.cache = self.cache.counts, JudgementCache(len(wanted))
        self.cache.counts = counts

    @property
    def _version(self) -> Ints:
        """(n,) version of what each agent judges with, 0 without a model.

        Model and committee only ever go on to a next version, and so does their sum.
        """
        version = self._models.version
        if self._heard is None:
            return version
        return np.where(version > 0, version + self._heard.revision, 0)

    def joint(self, rows: Ints, flows: Floats, lengths: Ints, own: Floats) -> Floats:
        """(k, B) own scores of flows (k, B, D), together with second opinions if these count."""
        if self._heard is None:
            return own
        return self._heard.joint(rows, flows, lengths, own)

    def flagged(self, rows: Ints, own: Floats, joint: Floats, lately: Flags) -> Flags:
        """(k, B) the flows that these agents flag; see `SecondOpinion.flagged`."""
        settings = self._settings
        if self._heard is None:
            return joint >= np.float32(settings.threshold)
        least, share = settings.threshold, settings.peer_excess
        return self._heard.flagged(rows, own, joint, lately, least, share)

    def of_flows(self, rows: Ints, flows: Floats) -> Floats:
        """(k, P) how anomalous these agents find flows (k, P, D), as of signatures, uncached."""
        lengths = np.full(len(rows), flows.shape[1], dtype=np.int64)
        own = self._models.detector.score(rows, flows, lengths)
        return _agreed(own, self.joint(rows, flows, lengths, own))

    def _count(self, hit: Flags, missing: Flags, voting: bool) -> None:
        self.look_ups[:, 0] += hit.sum(axis=1)
        self.look_ups[:, 1] += missing.sum(axis=1)
        hits, misses, counts = int(hit.sum()), int(missing.sum()), self.cache.counts
        counts.hits += hits
        counts.misses += misses
        if voting:
            counts.vote_hits += hits
            counts.vote_misses += misses

    def _judge_anew(self, missing: Flags, centres: Floats, scores: Floats) -> None:
        """Score what is `missing` (n, S) and write it into `scores`."""
        count = missing.sum(axis=1)
        voters = np.flatnonzero(count)
        if not len(voters):
            return
        # What each voter lacks, in front: voters lack different ones.
        lengths = count[voters]
        which, column = np.nonzero(missing[voters])
        place = np.arange(len(which)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        flows = np.zeros((len(voters), int(lengths.max()), centres.shape[1]), dtype=np.float32)
        flows[which, place] = centres[column]
        own = self._models.detector.score(voters, flows, lengths)
        fresh = _agreed(own, self.joint(voters, flows, lengths, own))
        scores[voters[which], column] = fresh[which, place]


def _agreed(own: Floats, joint: Floats) -> Floats:
    """Scores that the own model and the second opinion both stand for.

    The one nearer to 0.5, or 0.5 where one finds normal what the other finds anomalous: evidence
    for a vote must not rest on the peers alone, who are asked by others, too, nor on a model that
    may have learned an attack.
    """
    high, low = np.maximum(own, joint), np.minimum(own, joint)
    agreed: Floats = np.maximum(np.minimum(high, np.float32(0.5)), low)
    return agreed
