"""What happens in fair traffic without being an attack: bursts at many, rare services at a few.

Backups and updates come to many agents within a few steps, stay for a few and look like nothing
that was there before; rare services are used by few agents, now and then. All of it is a function
of the run's seed and the step.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.numerics.rng import Purpose, keys, uniforms
from sim.traffic.fair.world import RARE, SERVICES, Floats, Look, patchworks

Ints = NDArray[np.int64]
EPOCH: Final = 24
"""Steps of which one burst falls into each."""
_EARLIEST, _LATEST = 2, 12
_LEAST_AGENTS, _MOST_AGENTS = 0.3, 0.8
_DELAY: Final = 3
"""Steps within which a burst is everywhere where it comes."""
_LEAST_STAY, _MOST_STAY = 3, 6
BURST_SHARE: Final = 0.25
"""Of the flows of an agent while a burst is there."""

_SESSION, _PERIOD = 3, 40
"""Steps for which a rare service is in use, and in which that happens once."""
_FEW: Final = 0.06
"""Share of the agents that use a rare service."""
_LEAST_RARE, _MOST_RARE = 0.002, 0.01
"""Of the flows of such an agent over time."""


class Bursts:
    """The benign bursts of a run."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def look(self, step: int) -> Look:
        """How the burst of this time looks."""
        epoch, what = step // EPOCH, self._draws(step // EPOCH)[4]
        # A backup is the same each time; no update is like another.
        which = 0 if what < 0.5 else epoch + 1
        key = keys(self._seed, Purpose.BURSTS, np.array([which], dtype=np.int64), 1)
        return patchworks(key)

    def reached(self, agents: Ints, step: int) -> NDArray[np.bool_]:
        """(k,) whom a burst is at in this step."""
        start, share, stay, epoch, _ = self._draws(step // EPOCH)
        draws = uniforms(keys(self._seed, Purpose.BURSTS, agents, 2 + int(epoch)), 2)
        age = step - start - np.floor(draws[:, 1] * _DELAY)
        there: NDArray[np.bool_] = (draws[:, 0] < share) & (age >= 0) & (age < stay)
        return there

    def _draws(self, epoch: int) -> tuple[float, float, float, float, float]:
        key = keys(self._seed, Purpose.BURSTS, np.array([epoch], dtype=np.int64))
        start, share, stay, what = uniforms(key, 4)[0].tolist()
        return (
            epoch * EPOCH + _EARLIEST + int(start * (_LATEST - _EARLIEST)),
            _LEAST_AGENTS + share * (_MOST_AGENTS - _LEAST_AGENTS),
            _LEAST_STAY + int(stay * (_MOST_STAY - _LEAST_STAY + 1)),
            epoch,
            what,
        )


class RareServices:
    """Who uses which rare service when; shares average out to 0.2 to 1 % of an agent's flows."""

    def __init__(self, seed: int, agents: int) -> None:
        everyone = np.arange(agents, dtype=np.int64)
        key = keys(seed, Purpose.RARE_SERVICES, everyone)
        draws = uniforms(key, 2 * RARE)
        rank = draws[:, :RARE].argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
        self.users: NDArray[np.bool_] = rank < max(1, round(_FEW * agents))
        """(A, R)."""
        self._phase = np.floor(draws[:, RARE:] * _PERIOD)
        of = uniforms(keys(seed, Purpose.RARE_SERVICES, np.arange(RARE, dtype=np.int64), 1), 1)
        self._share = (_LEAST_RARE + of[:, 0] * (_MOST_RARE - _LEAST_RARE)) * _PERIOD / _SESSION

    def now(self, agents: Ints, step: int) -> tuple[Ints, Floats]:
        """(k,) component that is in use, and (k,) its share of the flows; of several the first."""
        using = self.users[agents] & ((step + self._phase[agents]) % _PERIOD < _SESSION)
        first = using.argmax(axis=1)
        return len(SERVICES) + first, np.where(using.any(axis=1), self._share[first], 0.0)
