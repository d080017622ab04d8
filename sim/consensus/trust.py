"""Reputation: Beta counts of good and bad behaviour with forgetting.

After Jøsang and Ismail: The Beta Reputation System, Bled eConference 2002. Two things are added so
that a reputation is slow to earn and quick to lose: what an agent gains in one step is capped by
`trust.growth`, however many polls it takes part in, and a bad deed weighs `trust.penalty` good
ones. An agent without much evidence for or against it is a newcomer; its certainty is that of
subjective logic, r + s over r + s + W (Jøsang: Subjective Logic, Springer 2016, chapter 3).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.memory import Memory
from sim.config.schema import TrustSection

Floats64 = NDArray[np.float64]
Ints = NDArray[np.int64]


class Reputation:
    """Evidence about `n` agents."""

    memory: ClassVar = Memory()

    def __init__(self, agents: int) -> None:
        self._good = np.zeros(agents, dtype=np.float64)
        self._bad = np.zeros(agents, dtype=np.float64)
        self._right = np.zeros(agents, dtype=np.float64)
        """Good deeds of the step under way; `settle` turns them into evidence."""
        self._wrong = np.zeros(agents, dtype=np.float64)

    def __len__(self) -> int:
        return len(self._good)

    def forget(self, settings: TrustSection) -> None:
        """Let one step pass."""
        self._good *= settings.forgetting
        self._bad *= settings.forgetting

    def praise(self, agents: Ints, weight: float = 1.0) -> None:
        """Note a good deed of this weight of each of these distinct agents."""
        self._right[agents] += weight

    def blame(self, agents: Ints, weight: float = 1.0) -> None:
        """Note a bad deed of this weight of each of these distinct agents."""
        self._wrong[agents] += weight

    def settle(self, settings: TrustSection) -> None:
        """Turn the deeds of the step into evidence.

        Polls of one step are often about one thing, so a step counts as one deed at most: as
        `growth` for what was right and as `penalty` for what was wrong.
        """
        self._good += np.minimum(self._right, settings.growth)
        self._bad += np.minimum(self._wrong, 1.0) * settings.penalty
        self._right[:] = 0.0
        self._wrong[:] = 0.0

    def trust(self, settings: TrustSection) -> Floats64:
        """(n,) expected good behaviour, 0..1."""
        good = self._good + settings.prior
        return good / (good + self._bad + settings.prior)

    def certainty(self, settings: TrustSection) -> Floats64:
        """(n,) how much is known about each agent: 0 is nothing, towards 1 with evidence."""
        evidence = self._good + self._bad
        return evidence / (evidence + 2.0 * settings.prior)

    def standing(self, settings: TrustSection) -> Floats64:
        """(n,) trust, of which a newcomer has only the share `trust.newcomer`."""
        known = settings.newcomer + (1.0 - settings.newcomer) * self.certainty(settings)
        return self.trust(settings) * known

    def quarantined(self, settings: TrustSection) -> NDArray[np.bool_]:
        """(n,) whose votes weigh nothing, and whose signatures are not accepted."""
        return self.trust(settings) < settings.quarantine
