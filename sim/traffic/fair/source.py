"""Fair synthetic traffic: as hard to judge as recorded flows, with exact ground truth.

What recorded files have and clear traffic lacks (the figures are asserted by
`tests/traffic/test_fair.py`): 30 columns, one in six a category, heavy tails, a third to half of
all flows nearly seen before, services that few use, benign bursts at many, means that drift, and
attacks that one central model of clean traffic tells apart with an area under the ROC curve of .80
to .92. Attacks reach the agents that they are aimed at one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.numerics.compilation import FAIR, kernels_of
from sim.numerics.rng import Purpose, keys
from sim.traffic.attacks import Attack, active
from sim.traffic.drawn import DrawnTraffic
from sim.traffic.fair import world
from sim.traffic.fair.attacks import pattern_of
from sim.traffic.fair.events import BURST_SHARE, EPOCH, Bursts, RareServices
from sim.traffic.profiles import make_profiles
from sim.traffic.source import Batch, Flows, Rows

STAGGER: Final = 20
"""Steps in which an attack gets to all whom it is aimed at."""
_BURST: Final = len(world.SERVICES) + world.RARE
"""The component of a burst, after the common and the rare services."""
_COMPONENTS: Final = _BURST + 1
_REPEATED: Final = np.array([0.6] * len(world.SERVICES) + [0.4] * world.RARE + [0.3])
_NOISE: Final = np.array([1.0] * len(world.SERVICES) + [0.6] * world.RARE + [0.5])


class FairTraffic(DrawnTraffic):
    """Endless traffic for any number of agents; it has no state at all."""

    def __init__(self, agents: int, seed: int, skew: float) -> None:
        super().__init__(agents, seed, world.COLUMNS)
        everyone = np.arange(agents, dtype=np.int64)
        self._profiles = make_profiles(
            seed, everyone, skew, common=world.SHARES, deviations=world.DEVIATIONS
        )
        self._offsets = self._profiles.offset * (world.FILLED >= 1.0)
        self._rare = RareServices(seed, agents)
        self.bursts = Bursts(seed)
        self._habits = keys(seed, Purpose.HABITS, np.arange(_COMPONENTS, dtype=np.int64))

    def observe(self, agents: Rows, step: int, size: int, attacks: Sequence[Attack]) -> Batch:
        """Benign flows, some of them replaced by the attacks that have got to the agent."""
        flows = np.empty((len(agents), size, len(world.COLUMNS)), dtype=np.float32)
        self._draw(agents, step, flows)
        truth = np.zeros((len(agents), size), dtype=np.int16)
        for attack in active(attacks, step):
            self._mix_in(attack, agents, step, flows, truth)
        return Batch(flows, np.full(len(agents), size, dtype=np.int64), truth)

    def profile(self, agent: int) -> str:
        """The service that this agent uses most."""
        return self._profiles.main_application(agent, world.SERVICES)

    def _draw(self, agents: Rows, step: int, flows: Flows) -> None:
        look = world.services(step) + world.RARE_LOOK + self.bursts.look(step)
        rare, rare_share = self._rare.now(agents, step)
        there = self.bursts.reached(agents, step)
        special = np.stack([np.full(len(agents), _BURST, dtype=np.int64), rare], axis=1)
        share = np.stack([np.where(there, BURST_SHARE, 0.0), rare_share], axis=1)
        habits = self._habits.copy()
        habits[_BURST] ^= np.uint64(step // EPOCH)
        kernels_of(FAIR).draw_fair(
            keys(self.seed, Purpose.NORMAL_FLOWS, agents, step),
            agents,
            self._profiles.mixture,
            self._offsets,
            special,
            share,
            look.means,
            _NOISE,
            _REPEATED,
            habits,
            look.kinds,
            world.DEVIATIONS,
            look.filled,
            world.LOADINGS,
            flows,
        )

    def _mix_in(
        self, attack: Attack, agents: Rows, step: int, flows: Flows, truth: NDArray[np.int16]
    ) -> None:
        """Replace a share of the flows of the reached agents, in place."""
        rows, drawn = attack.strikes(
            agents, seed=self.seed, step=step, population=self.agents, stagger=STAGGER
        )
        if not len(rows):
            return
        code = self.attack_kinds.index(attack.kind) + 1
        mean, deviation, strength = pattern_of(
            attack.kind, self.patterns[attack.kind], attack.intensity
        )
        kernels_of("sim.traffic.kernels").mix_in(
            drawn, rows, attack.share, mean, deviation, strength, code, flows, truth
        )
