"""The simulation as a Mesa model: a short list of phases with a barrier after each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import ClassVar

import mesa
import numpy as np
from mesa.space import SingleGrid
from numpy.typing import NDArray

from sim.checkpoint.expect import typed, within
from sim.checkpoint.memory import Memory
from sim.commands import Order
from sim.config.document import TimelineEntry
from sim.config.schema import Config
from sim.consensus.assembly import Assembly, Outcome, consensus_words
from sim.consensus.ballot_box import Poll
from sim.consensus.votes import NO_VOTE, Codes, Reason
from sim.detection.quality import QualityRecord
from sim.execution.choose import make_executor
from sim.execution.executor import Incident
from sim.ledger.draft import StepDraft
from sim.ledger.ledger import Ledger
from sim.ledger.reader import LedgerReader
from sim.ledger.rows import SignatureRow, StepRow
from sim.model.activation import Activation
from sim.model.agents import Agenda, AnomalyAgent, Published
from sim.model.blocks import blocks_of
from sim.model.broadcast import Broadcast
from sim.model.casualties import Casualties
from sim.model.error_log import ErrorLog
from sim.model.figures import Figures, figures_of, reporters
from sim.model.mesa_versions import per_step
from sim.model.phase_calls import PhaseCalls
from sim.model.retrieval import Retrieval
from sim.numerics.arrays import Flags
from sim.peers.exchange import Exchange
from sim.shard.attempt import Failure
from sim.shard.judgements import CacheCounts
from sim.shard.orders import Orders, Publication
from sim.shard.report import AgentFigures, Report, joined
from sim.shard.shard import Shard
from sim.signatures.signature_set import SignatureSet, known
from sim.snapshot import AgentState, JournalEntry
from sim.steering.adversaries import silent
from sim.steering.journal import entry_for, row_of, unrecorded
from sim.steering.state import SteeringState
from sim.traffic.attacks import grid_shape
from sim.traffic.source import TrafficSource

_LOG = logging.getLogger(__name__)
NOTICES = 20
"""Notices kept."""


class Population(mesa.Model):
    """All agents, the ledger they share, and what has been steered.

    `begin`, `compute` and `record` make one step; committing `draft` to the ledger completes it,
    which is up to whoever owns the population: `sim.run.run.Run`.

    Args:
        config: a private copy, changed in place by commands.
        timeline: commands that the scenario gives by itself.
        source: the traffic.
        ledger: what signatures, votes and verdicts are recorded in.
        reader: reads the same ledger.
        agent_class: what the agents are; of another one than `AnomalyAgent`, each phase is a call
            of every agent's own method.
    """

    agent_reporters: ClassVar[dict[str, str]] = {}
    """Attributes of agents that the data collector keeps in each step, by name."""

    memory: ClassVar = Memory(
        only=(
            "now",
            "assembly",
            "quality",
            "errors",
            "blocklist",
            "exchange",
            "casualties",
            "flows_scored",
            "report",
            "_polled",
        ),
        values=(Report, SignatureSet),
    )

    def check_memory(self) -> None:
        """Refuse what is not of this population and these flows.

        Raises:
            CheckpointError: an array does not have the size that it must have, or a number is out
                of its range.
        """
        typed("report", self.report, Report | None)
        features = len(self.source.features)
        self.blocklist.check_memory(self.population, features)
        if self.report is not None:
            self.report.check_memory(self.population)
            everyone = np.arange(self.population, dtype=np.int64)
            self.source.check_positions(everyone, self.report.positions)
        within("now", np.array([self.now, self.flows_scored]), 0, 1 << 62)

    def __init__(
        self,
        config: Config,
        timeline: Sequence[TimelineEntry],
        source: TrafficSource,
        ledger: Ledger,
        reader: LedgerReader,
        agent_class: type[AnomalyAgent] = AnomalyAgent,
    ) -> None:
        super().__init__(rng=config.simulation.seed % 2**32)
        self.config = config
        self.source = source
        self.population = source.agents
        self.now = 0
        """Number of the step under way or done last, counted from 1."""
        self.steered = SteeringState(config, self.population, source.attack_kinds)
        self.assembly = Assembly(self.population, len(source.features), config)
        self.quality = QualityRecord(
            source.labelled, config.monitoring.history, source.attack_kinds, self.population
        )
        self.errors = ErrorLog()
        self.blocklist: SignatureSet = known([], len(source.features))
        """What was accepted, without near duplicates, the latest last."""
        self.casualties = Casualties(self.population, self.errors)
        self._broadcast = Broadcast(
            self.population,
            len(source.features),
            source.attack_kinds,
            self.casualties,
            self.assembly,
            self.quality.attacks,
        )
        self.flows_scored = 0
        self.journaled: list[JournalEntry] = []
        """What became of the orders of the last step."""
        self.over: list[Outcome] = []
        """Votes that ended in the last step."""
        self.report: Report | None = None
        """What came out of the last step, all agents together."""
        self.cache_capacity: Callable[[], int] = lambda: config.cache.capacity
        """Tells how many judgements are kept at most; never changes a result."""
        self.notices: tuple[str, ...] = ()
        """Incidents that are no errors of a step, e.g. a worker that was lost."""
        self.kept_steps: int | None = config.monitoring.history
        """Steps that the data collector keeps; None is all."""
        self.one_by_one = (
            config.simulation.activation == "agents" or agent_class is not AnomalyAgent
        )
        """Whether each phase is a call of every agent, instead of one of every shard."""
        self._quiet: Flags = np.zeros(self.population, dtype=np.bool_)
        self._figures: Figures | None = None
        self._polled = ledger.length - 1
        self.ledger, self.reader = ledger, reader
        self.retrieval = Retrieval(reader)
        self._timeline = tuple(timeline)
        self._populate(agent_class)

    def _populate(self, agent_class: type[AnomalyAgent]) -> None:
        """Shards, executor, and the agents as Mesa sees them."""
        self.blocks = blocks_of(self.population)
        self.executor, self.executor_reason, incidents = make_executor(
            self.blocks, self.source, self.config, local=self.one_by_one
        )
        self.calls = PhaseCalls(self.executor, self.blocks, self._bear)
        self.exchange = Exchange(self.blocks, self.config.simulation.seed)
        self._survived(incidents)
        width, height = grid_shape(self.population)
        self.grid = SingleGrid(width, height, torus=False)
        for agent_id in range(self.population):
            agent = agent_class(self, agent_id, *divmod(agent_id, len(self.blocks[0])))
            self.grid.place_agent(agent, (agent_id % width, agent_id // width))
        self._activate = Activation(
            self.agents, self.calls, self.casualties, self._give_up, lambda: self.now
        )
        self.datacollector = mesa.DataCollector(
            model_reporters=reporters(), agent_reporters=self.agent_reporters
        )

    # -- the step ------------------------------------------------------------------------------

    def begin(self, orders: Sequence[Order] = ()) -> None:
        """Start the next step: apply commands, poll the ledger, tell the shards.

        Args:
            orders: in the order in which they were given. The timeline's own for this step come
                first.

        Raises:
            LedgerError: the ledger cannot be read; nothing has changed.
        """
        self.calls.seconds = {}
        with self.calls.timed("poll"):
            published = self.reader.signatures_after(self._polled)
        # Nothing has changed until here: a ledger that cannot be read costs no step.
        self.now += 1
        self.draft: StepDraft = self.ledger.begin(self.now)
        self.journaled = []
        self.steered.begin(self.now)
        due = [Order(e.command, e.source) for e in self._timeline if e.at == self.now]
        for order in (*due, *orders):
            self._obey(order)
        self.source.follow(self.config.traffic)
        self.casualties.strike(self.steered, self.now)
        self._admit(published)
        self.blocklist = self.blocklist.last(self.config.signature.memory)
        self._let_decay()
        self.calls.all("begin", self._orders())
        self.assembly.open_vote()
        self.casualties.open_vote()
        self._figures = None
        self.agenda = Agenda(
            self.assembly.pending(), self.assembly.reputable(self.now), self.published_as()
        )

    def step(self) -> None:
        """Refuse to be half of one: a step is whole only with its record.

        Raises:
            RuntimeError: always; `Simulation.step` and `Run.advance` do whole steps.
        """
        raise RuntimeError("a population has no record of its own: step a Simulation, or a Run")

    def compute(self) -> None:
        """Observe, detect, publish, vote, decide, learn, a barrier after each."""
        if self.one_by_one:
            self._compute_one_by_one()
        else:
            self._compute_by_shards()
        self.refit()

    def _compute_by_shards(self) -> None:
        for phase, values in self.calls.phases(
            observe=(),
            detect=(),
            publish=(self.agenda.reputable,),
            vote=(self.agenda.pending, self.agenda.published_as),
        ):
            if phase == "publish":
                self.broadcast(values)
        for ids, ballots in zip(self.blocks, values, strict=True):
            self.collect(ids, *ballots)
        self.decide()
        self.calls.each("learn")

    def _compute_one_by_one(self) -> None:
        self._activate("observe")
        self._activate("detect")
        self._activate("publish")
        self._activate("poll_and_validate", "vote")
        self.decide()
        self._activate("learn")

    def _give_up(self, agent: int, phase: str) -> None:
        shard, row = divmod(agent, len(self.blocks[0]))
        self.shards[shard].give_up(row, phase)

    def record(self) -> None:
        """Complete the step's draft."""
        report = self.report = joined(self.calls.all("report"))
        # Where shards live elsewhere, this is how the source here hears how far they have come.
        self.source.seek(np.arange(self.population, dtype=np.int64), report.positions)
        self.assembly.sight(report.sightings, self.now)
        self.quality.add(report.quality)
        alarms, stopped = report.quality.collective[1], bool(self.stopped.any())
        self.quality.attacks.add(self.now, report.contacts, alarms, stopped)
        self.flows_scored += report.scored
        message = "damaged judgements, cache cleared"
        self.errors.record("agent.cache", self.now, message, report.damaged)
        self._survived(self.executor.incidents())
        self.draft.append(
            StepRow(
                step=self.now,
                active=int((~self.stopped).sum()),
                flows=report.flows,
                anomalies=int(report.solo.sum()),
                solo=report.quality.solo,
                collective=report.quality.collective,
                digest=report.digest(),
            )
        )
        self.steps = self.now
        self._figures = None
        self.datacollector.collect(self)
        if self.kept_steps is not None:
            for values in per_step(self.datacollector):
                del values[: -self.kept_steps]

    def take_journaled(self) -> list[JournalEntry]:
        """What became of the orders since this was asked last."""
        journaled, self.journaled = self.journaled, []
        return journaled

    @property
    def finished(self) -> bool:
        """Whether the traffic has come to its end."""
        return self.source.exhausted(self.now, self.casualties.failed)

    def close(self) -> None:
        """Give workers back."""
        self.executor.close()

    # -- phase 0 -------------------------------------------------------------------------------

    def _obey(self, order: Order) -> None:
        """Apply or reject one order and journal it, unless somebody asks for what is so already."""
        already = self.steered.already(order.command) if order.ticket else ""
        if already:
            self.journaled.append(unrecorded(order, self.now, "unchanged", already))
            return
        outcome = self.steered.outcome(order, self.now)
        row = row_of(order, self.now, outcome)
        if row.status == "rejected" and order.source == "scenario":
            # Nobody waits for the answer, as the giver of a live command does.
            self.errors.record("timeline.refused", self.now, f"{row.kind}: {row.reason}")
        title = "" if isinstance(outcome, str) else outcome.title
        fate = f"{row.status} {row.reason}".strip()
        words = (self.now, row.source, row.kind, row.payload, fate)
        _LOG.info("step %d: command from %s: %s %s: %s", *words)
        seq = self.draft.append(row)
        if order.giver:
            self.draft.sign(seq, order.giver)
        self.journaled.append(entry_for(seq, row, order, title))

    def _admit(self, published: Sequence[tuple[int, SignatureRow]]) -> None:
        """Put what was published in earlier steps to the vote."""
        for seq, row in published:
            self._polled = seq
            if not self.assembly.admit(seq, row):
                self.errors.record("agent.validation", self.now, f"signature {seq} is malformed")

    def _orders(self) -> Orders:
        corrupted = np.zeros(self.population, dtype=np.bool_)
        for fault in self.steered.corrupting:
            corrupted |= self.steered.hit_by(fault, self.now)
        return Orders(
            step=self.now,
            config=self._computed_with(),
            attacks=self.steered.attacks,
            behaviour=self.steered.behaviour_in(self.now),
            stopped=self.stopped,
            failed=self.casualties.failed,
            refit_broken=self.steered.struck("refit_failure", self.now),
            corrupted=corrupted,
        )

    def _computed_with(self) -> Config:
        """The configuration, with the size that the cache has now."""
        capacity = self.cache_capacity()
        if capacity == self.config.cache.capacity:
            return self.config
        cache = self.config.cache.model_copy(update={"capacity": capacity})
        return self.config.model_copy(update={"cache": cache})

    # -- what happens once for all shards ------------------------------------------------------

    def broadcast(self, drafts: Sequence[list[Publication]]) -> tuple[Published, ...]:
        """Append signatures to the ledger; an agent that cannot broadcast stops.

        Returns:
            What has been published.
        """
        broken = self.steered.struck("broadcast_failure", self.now)
        return self._broadcast.send(drafts, broken, self.draft, self.now)

    def _bear(self, failures: Sequence[Failure]) -> None:
        self.casualties.bear(failures, self.now)

    def collect(
        self, agents: NDArray[np.int64], votes: Codes, reasons: Codes, radii: Codes
    ) -> None:
        """Take in the (k, S) votes of these agents, without those who have stopped meanwhile."""
        silent = self.stopped[agents, None]
        votes, reasons = np.where(silent, NO_VOTE, votes), np.where(silent, Reason.NONE, reasons)
        self.casualties.hear(agents)
        self.assembly.collect(agents, votes.astype(np.uint8), reasons.astype(np.uint8), radii)

    def published_as(self) -> NDArray[np.uint8]:
        """(S,) behaviour of the publishers of the pending signatures: accomplices know them."""
        return self.assembly.published_as(self.steered.behaviour_in(self.now))

    def decide(self) -> None:
        """Give verdicts, and pass on what was accepted."""
        # Who stops later in the step has voted all the same.
        self._quiet = (
            self.stopped | silent(self.steered.behaviour_in(self.now)) | ~self.casualties.heard
        )
        with self.calls.timed("decide"):
            accepted, over = self.assembly.decide(self.now, self.draft)
            for decided in over:
                self.quality.decided(decided.truth, decided.verdict)
                if decided.verdict == "ACCEPTED":
                    self.retrieved(decided.poll)
                    self.quality.attacks.accept(decided.attack, self.now)
        self.over = over
        if over:
            _LOG.info("step %d: consensus reached: %s", self.now, consensus_words(over))
        newcomers = self.blocklist.new_in(accepted)
        self.blocklist = self.blocklist.joined(newcomers).last(self.config.signature.memory)
        self.assembly.age(self.over, newcomers, self.blocklist, self.now)
        if len(newcomers):
            self.calls.all("accept", newcomers, self.blocklist, phase="learn")

    def retrieved(self, poll: Poll) -> SignatureRow | None:
        """The signature of a poll as the ledger has it by its id; None where that is no use."""
        row, problem = self.retrieval.signature(poll)
        if problem:
            self.errors.record("ledger.signature", self.now, problem)
        return row

    def _let_decay(self) -> None:
        """Drop accepted signatures that nobody has sighted for long, or that were withdrawn."""
        settings = self.config.signature
        alive = self.assembly.lifetimes.alive(self.blocklist, self.now, settings)
        if len(alive) < len(self.blocklist):
            gone = self.assembly.lifetimes.withdrawn
            places = [i for i, one in enumerate(self.blocklist.ids) if one in gone]
            if places:
                self.calls.all("withdraw", self.blocklist.chosen(places), phase="learn")
            self.blocklist = alive
            self.calls.all("accept", alive.chosen([]), alive, phase="learn")

    def refit(self) -> None:
        """Refit the models that need it most, so many that a step does not stall."""
        urgency = np.concatenate(self.calls.all("urgency", phase="learn"))
        budget = max(1, int(np.ceil(self.config.detection.refit_share * self.population)))
        order = np.argsort(-urgency, kind="stable")[:budget]
        chosen = np.zeros(self.population, dtype=np.bool_)
        chosen[order] = urgency[order] > 0
        rows = [(np.flatnonzero(chosen[ids]),) for ids in self.blocks]
        failed = np.concatenate(self.calls.call("refit", rows, "learn"))
        message = "the model could not be refitted, the old one is kept"
        self.errors.record("agent.refit", self.now, message, agents=failed.tolist())
        self.exchange.fitted(chosen, failed)
        barred = self.assembly.reputation.quarantined(self.config.trust) | self.stopped
        barred |= silent(self.steered.behaviour_in(self.now))
        self.exchange.update(self.now, self.config, barred, partial(self.calls.call, phase="learn"))

    def _survived(self, incidents: Sequence[Incident]) -> None:
        """Count what an executor survived, and say it."""
        for incident in incidents:
            self.errors.record(incident.kind, self.now, incident.text)
            self.notice(f"step {self.now}: {incident.text}" if self.now else incident.text)

    def count_error(self, kind: str, text: str) -> None:
        """Count an error that the run survives, at the present step."""
        self.errors.record(kind, self.now, text)

    def notice(self, text: str) -> None:
        """Say something that is worth knowing though it is no error."""
        self.notices = (*self.notices, text)[-NOTICES:]

    # -- what is seen from outside -------------------------------------------------------------

    @property
    def shards(self) -> Sequence[Shard]:
        """The shards, if they live in this process.

        Raises:
            ExecutorError: they live elsewhere.
        """
        return self.executor.shards

    @property
    def stopped(self) -> Flags:
        """(A,) who takes no part now."""
        return self.casualties.stopped

    @property
    def quiet(self) -> Flags:
        """(A,) who did not vote in this step: stopped, silent, or without a result."""
        return self._quiet

    @property
    def figures(self) -> Figures:
        """What the data collector keeps of the last step."""
        if self._figures is None:
            self._figures = figures_of(self)
        return self._figures

    def near(self, agent: int) -> AgentFigures:
        """Inspect one agent after the last step."""
        shard, row = divmod(agent, len(self.blocks[0]))
        figures: AgentFigures = self.executor.ask(shard, "detail", row)
        return figures

    def cached(self, content: bytes) -> NDArray[np.bool_]:
        """(A,) whose present judgement of a signature of this content is in the cache."""
        asked = [self.executor.ask(shard, "cached", content) for shard in range(len(self.blocks))]
        return np.concatenate(asked)

    def states(self) -> NDArray[np.uint8]:
        """(A,) `AgentState` after the last step."""
        if self.report is None:
            return np.full(self.population, AgentState.LEARNING, dtype=np.uint8)
        ready = self.report.versions > 0
        states = np.where(ready, AgentState.NORMAL, AgentState.LEARNING).astype(np.uint8)
        states[self.report.alert(self.config.signature.min_score)] = AgentState.ALERT
        states[self.assembly.reputation.quarantined(self.config.trust)] = AgentState.QUARANTINED
        states[self.stopped] = AgentState.STOPPED
        return states

    def cache_counts(self) -> dict[str, int]:
        """Events and size of the caches of judgements, all shards together."""
        if self.report is None:
            return {**asdict(CacheCounts()), "cached": 0}
        return {**asdict(self.report.cache), "cached": self.report.cached}
