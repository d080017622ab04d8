"""Which agents a command means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.commands import Targets
from sim.errors import CommandRejectedError
from sim.numerics.arrays import Flags
from sim.numerics.rng import Purpose, keys, uniforms
from sim.traffic.attacks import reach


class Aim:
    """Finds agents in a population.

    Args:
        agents: A.
        seed: of the run.
    """

    def __init__(self, agents: int, seed: int) -> None:
        self.agents = agents
        self.everyone: NDArray[np.int64] = np.arange(agents, dtype=np.int64)
        self._seed = seed

    def checked(self, targets: Targets) -> Targets:
        """The targets, if all of them exist.

        Raises:
            CommandRejectedError: there is no such agent.
        """
        outside = [a for a in targets.agents if a >= self.agents]
        if outside:
            raise CommandRejectedError(
                f"there is no agent {outside[0]}, expected ids from 0 to {self.agents - 1}"
            )
        return targets

    def reached(self, targets: Targets, salt: int, age: int) -> Flags:
        """(A,) who is reached.

        Args:
            targets: of an attack or a fault.
            salt: its id: others reach others.
            age: steps since it began: regions grow.
        """
        everyone, seed = self.everyone, self._seed
        return reach(targets, everyone, seed=seed, salt=salt, age=age, population=self.agents)

    def adversaries(self, targets: Targets) -> Flags:
        """(A,) who misbehaves: a larger share takes in all of a smaller one."""
        if targets.fraction is None:
            return self.reached(targets, 0, 0)
        return self.share(max(1, round(targets.fraction * self.agents)))

    def share(self, count: int) -> Flags:
        """(A,) the first `count` agents in the order that adversaries are drawn in."""
        draw = uniforms(keys(self._seed, Purpose.ADVERSARIES, self.everyone), 1)[:, 0]
        chosen = np.zeros(self.agents, dtype=np.bool_)
        chosen[np.argsort(draw, kind="stable")[:count]] = True
        return chosen
