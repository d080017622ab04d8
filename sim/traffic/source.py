"""The seam between traffic and the agents that observe it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.config.schema import TrafficSection
from sim.traffic.attacks import Attack

Flows = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What `k` agents observe in one step."""

    flows: Flows
    """(k, B, D), in the units of the models (signed log1p); zero beyond `lengths`."""
    lengths: Rows
    """(k,) flows that each agent really observed."""
    truth: NDArray[np.int16]
    """(k, B) ground truth: 0 benign, i > 0 `attack_kinds[i - 1]`, -1 unknown. Not for agents."""

    @property
    def observed(self) -> NDArray[np.bool_]:
        """(k, B) which entries are flows."""
        return np.arange(self.flows.shape[1])[None, :] < self.lengths[:, None]


class TrafficSource(Protocol):
    """Where batches come from; a pure function of agent, step and the source's own position."""

    format: str
    """Format of the files that it is from; empty for traffic that is drawn."""
    features: tuple[str, ...]
    """D names."""
    attack_kinds: tuple[str, ...]
    """Attacks that can be injected, and that `Batch.truth` refers to."""
    labelled: bool
    """Whether there is ground truth."""
    agents: int
    """Agents that there is traffic for."""
    loop: bool
    """Whether traffic that ends begins again; may be changed between two steps."""
    warnings: tuple[str, ...]
    """What makes figures meaningless or doubtful, one line each."""

    def observe(self, agents: Rows, step: int, size: int, attacks: Sequence[Attack]) -> Batch:
        """The batches of these agents in this step, at most `size` flows each."""

    def follow(self, traffic: TrafficSection) -> None:
        """Do as the live settings say from the next step on."""

    def exhausted(self, step: int, gone: NDArray[np.bool_] | None = None) -> bool:
        """Whether no agent will ever observe anything any more, those who are `gone` aside."""

    def positions(self, agents: Rows) -> Rows:
        """(k,) where these agents stand in their traffic: all the state there is."""

    def check_positions(self, agents: Rows, positions: Rows) -> None:
        """Refuse what cannot be the (k,) positions of these agents.

        Raises:
            CheckpointError: they are of other agents, or out of their range.
        """

    def seek(self, agents: Rows, positions: Rows) -> None:
        """Let these agents go on from (k,) `positions`."""

    def detached(self) -> TrafficSource:
        """The same traffic for another process.

        It shares what is only read, has positions of its own, and knows no profiles.
        """

    def profile(self, agent: int) -> str:
        """What kind of traffic this agent has, in a few words."""
