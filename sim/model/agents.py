"""The agents as Mesa sees them: named views of rows of the shards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Protocol

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.config.schema import Config
from sim.consensus.assembly import Assembly
from sim.consensus.votes import NO_VOTE, REASONS, Codes
from sim.ledger.ballots import Vote
from sim.model.figures import Figures
from sim.model.mesa_versions import Numbers
from sim.shard.orders import Publication
from sim.shard.report import Report
from sim.shard.shard import Shard
from sim.signatures.signature import Signature
from sim.signatures.signature_set import SignatureSet
from sim.snapshot import AgentState
from sim.steering.adversaries import name_of
from sim.steering.state import SteeringState
from sim.traffic.source import TrafficSource


@dataclass(frozen=True, slots=True, eq=False)
class Agenda:
    """What there is to judge in one step."""

    pending: SignatureSet
    """The signatures under vote, with who has still to vote."""
    reputable: SignatureSet
    """Those of them that keep the like of them from being published again."""
    published_as: NDArray[np.uint8]
    """(S,) behaviour of the publishers of the pending ones: accomplices know them."""


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """A signature that has just been published."""

    id: int
    """Its seq in the ledger."""
    signature: Signature


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """What one agent said about one pending signature."""

    signature: int
    """Its seq in the ledger."""
    vote: str
    """`CONFIRM`, `REFUTE` or `ABSTAIN`."""
    reason: str
    """In words."""


@dataclass(frozen=True, slots=True, eq=False)
class AgentStep:
    """What one agent did in one step."""

    published: tuple[Published, ...]
    validated: tuple[ValidationResult, ...]


class Society(Protocol):
    """What an agent knows of the model that it lives in; see `sim.model.model.Population`."""

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

    @property
    def figures(self) -> Figures:
        """What came out of the last step."""

    @property
    def agenda(self) -> Agenda:
        """What there is to judge in this step."""

    def broadcast(self, drafts: Sequence[list[Publication]]) -> tuple[Published, ...]:
        """Append signatures to the ledger."""

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

    _ids = Numbers()

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
        return AgentState(int(self.model.figures.states[self.id]))

    @property
    def state_name(self) -> str:
        """The same as a word, e.g. `alert`."""
        return self.state.name.lower()

    @property
    def trust(self) -> float:
        """Its reputation, 0..1."""
        return float(self.model.figures.trusts[self.id])

    @property
    def score(self) -> float | None:
        """The highest score in its last batch, None without a model."""
        report = self.model.report
        score = float(report.best[self.id]) if report else float("nan")
        return None if isnan(score) else score

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

    def publish(self) -> tuple[Published, ...]:
        """Publish a signature for each group of similar anomalous flows.

        Returns:
            What was published; nothing of an agent that cannot broadcast.
        """
        drafts = self._shard.publish(self._row, self.model.agenda.reputable)
        return self.model.broadcast([drafts])

    def poll_and_validate(self) -> tuple[ValidationResult, ...]:
        """Vote on what is pending in the ledger.

        Returns:
            What it said about each signature that it had still to judge.
        """
        agenda = self.model.agenda
        ballots = self._shard.vote(self._row, agenda.pending, agenda.published_as)
        self.model.collect(self._shard.ids[self._row], *ballots)
        votes, reasons, _ = ballots
        said = zip(agenda.pending.ids, votes[0].tolist(), reasons[0].tolist(), strict=True)
        return tuple(
            ValidationResult(int(seq), Vote(vote).name, REASONS[reason])
            for seq, vote, reason in said
            if vote != NO_VOTE
        )

    def learn(self) -> None:
        """Put the batch into the training window."""
        self._shard.learn(self._row)

    def step(self) -> AgentStep:
        """Observe, detect, publish, vote and learn, without waiting for the others.

        For people: a simulation steps all of its agents phase by phase, and records it.
        """
        self.observe()
        self.detect()
        done = AgentStep(self.publish(), self.poll_and_validate())
        self.learn()
        return done
