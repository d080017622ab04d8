"""The models of a shard: detector, each agent's own scale, and when a model is due for a refit."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint import expect
from sim.checkpoint.memory import Memory
from sim.config.schema import Config, DetectionSection, SignatureSection
from sim.detection import Detector, make_detector
from sim.numerics.arrays import Flags, Floats
from sim.numerics.compilation import kernels_of
from sim.numerics.rng import Keys
from sim.shard.attempt import by_halves
from sim.shard.evidence import Evidence
from sim.shard.windows import Windows
from sim.signatures.deviation import SCALE_FLOOR
from sim.signatures.grouping import Groups, no_groups
from sim.signatures.signature_set import SignatureSet

Ints = NDArray[np.int64]
FIRST_FIT = 1_000_000_000
"""Urgency of an agent without a model: it comes before every refit."""
FAMILIAR_FLOWS, FAMILIAR_SHARE = 8, 0.05
"""Flows of a window, and share of it, that make what they match part of normal traffic."""
MOST = 1 << 40
"""No count of steps, fits or flows is larger."""
CLEANED = 32
"""A window is cleaned when it lost more than one flow in this many."""


class Models:
    """What `n` agents have learned about their own traffic."""

    memory: ClassVar = Memory()

    def __init__(self, agents: int, features: int, settings: DetectionSection) -> None:
        self.detector: Detector = make_detector(
            settings.detector, agents, features, settings.window, trees=settings.trees
        )
        self.version: Ints = np.zeros(agents, dtype=np.int64)
        """(n,) successful fits; 0 is no model."""
        self.centre: Floats = np.zeros((agents, features), dtype=np.float32)
        """(n, D) median of each agent's own window."""
        self.scale: Floats = np.ones((agents, features), dtype=np.float32)
        """(n, D) the larger of 1.4826 times the median absolute deviation and half the standard
        deviation (which catches features that are constant for most flows)."""
        self.lost: Ints = np.zeros(agents, dtype=np.int64)
        """(n,) flows that accepted signatures took out of the window since the last fit."""
        self._last_try: Ints = np.zeros(agents, dtype=np.int64)
        self._fitted_on: Ints = np.zeros(agents, dtype=np.int64)

    def check_memory(self) -> None:
        """Refuse counts that cannot be.

        Raises:
            CheckpointError: one is out of its range.
        """
        for name, counts in (("version", self.version), ("lost", self.lost)):
            expect.within(f"models.{name}", counts, 0, MOST)
        expect.within("models._fitted_on", self._fitted_on, 0, MOST)
        expect.within("models._last_try", self._last_try, 0, MOST)

    @property
    def ready(self) -> Flags:
        """(n,) who has a model."""
        return self.version > 0

    def flagged(
        self,
        rows: Ints,
        flows: Floats,
        wanted: Flags,
        signatures: SignatureSet,
        limits: Floats,
        settings: SignatureSection,
    ) -> Flags:
        """(k, P) which of the `wanted` (k, P) flows (k, P, D) match a signature.

        They match within `limits` (k, S), the largest relative distances; 0 does not use one.
        """
        out = np.zeros(flows.shape[:2], dtype=np.bool_)
        if len(signatures) and len(rows):
            kernels_of("sim.signatures.kernels").flag(
                rows,
                np.ascontiguousarray(flows),
                np.ascontiguousarray(wanted),
                self.centre,
                self.scale,
                signatures.centres,
                limits,
                settings.similarity,
                out,
            )
        return out

    def sighted(
        self,
        rows: Ints,
        evidence: Evidence,
        recent: Flags,
        signatures: SignatureSet,
        asked: Flags,
        settings: SignatureSection,
    ) -> Flags:
        """(k, S) which of the signatures that they are `asked` about these agents have seen."""
        out = np.zeros(asked.shape, dtype=np.bool_)
        if len(signatures) and len(rows):
            kernels_of("sim.signatures.kernels").sight(
                rows,
                evidence.centres,
                recent,
                self.centre,
                self.scale,
                signatures.centres,
                within(asked, settings.radius),
                settings.similarity,
                out,
            )
        return out

    def familiar(
        self, rows: Ints, windows: Windows, signatures: SignatureSet, asked: Flags, config: Config
    ) -> Flags:
        """(k, S) which signatures several flows of the agents' own windows match.

        Only those that they are `asked` about.
        """
        out = np.zeros(asked.shape, dtype=np.bool_)
        if asked.any():
            share = FAMILIAR_SHARE * windows.counts[rows]
            kernels_of("sim.signatures.kernels").familiar(
                rows,
                windows.flows,
                windows.kept,
                self.centre,
                self.scale,
                signatures.centres,
                asked,
                np.maximum(FAMILIAR_FLOWS, np.ceil(share)).astype(np.int64),
                config.signature.similarity,
                config.signature.radius,
                out,
            )
        return out

    def grouped(
        self,
        rows: Ints,
        flows: Floats,
        scores: Floats,
        anomalous: Flags,
        settings: SignatureSection,
    ) -> Groups:
        """The groups of the `anomalous` (k, B) flows (k, B, D) with their scores (k, B)."""
        groups = no_groups(*flows.shape)
        kernels_of("sim.signatures.kernels").group(
            rows,
            np.ascontiguousarray(flows),
            np.ascontiguousarray(scores),
            np.ascontiguousarray(anomalous),
            self.centre,
            self.scale,
            settings.similarity,
            settings.radius,
            groups.size,
            groups.centre,
            groups.spread,
            groups.score,
            groups.member,
        )
        return groups

    def urgency(self, windows: Windows, step: int, settings: DetectionSection) -> Ints:
        """(n,) how much each agent needs a fit; 0 is not at all.

        A model is due when it is old, when its window has doubled since, or when accepted
        signatures took more than a few flows out of the window: a few hardly change a model.
        """
        counts = windows.counts
        enough = counts >= min(settings.min_window, settings.window)
        waited = step - self._last_try
        grown = counts >= 2 * self._fitted_on
        cleaned = (self.lost * CLEANED > self._fitted_on) & (waited > 1)
        due = (waited >= settings.refit_interval) | grown | cleaned
        urgency: Ints = np.where(self.ready, np.where(due, waited, 0), FIRST_FIT + waited)
        return np.where(enough, urgency, 0)

    def refit(
        self,
        rows: Ints,
        broken: Flags,
        windows: Windows,
        step: int,
        key: Keys,
        failed: Callable[[int, BaseException], None],
    ) -> Flags:
        """Fit the models of `rows`; who fails keeps the old model.

        Args:
            rows: (k,).
            broken: (k,) who fails by an injected fault.
            windows: what to learn from.
            step: now.
            key: (k,) keys of the random draws.
            failed: is told each row for which the detector raises.

        Returns:
            (k,) who succeeded.
        """
        self._last_try[rows] = step
        done = np.zeros(len(rows), dtype=np.bool_)
        able = np.flatnonzero(~broken)
        if not len(able):
            return done
        packed, counts = windows.packed(rows[able])
        done[able] = self._fit(rows[able], packed, counts, key[able], failed)
        fitted = np.flatnonzero(done[able])
        kernels_of("sim.shard.kernels").locate(
            rows[able][fitted],
            packed[fitted],
            counts[fitted],
            SCALE_FLOOR,
            self.centre,
            self.scale,
        )
        self._fitted_on[rows[able][fitted]] = counts[fitted]
        # Who failed still has to make up for what accepted signatures took out of the window.
        self.lost[rows[done]] = 0
        self.version[rows[done]] += 1
        return done

    def _fit(
        self,
        rows: Ints,
        packed: Floats,
        counts: Ints,
        key: Keys,
        failed: Callable[[int, BaseException], None],
    ) -> Flags:
        """(k,) whom the detector has fitted; it is asked again without those for whom it raises."""
        done = np.zeros(len(rows), dtype=np.bool_)

        def fit(some: Ints) -> Flags:
            if len(some) == len(rows):  # all: nothing is copied
                return self.detector.fit(rows, packed, counts, key)
            return self.detector.fit(rows[some], packed[some], counts[some], key[some])

        def tell(position: int, error: BaseException) -> None:
            failed(int(rows[position]), error)

        for some, fitted in by_halves(fit, np.arange(len(rows)), _nothing, tell):
            done[some] = fitted
        return done


def _nothing(positions: Ints) -> None:
    """A fit depends on its arguments alone: it may be repeated."""


def within(usable: Flags, radius: float) -> Floats:
    """(k, S) one radius for all signatures that are used, 0 for the others."""
    return np.where(usable, np.float32(radius), np.float32(0.0))


def usable_for(scores: Floats, config: Config) -> Flags:
    """Which signatures an agent lets flag its own traffic, by the scores under its own model.

    A signature in the middle of one's own normal traffic would flag everything.
    """
    return ~(scores <= np.float32(config.consensus.refute_score))
