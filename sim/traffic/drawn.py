"""Traffic that is drawn, not read: endless, without any state, and labelled exactly."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.config.schema import TrafficSection
from sim.traffic.patterns import patterns
from sim.traffic.source import Rows

Self = TypeVar("Self", bound="DrawnTraffic")


class DrawnTraffic:
    """What sources without a file have in common.

    Args:
        agents: how many there is traffic for.
        seed: of the run.
        features: names of the columns.
    """

    def __init__(self, agents: int, seed: int, features: tuple[str, ...]) -> None:
        self.format = ""
        self.features = features
        self.warnings: tuple[str, ...] = ()
        self.patterns, self.notices = patterns()
        self.attack_kinds: tuple[str, ...] = tuple(self.patterns)
        self.labelled = True
        self.agents = agents
        self.loop = False
        self.seed = seed

    def follow(self, traffic: TrafficSection) -> None:
        """Nothing of it can be steered, but attacks."""

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

    def detached(self: Self) -> Self:
        """This: it has no state."""
        return self
