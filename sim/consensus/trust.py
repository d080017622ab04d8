"""Reputation: Beta counts of good and bad behaviour with forgetting.

After Jøsang and Ismail: The Beta Reputation System, Bled eConference 2002. A vote that a later
verdict bears out is a good deed, one that it contradicts is a bad one; a publisher answers for its
signature in the same way. A bad deed weighs `trust.penalty` good ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.config.schema import TrustSection

Floats64 = NDArray[np.float64]
Ints = NDArray[np.int64]


class Reputation:
    """Evidence about `n` agents."""

    def __init__(self, agents: int) -> None:
        self._good = np.zeros(agents, dtype=np.float64)
        self._bad = np.zeros(agents, dtype=np.float64)

    def forget(self, settings: TrustSection) -> None:
        """Let one step pass."""
        self._good *= settings.forgetting
        self._bad *= settings.forgetting

    def praise(self, agents: Ints) -> None:
        """Count one good deed of each of these distinct agents."""
        self._good[agents] += 1.0

    def blame(self, agents: Ints, settings: TrustSection) -> None:
        """Count one bad deed of each of these distinct agents."""
        self._bad[agents] += settings.penalty

    def trust(self, settings: TrustSection) -> Floats64:
        """(n,) expected good behaviour, 0..1."""
        good = self._good + settings.prior
        return good / (good + self._bad + settings.prior)

    def quarantined(self, settings: TrustSection) -> NDArray[np.bool_]:
        """(n,) whose votes weigh nothing."""
        return self.trust(settings) < settings.quarantine
