"""The agents as a picture shows them, and one of them in detail."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class AgentState(IntEnum):
    """What an agent is doing, as the grid shows it."""

    LEARNING = 0
    """Has no model yet."""
    NORMAL = 1
    """Nothing anomalous in its last batch."""
    ALERT = 2
    """Clear anomalies in its last batch, or many flows that are flagged."""
    QUARANTINED = 3
    """Its votes weigh nothing."""
    STOPPED = 4
    """Crashed, or unable to broadcast."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The population. Agent `i` stands in column `i % width` and row `i // width`."""

    width: int = 0
    height: int = 0
    states: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    """(A,) `AgentState`."""
    scores: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    """(A,) highest score in the last batch, 0..1; NaN without a model."""
    trust: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    """(A,) 0..1."""
    hit_rate: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    """(A,) share of the judgements of the last steps that came from the cache; NaN for none."""
    attacked: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """(A,) ground truth: attack flows in the last batch. Agents never see it."""
    adversary: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """(A,) ground truth: misbehaves now. Agents never see it."""


@dataclass(frozen=True, slots=True, eq=False)
class AgentDetail:
    """One agent, in detail."""

    id: int
    position: tuple[int, int]
    profile: str
    state: AgentState
    trust: float
    behaviour: str
    """Ground truth: `honest` or what it does instead."""
    model_version: int
    """Number of fits."""
    window: int
    """Flows in its training window."""
    published: int
    confirmed: int
    """Votes it gave, by kind."""
    refuted: int
    scores: tuple[float, ...]
    """Scores of its last batch."""
    features: tuple[tuple[str, float, float, float], ...]
    """Name, median and scale of its window, mean of its last batch (in the units of the model)."""
    ballots: tuple[tuple[int, str], ...] = ()
    """Signature and vote, of the polls that are open or ended last; latest first."""
