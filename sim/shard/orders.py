"""What goes into a shard for one step, and what comes out to be published."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.config.schema import Config
from sim.numerics.arrays import Flags
from sim.signatures.signature import Signature
from sim.traffic.attacks import Attack


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """What a shard needs to know from outside; arrays are of the whole population."""

    step: int
    config: Config
    attacks: tuple[Attack, ...]
    behaviour: NDArray[np.uint8]
    """(A,) codes in force in this step."""
    stopped: Flags
    """(A,)."""
    failed: Flags
    """(A,) who has stopped for good, by an error of its own."""
    refit_broken: Flags
    """(A,) whose model cannot be refitted now."""
    corrupted: Flags
    """(A,) whose cache of judgements is damaged before this step."""


@dataclass(frozen=True, slots=True, eq=False)
class Publication:
    """A signature about to be published, with the ground truth that only the screen may see."""

    signature: Signature
    truth: str
    """`attack`, `false_alarm`, `poison`, or empty where there is no ground truth."""
    attack: int
    """Index into the attack kinds + 1; 0 for none."""
    author: int
    """Id of the agent that made it; it may publish under another id."""
