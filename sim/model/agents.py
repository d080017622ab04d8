"""The agents as Mesa sees them: named views of rows of the shards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.config.schema import Config
from sim.consensus.assembly import Assembly
from sim.consensus.votes import Codes
from sim.shard.orders import Publication
from sim.shard.report import Report
from sim.shard.shard import Shard
from sim.snapshot import AgentState
from sim.steering.adversaries import name_of
from sim.steering.state import SteeringState
from sim.traffic.source import TrafficSource


class Society(Protocol):
    """What an agent knows of the model that it lives in; see `sim.model.model.Simulation`."""

    config: Config
    source: TrafficSource
    steered: SteeringState
    assembly: Assembly
    report: Report | None
    now: int

    @property
    def shards(self) -> Sequence[Shard]:
        """The shards of the population.

        Raises:
            ExecutorError: they live in other processes.
        """

    def states(self) -> NDArray[np.uint8]:
        """(A,) `AgentState` after the last step."""

    def broadcast(self, drafts: Sequence[list[Publication]]) -> None:
        """Append signatures to the ledger."""

    def published_as(self) -> NDArray[np.uint8]:
        """(S,) behaviour of the publishers of the pending signatures."""

    def collect(
        self, agents: NDArray[np.int64], votes: Codes, reasons: Codes, radii: Codes
    ) -> None:
        """Take in the votes of these agents."""


class AnomalyAgent(mesa.Agent):
    """One agent. Its numbers live in its shard; its methods are one-row calls of the phases.

    The simulation steps whole shards; these methods are for people, and for the test that steps a
    population agent by agent and gets the same ledger. They need the shard in this process: on
    Ray they raise `ExecutorError`.
    """

    model: Society

    def __init__(self, model: Society, number: int, shard: int, row: int) -> None:
        super().__init__(model)
        self.id = number
        """0-based; its row among all agents."""
        self._place = shard
        self._row = np.array([row], dtype=np.int64)

    @property
    def _shard(self) -> Shard:
        return self.model.shards[self._place]

    @property
    def profile(self) -> str:
        """What kind of traffic it has."""
        return self.model.source.profile(self.id)

    @property
    def state(self) -> AgentState:
        """What it is doing."""
        return AgentState(int(self.model.states()[self.id]))

    @property
    def trust(self) -> float:
        """Its reputation, 0..1."""
        reputation = self.model.assembly.reputation
        return float(reputation.trust(self.model.config.trust)[self.id])

    @property
    def behaviour(self) -> str:
        """Ground truth: `honest`, or what it does instead."""
        return name_of(int(self.model.steered.behaviour_in(self.model.now)[self.id]))

    @property
    def model_version(self) -> int:
        """Number of successful fits until the end of the last step."""
        report = self.model.report
        return int(report.versions[self.id]) if report else 0

    def observe(self) -> None:
        """Get the batch of this step."""
        self._shard.observe(self._row)

    def detect(self) -> None:
        """Score the batch."""
        self._shard.detect(self._row)

    def publish(self) -> None:
        """Publish a signature for each group of similar anomalous flows."""
        self.model.broadcast([self._shard.publish(self._row, self.model.assembly.reputable())])

    def poll_and_validate(self) -> None:
        """Vote on what is pending in the ledger."""
        pending = self.model.assembly.pending()
        ballots = self._shard.vote(self._row, pending, self.model.published_as())
        self.model.collect(self._shard.ids[self._row], *ballots)

    def learn(self) -> None:
        """Put the batch into the training window."""
        self._shard.learn(self._row)

    def step(self) -> None:
        """Observe, detect, publish, vote and learn, without waiting for the others."""
        self.observe()
        self.detect()
        self.publish()
        self.poll_and_validate()
        self.learn()
