"""Clear synthetic traffic: normal profiles, and attacks that nobody can overlook."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.numerics.compilation import kernels_of
from sim.numerics.rng import Purpose, keys
from sim.traffic.attacks import Attack, active
from sim.traffic.drawn import DrawnTraffic
from sim.traffic.patterns import Pattern
from sim.traffic.profiles import FEATURES, make_profiles, normal_flows
from sim.traffic.source import Batch, Flows, Rows


class SyntheticTraffic(DrawnTraffic):
    """Endless traffic for any number of agents; it has no state at all."""

    def __init__(self, agents: int, seed: int, skew: float) -> None:
        super().__init__(agents, seed, FEATURES)
        self._profiles = make_profiles(seed, np.arange(agents, dtype=np.int64), skew)
        self._patterns = {kind: _as_arrays(pattern) for kind, pattern in self.patterns.items()}

    def observe(self, agents: Rows, step: int, size: int, attacks: Sequence[Attack]) -> Batch:
        """Normal flows, some of them replaced by the attacks that reach the agent."""
        key = keys(self.seed, Purpose.NORMAL_FLOWS, agents, step)
        flows = normal_flows(self._profiles, agents, key, size)
        truth = np.zeros((len(agents), size), dtype=np.int16)
        for attack in active(attacks, step):
            self._mix_in(attack, agents, step, flows, truth)
        return Batch(flows, np.full(len(agents), size, dtype=np.int64), truth)

    def profile(self, agent: int) -> str:
        """The application that this agent uses most."""
        return self._profiles.main_application(agent)

    def _mix_in(
        self, attack: Attack, agents: Rows, step: int, flows: Flows, truth: NDArray[np.int16]
    ) -> None:
        """Replace a share of the flows of the reached agents, in place."""
        rows, drawn = attack.strikes(agents, seed=self.seed, step=step, population=self.agents)
        if not len(rows):
            return
        mean, deviation, touched = self._patterns[attack.kind]
        kernels_of("sim.traffic.kernels").mix_in(
            drawn,
            rows,
            attack.share,
            mean,
            deviation,
            # A weak attack hides: its features stay half-way to the traffic around it.
            touched * (0.5 + 0.5 * attack.intensity),
            self.attack_kinds.index(attack.kind) + 1,
            flows,
            truth,
        )


def _as_arrays(
    pattern: Pattern,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean, deviation and whether it is touched, (D,) each."""
    values = [pattern.features.get(name) for name in FEATURES]
    mean = np.array([v[0] if v else 0.0 for v in values])
    deviation = np.array([v[1] if v else 0.0 for v in values])
    touched = np.array([1.0 if v else 0.0 for v in values])
    return mean, deviation, touched
