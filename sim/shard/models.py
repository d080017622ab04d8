"""The models of a shard: detector, each agent's own scale, and when a model is due for a refit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.config.schema import Config, DetectionSection, SignatureSection
from sim.detection import Detector, make_detector
from sim.rng import Keys
from sim.shard.windows import Windows
from sim.signatures.deviation import Flags, Floats, matches_each, robust_location, standardise

Ints = NDArray[np.int64]
FIRST_FIT = 1_000_000_000
"""Urgency of an agent without a model: it comes before every refit."""


class Models:
    """What `n` agents have learned about their own traffic."""

    def __init__(self, agents: int, features: int, settings: DetectionSection) -> None:
        self.detector: Detector = make_detector(
            settings.detector, agents, features, settings.window, trees=settings.trees
        )
        self.version: Ints = np.zeros(agents, dtype=np.int64)
        """(n,) successful fits; 0 is no model."""
        self.centre: Floats = np.zeros((agents, features), dtype=np.float32)
        self.scale: Floats = np.ones((agents, features), dtype=np.float32)
        self.dirty: Flags = np.zeros(agents, dtype=np.bool_)
        """(n,) whose window lost flows that the model was trained on."""
        self._last_try: Ints = np.zeros(agents, dtype=np.int64)
        self._fitted_on: Ints = np.zeros(agents, dtype=np.int64)

    @property
    def ready(self) -> Flags:
        """(n,) who has a model."""
        return self.version > 0

    def deviations(self, rows: Ints, flows: Floats) -> Floats:
        """(k, P, D) flows in units of each agent's own scale."""
        return standardise(flows, self.centre[rows][:, None, :], self.scale[rows][:, None, :])

    def match(
        self, rows: Ints, flows: Floats, centres: Floats, settings: SignatureSection
    ) -> Flags:
        """(k, P, S) which of the flows (k, P, D) match which of the centres (S, D)."""
        return matches_each(
            self.deviations(rows, flows),
            self.deviations(rows, centres[None, :, :]),
            settings.similarity,
            settings.radius,
        )

    def urgency(self, windows: Windows, step: int, settings: DetectionSection) -> Ints:
        """(n,) how much each agent needs a fit; 0 is not at all.

        A model is due when it is old, when its window has doubled since, or when an accepted
        signature has cleaned the window.
        """
        counts = windows.counts
        enough = counts >= min(settings.min_window, settings.window)
        waited = step - self._last_try
        grown = counts >= 2 * self._fitted_on
        due = (waited >= settings.refit_interval) | grown | (self.dirty & (waited > 1))
        urgency: Ints = np.where(self.ready, np.where(due, waited, 0), FIRST_FIT + waited)
        return np.where(enough, urgency, 0)

    def refit(self, rows: Ints, broken: Flags, windows: Windows, step: int, key: Keys) -> Flags:
        """Fit the models of `rows`; who fails keeps the old model.

        Args:
            rows: (k,).
            broken: (k,) who fails by an injected fault.
            windows: what to learn from.
            step: now.
            key: (k,) keys of the random draws.

        Returns:
            (k,) who succeeded.
        """
        self._last_try[rows] = step
        self.dirty[rows] = False
        done = np.zeros(len(rows), dtype=np.bool_)
        able = np.flatnonzero(~broken)
        if not len(able):
            return done
        packed, counts = windows.packed(rows[able])
        done[able] = self.detector.fit(rows[able], packed, counts, key[able])
        for position, row in enumerate(rows[able]):
            if done[able[position]]:
                flows = packed[position, : counts[position]]
                self.centre[row], self.scale[row] = robust_location(flows)
                self._fitted_on[row] = counts[position]
        self.version[rows[done]] += 1
        return done


def usable_for(scores: Floats, config: Config) -> Flags:
    """Which signatures an agent lets flag its own traffic, by the scores under its own model.

    A signature in the middle of one's own normal traffic would flag everything.
    """
    return ~(scores <= np.float32(config.consensus.refute_score))
