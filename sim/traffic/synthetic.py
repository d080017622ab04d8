"""Synthetic traffic: normal profiles with injected attacks, and therefore exact ground truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.numerics.compilation import kernels_of
from sim.numerics.rng import Purpose, keys
from sim.traffic.attacks import Attack, active
from sim.traffic.patterns import Pattern, patterns
from sim.traffic.profiles import FEATURES, make_profiles, normal_flows
from sim.traffic.source import Batch, Flows, Rows


class SyntheticTraffic:
    """Endless traffic for any number of agents; it has no state at all."""

    def __init__(self, agents: int, seed: int, skew: float) -> None:
        self.format = ""
        self.features: tuple[str, ...] = FEATURES
        self.warnings: tuple[str, ...] = ()
        known, self.notices = patterns()
        self.attack_kinds: tuple[str, ...] = tuple(known)
        self.labelled = True
        self.agents = agents
        self.loop = False
        self._seed = seed
        self._profiles = make_profiles(seed, np.arange(agents, dtype=np.int64), skew)
        self._patterns = {kind: _as_arrays(pattern) for kind, pattern in known.items()}

    def observe(self, agents: Rows, step: int, size: int, attacks: Sequence[Attack]) -> Batch:
        """Normal flows, some of them replaced by the attacks that reach the agent."""
        key = keys(self._seed, Purpose.NORMAL_FLOWS, agents, step)
        flows = normal_flows(self._profiles, agents, key, size)
        truth = np.zeros((len(agents), size), dtype=np.int16)
        for attack in active(attacks, step):
            self._mix_in(attack, agents, step, flows, truth)
        return Batch(flows, np.full(len(agents), size, dtype=np.int64), truth)

    def exhausted(self, step: int, gone: NDArray[np.bool_] | None = None) -> bool:
        """Never."""
        return False

    def positions(self, agents: Rows) -> Rows:
        """Zeros: every step has its own flows."""
        return np.zeros(len(agents), dtype=np.int64)

    def check_positions(self, agents: Rows, positions: Rows) -> None:
        """Nothing to refuse: they are not looked at."""

    def seek(self, agents: Rows, positions: Rows) -> None:
        """Nothing to do."""

    def detached(self) -> SyntheticTraffic:
        """This: it has no state."""
        return self

    def profile(self, agent: int) -> str:
        """The application that this agent uses most."""
        return self._profiles.main_application(agent)

    def _mix_in(
        self, attack: Attack, agents: Rows, step: int, flows: Flows, truth: NDArray[np.int16]
    ) -> None:
        """Replace a share of the flows of the reached agents, in place."""
        rows, drawn = attack.strikes(agents, seed=self._seed, step=step, population=self.agents)
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
