"""Attacks under way: whom they reach, how strongly, for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.commands import Targets
from sim.numerics.rng import Keys, Purpose, keys, uniforms


@dataclass(frozen=True, slots=True)
class Attack:
    """One injected attack."""

    id: int
    kind: str
    intensity: float
    """0..1, as in the command."""
    since: int
    """First step."""
    until: int
    """First step after the last one."""
    targets: Targets

    def active(self, step: int) -> bool:
        """Whether it is under way in this step."""
        return self.since <= step < self.until

    @property
    def share(self) -> float:
        """Share of an agent's flows that it takes the place of."""
        return 0.7 * self.intensity

    def strikes(
        self,
        agents: NDArray[np.int64],
        *,
        seed: int,
        step: int,
        population: int,
        stagger: int = 0,
    ) -> tuple[NDArray[np.int64], Keys]:
        """Whom it reaches in a step: places in `agents`, and the keys of what they draw.

        Args:
            agents: (k,) ids.
            seed: of the run.
            step: now.
            population: number of agents of the run.
            stagger: steps in which it gets to all whom it is aimed at, one after the other, or half
                of the time that it lasts; 0 is at once. What grows by itself is not staggered.
        """
        reached = reach(
            self.targets,
            agents,
            seed=seed,
            salt=self.id,
            age=step - self.since,
            population=population,
        )
        lasting = min(stagger, (self.until - self.since) // 2)
        if lasting and not self.targets.spread:
            delays = _delays(self.targets, seed, self.id, population, lasting)
            reached &= delays[agents] <= step - self.since
        rows = np.flatnonzero(reached)
        return rows, keys(seed, Purpose.ATTACK_FLOWS, agents[rows], step * 4096 + self.id)


def reach(
    targets: Targets, agents: NDArray[np.int64], *, seed: int, salt: int, age: int, population: int
) -> NDArray[np.bool_]:
    """(k,) which of `agents` these targets take in.

    Args:
        targets: share, ids or a growing region of the grid.
        agents: (k,) ids.
        seed: seed of the run.
        salt: id of the attack, so that two attacks draw different shares.
        age: steps since it began; regions grow with it.
        population: number of agents of the run; gives the grid its width.
    """
    if targets.agents:
        return np.isin(agents, np.array(targets.agents, dtype=np.int64))
    if targets.centre is not None:
        width, _ = grid_shape(population)
        within: NDArray[np.bool_] = targets.covers(agents % width, agents // width, age)
        return within
    return _share(targets, seed, salt, population)[agents]


@lru_cache(maxsize=64)
def _share(targets: Targets, seed: int, salt: int, population: int) -> NDArray[np.bool_]:
    """(population,) a share of the agents. Every shard asks for it in every step."""
    everyone = np.arange(population, dtype=np.int64)
    draw = uniforms(keys(seed, Purpose.ATTACK_TARGETS, everyone, salt), 1)[:, 0]
    # A share of a small population is a count, not a coin per agent: 25 % of 20 agents is 5.
    count = targets.count(population)
    chosen = np.zeros(population, dtype=np.bool_)
    chosen[np.argsort(draw, kind="stable")[:count]] = True
    chosen.flags.writeable = False
    return chosen


@lru_cache(maxsize=64)
def _delays(
    targets: Targets, seed: int, salt: int, population: int, stagger: int
) -> NDArray[np.int64]:
    """(population,) steps until an attack is at each agent; the first one has it at once."""
    everyone = np.arange(population, dtype=np.int64)
    aimed = reach(targets, everyone, seed=seed, salt=salt, age=0, population=population)
    draw = uniforms(keys(seed, Purpose.ARRIVALS, everyone, salt), 1)[:, 0]
    turn = np.argsort(np.where(aimed, draw, 2.0), kind="stable").argsort(kind="stable")
    delays: NDArray[np.int64] = turn * stagger // max(1, int(aimed.sum()))
    delays.flags.writeable = False
    return delays


def grid_shape(population: int) -> tuple[int, int]:
    """Width and height of the grid that holds a population, about twice as wide as high.

    A terminal cell is twice as high as wide, so two columns per agent make the grid look square.
    """
    width = max(1, int(np.ceil(np.sqrt(population))))
    return width, -(-population // width)


def active(attacks: Sequence[Attack], step: int) -> tuple[Attack, ...]:
    """The attacks under way in this step, oldest first."""
    return tuple(a for a in attacks if a.active(step))
