"""The simulation as a Mesa model: a short list of phases with a barrier after each."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import mesa
import numpy as np
from mesa.space import SingleGrid
from numpy.typing import NDArray

from sim.adversaries import CODE
from sim.agents import AnomalyAgent
from sim.blocklist import Known, known
from sim.commands import Steering, kind_of, to_payload
from sim.config.document import TimelineEntry
from sim.config.schema import Config
from sim.consensus.ballot_box import BallotBox, Poll, join
from sim.consensus.judgements import CacheCounts
from sim.consensus.trust import Reputation
from sim.consensus.votes import NO_VOTE, Codes
from sim.error_log import ErrorLog
from sim.errors import CommandRejectedError, StepCancelledError
from sim.execution.executor import make_executor
from sim.ledger.ballots import Vote
from sim.ledger.draft import StepDraft
from sim.ledger.ledger import Ledger
from sim.ledger.reader import LedgerReader
from sim.ledger.rows import (
    CommandRow,
    SignatureRow,
    StepRow,
    TallyRow,
    TruthRow,
    VerdictRow,
)
from sim.quality import QualityRecord, confusion
from sim.shard import Draft, Orders, Shard
from sim.signatures.deviation import Flags
from sim.snapshot import AgentState
from sim.steering import Change, Steered, as_json
from sim.traffic.attacks import grid_shape
from sim.traffic.source import TrafficSource

Ints = NDArray[np.int64]
SHARD_SIZE = 32
"""Agents in a shard. Fixed, so that the number of workers cannot change a result."""


DECIDED = 100
"""Verdicts kept for the screen."""


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """A poll that is over."""

    poll: Poll
    verdict: str
    step: int
    truth: str
    attack: str


class Simulation(mesa.Model):
    """All agents, the ledger they share, and what has been steered.

    Args:
        config: a private copy, changed in place by commands.
        timeline: commands that the scenario gives by itself.
        source: the traffic.
        ledger: freshly created or opened at the end of what was recorded.
        reader: reads the same ledger.
    """

    def __init__(
        self,
        config: Config,
        timeline: Sequence[TimelineEntry],
        source: TrafficSource,
        ledger: Ledger,
        reader: LedgerReader,
    ) -> None:
        super().__init__(seed=config.simulation.seed % 2**32)
        self.config = config
        self.source = source
        self.ledger = ledger
        self.reader = reader
        self.population = source.agents
        self.now = 0
        """Steps done; during a step, the number of that step (counted from 1)."""
        self.steered = Steered(config, self.population, source.attack_kinds)
        self.errors = ErrorLog()
        self.reputation = Reputation(self.population)
        self.ballot_box = BallotBox(self.population, config.simulation.seed)
        self.quality = QualityRecord(source.labelled, config.monitoring.history)
        self.stopped: Flags = np.zeros(self.population, dtype=np.bool_)
        self.mute: Flags = np.zeros(self.population, dtype=np.bool_)
        """Agents that stopped because they could not broadcast."""
        self.flows_scored = 0
        self.truth_of: dict[int, tuple[str, str]] = {}
        """Ground truth of the signatures under vote; for evaluation only."""
        self.decided: deque[Decided] = deque(maxlen=DECIDED)
        """The latest verdicts, oldest first."""
        self.votes_given: Ints = np.zeros((self.population, 2), dtype=np.int64)
        """(A, 2) confirmations and refutations so far."""
        self.published_by: Ints = np.zeros(self.population, dtype=np.int64)
        self.journaled: list[tuple[int, CommandRow, str]] = []
        """Commands of this step: seq, row, title."""
        self.cancelled: Callable[[], bool] = lambda: False
        """Asked between phases; when it says so, the step is given up."""
        self.seconds: dict[str, float] = {}
        """Time of each phase of the last step, s."""
        self.published_count = {"published": 0, "ACCEPTED": 0, "REJECTED": 0, "EXPIRED": 0}
        self._timeline = list(timeline)
        self._polled = ledger.length - 1
        self._make_population()

    def _make_population(self) -> None:
        everyone = np.arange(self.population, dtype=np.int64)
        self.shards = [
            Shard(everyone[i : i + SHARD_SIZE], self.source, self.config)
            for i in range(0, self.population, SHARD_SIZE)
        ]
        self.executor, self.notices = make_executor(self.shards, self.config.simulation)
        width, height = grid_shape(self.population)
        self.grid = SingleGrid(width, height, torus=False)
        for shard in self.shards:
            for agent_id in shard.ids:
                agent = AnomalyAgent(self, int(agent_id), shard)
                self.grid.place_agent(agent, (int(agent_id) % width, int(agent_id) // width))
        self.datacollector = mesa.DataCollector(
            model_reporters={
                "step": lambda m: m.now,
                "pending": lambda m: len(m.ballot_box),
                "accepted": lambda m: m.published_count["ACCEPTED"],
                "alerts": lambda m: int((m.states() == AgentState.ALERT).sum()),
            }
        )

    # -- the step ------------------------------------------------------------------------------

    def step(self) -> None:
        """One step of the whole population; the ledger is not written yet, see `record`."""
        self.seconds = {}
        self._each("observe", lambda shard: (shard.everyone,))
        damaged = self._each("detect", lambda shard: (shard.everyone,))
        self.note_damaged_caches(damaged)
        pending = self.under_vote()
        self.broadcast(self._each("publish", lambda shard: (shard.everyone, pending)))
        self._vote(pending)
        with self._timed("decide"):
            self.decide()
        self._each("learn", lambda shard: (shard.everyone,))
        with self._timed("learn"):
            self.refit()

    def begin(self, commands: Sequence[tuple[Steering, str]] = ()) -> list[CommandRow]:
        """Start the next step: apply commands, open the draft, tell the shards.

        Args:
            commands: (command, source) in the order in which they were given. The timeline's own
                commands for this step come first.

        Returns:
            The journal rows of `commands` (without the timeline's), in their order.
        """
        self.now += 1
        self.draft: StepDraft = self.ledger.begin(self.now)
        self.steered.begin(self.now)
        due = [e for e in self._timeline if e.at == self.now]
        for entry in due:
            self._command(entry.command, "scenario")
        rows = [self._command(command, source) for command, source in commands]
        self.reputation.forget(self.config.trust)
        self.apply_faults()
        self._poll()
        orders = self._orders()
        for shard in self.shards:
            shard.begin(orders)
        self.votes: Codes = np.zeros((self.population, len(self.ballot_box)), dtype=np.uint8)
        self.reasons: Codes = np.zeros_like(self.votes)
        self.drafts: list[Draft] = []
        return rows

    def record(self) -> None:
        """Complete the step's draft; after `ledger.commit(model.draft)` the step is done."""
        solo = self._confusion("solo")
        collective = self._confusion("collective")
        scored = int(sum(int((~np.isnan(s.scores)).sum()) for s in self.shards))
        self.flows_scored += scored
        self.quality.add(solo, collective)
        row = StepRow(
            step=self.now,
            active=int((~self.stopped).sum()),
            flows=int(sum(int(s.lengths.sum()) for s in self.shards)),
            anomalies=int(sum(int(s.solo.sum()) for s in self.shards)),
            solo=solo,
            collective=collective,
            digest=self._digest(),
        )
        self.draft.append(row)
        self.datacollector.collect(self)
        for values in self.datacollector.model_vars.values():
            del values[: -self.config.monitoring.history]

    @property
    def finished(self) -> bool:
        """Whether the traffic has come to its end."""
        return self.source.exhausted(self.now)

    def attach(
        self, ledger: Ledger, reader: LedgerReader, timeline: Sequence[TimelineEntry]
    ) -> None:
        """Go on with another ledger that has the same rows, and with this timeline."""
        self.ledger, self.reader = ledger, reader
        self._timeline = list(timeline)

    def close(self) -> None:
        """Give workers back, and let go of what Mesa keeps for every model it ever built."""
        self.executor.close()
        mesa.Agent._ids.pop(self, None)

    # -- phase 0: commands, faults, polling ----------------------------------------------------

    def _command(self, command: Steering, source: str) -> CommandRow:
        """Apply or reject one command and journal it."""
        payload = as_json(to_payload(command))
        change: Change | None = None
        reason = ""
        try:
            change = self.steered.apply(command, self.now, undoable=source != "scenario")
        except CommandRejectedError as error:
            reason = str(error)
        row = CommandRow(
            step=self.now,
            kind=kind_of(command),
            payload=payload,
            old=as_json(change.old if change else None),
            new=as_json(change.new if change else None),
            source=source,
            status="applied" if change else "rejected",
            reason=reason,
        )
        seq = self.draft.append(row)
        self.journaled.append((seq, row, change.title if change else ""))
        return row

    def apply_faults(self) -> None:
        """Who is down in this step, and which caches are struck."""
        crashed = self.steered.struck("agent_crash", self.now)
        fresh = crashed & ~self.stopped
        self.errors.record("agent.crash", self.now, "injected: the agent stopped", int(fresh.sum()))
        # Who could not broadcast comes back when the fault has healed.
        self.mute &= self.steered.struck("broadcast_failure", self.now)
        self.stopped = crashed | self.mute
        for fault in self.steered.corrupting:
            reached = self.steered.struck(fault.kind, self.now)
            for shard in self.shards:
                shard.cache.corrupt(reached[shard.ids])

    def _poll(self) -> None:
        """Read the signatures published in earlier steps from the ledger and put them to the vote."""
        rows = self.reader.signatures_after(self._polled)
        for seq, row in rows:
            self._polled = seq
            centre = np.frombuffer(row.centre, dtype="<f4")
            if len(centre) != len(self.source.features) or not np.isfinite(centre).all():
                self.errors.record("agent.validation", self.now, f"signature {seq} is malformed")
                continue
            self.ballot_box.open(
                seq,
                row.step,
                row.publisher,
                row.fingerprint,
                centre,
                self.config.consensus.committee,
            )

    def _orders(self) -> Orders:
        return Orders(
            step=self.now,
            config=self.config,
            attacks=self.steered.attacks,
            behaviour=self.steered.behaviour_in(self.now),
            stopped=self.stopped,
            refit_broken=self.steered.struck("refit_failure", self.now),
        )

    # -- phases 3 and 4 ------------------------------------------------------------------------

    def broadcast(self, drafts: Sequence[list[Draft]]) -> None:
        """Append signatures to the ledger; an agent that cannot broadcast stops."""
        broken = self.steered.struck("broadcast_failure", self.now)
        for draft in (d for some in drafts for d in some):
            if broken[draft.signature.publisher]:
                self._stop_muted(draft.signature.publisher)
            else:
                self._append(draft)

    def _stop_muted(self, agent: int) -> None:
        if not self.mute[agent]:
            message = f"injected: agent {agent} cannot broadcast and stops"
            self.errors.record("agent.broadcast", self.now, message)
        self.mute[agent] = True

    def _append(self, draft: Draft) -> None:
        signature = draft.signature
        seq = self.draft.append(
            SignatureRow(
                step=self.now,
                publisher=signature.publisher,
                flows=signature.flows,
                score=signature.score,
                centre=signature.centre.astype("<f4").tobytes(),
                spread=signature.spread.astype("<f4").tobytes(),
                features=json.dumps(list(signature.features), ensure_ascii=False),
                fingerprint=signature.fingerprint,
            )
        )
        self.published_count["published"] += 1
        self.published_by[signature.publisher] += 1
        self._append_truth(seq, draft)

    def _append_truth(self, seq: int, draft: Draft) -> None:
        attack = self.source.attack_kinds[draft.attack - 1] if draft.attack > 0 else ""
        match draft.truth:
            case "attack" | "false_alarm" | "poison" as truth:
                self.draft.append(TruthRow(self.now, seq, truth, attack))
                self.truth_of[seq] = (truth, attack)

    def under_vote(self) -> Known:
        """The pending signatures, oldest first."""
        entries = [(p.id, p.fingerprint, p.centre) for p in self.ballot_box]
        return known(entries, len(self.source.features))

    def colluding(self) -> Flags:
        """(S,) pending signatures that a colluder published."""
        behaviour = self.steered.behaviour_in(self.now)
        return np.array(
            [behaviour[p.publisher] == CODE["collude"] for p in self.ballot_box], dtype=np.bool_
        )

    def _vote(self, pending: Known) -> None:
        by_colluder = self.colluding()
        results = self._each("vote", lambda shard: (shard.everyone, pending, by_colluder))
        for shard, (votes, reasons, damaged) in zip(self.shards, results, strict=True):
            self.collect_votes(shard.ids, votes, reasons)
            self.note_damaged_caches([damaged])

    def collect_votes(self, agents: Ints, votes: Codes, reasons: Codes) -> None:
        """Take the (k, S) votes of these agents in."""
        self.votes[agents] = votes
        self.reasons[agents] = reasons

    # -- phase 5 -------------------------------------------------------------------------------

    def weights(self) -> NDArray[np.float64]:
        """(A,) weight of each agent's vote now."""
        settings = self.config.trust
        heavy = ~self.reputation.quarantined(settings)
        if self.config.consensus.rule == "weighted":
            return np.asarray(self.reputation.trust(settings) * heavy, dtype=np.float64)
        return heavy.astype(np.float64)

    def decide(self) -> None:
        """Count the votes, give verdicts, pass on what was accepted, update trust."""
        weights = self.weights()
        accepted: list[Poll] = []
        for column, poll in enumerate(self.ballot_box):
            votes, reasons = self.votes[:, column], self.reasons[:, column]
            count = poll.add(votes, reasons, weights)
            verdict = poll.verdict(self.config.consensus, self.now)
            if verdict is not None:
                count = join(count, poll.close(votes, reasons, weights))
            if count is not None:
                self.draft.append(
                    TallyRow(
                        self.now, poll.id, count.confirm, count.refute, count.abstain, count.ballots
                    )
                )
            if verdict is not None:
                self._conclude(poll, verdict)
                if verdict == "ACCEPTED":
                    accepted.append(poll)
        if accepted:
            entries = [(p.id, p.fingerprint, p.centre) for p in accepted]
            packed = known(entries, len(self.source.features))
            self.executor.call("accept", [(packed,)] * len(self.shards))

    def _conclude(self, poll: Poll, verdict: Any) -> None:
        """Record a verdict and what it says about those who took part."""
        self.draft.append(
            VerdictRow(
                step=self.now,
                signature=poll.id,
                verdict=verdict,
                confirm=poll.tally.confirm,
                refute=poll.tally.refute,
                voters=int((poll.cast != NO_VOTE).sum()),
                rule=self.config.consensus.rule,
            )
        )
        self.ballot_box.remove(poll.id)
        self.published_count[verdict] += 1
        truth, attack = self.truth_of.pop(poll.id, ("", ""))
        self.quality.decided(truth, verdict)
        self.decided.append(Decided(poll, verdict, self.now, truth, attack))
        self.votes_given[:, 0] += poll.cast == Vote.CONFIRM
        self.votes_given[:, 1] += poll.cast == Vote.REFUTE
        if verdict == "EXPIRED":
            return
        right = Vote.CONFIRM if verdict == "ACCEPTED" else Vote.REFUTE
        self.reputation.praise(np.flatnonzero(poll.cast == right))
        wrong = (poll.cast != right) & (poll.cast != NO_VOTE)
        self.reputation.blame(np.flatnonzero(wrong), self.config.trust)
        publisher = np.array([poll.publisher], dtype=np.int64)
        if verdict == "ACCEPTED":
            self.reputation.praise(publisher)
        else:
            self.reputation.blame(publisher, self.config.trust)

    # -- phase 6 -------------------------------------------------------------------------------

    def refit(self) -> None:
        """Refit the models that need it most, so many that a step does not stall."""
        urgency = np.concatenate([shard.urgency() for shard in self.shards])
        share = self.config.detection.refit_share
        budget = max(1, int(np.ceil(share * self.population)))
        order = np.lexsort((np.arange(self.population), -urgency))[:budget]
        chosen = np.zeros(self.population, dtype=np.bool_)
        chosen[order] = urgency[order] > 0
        rows = [(np.flatnonzero(chosen[shard.ids]),) for shard in self.shards]
        failed = np.concatenate(self.executor.call("refit", rows))
        if len(failed):
            message = f"agent {failed[0]}: the model could not be refitted, the old one is kept"
            self.errors.record("agent.refit", self.now, message, len(failed))

    # -- what is seen from outside -------------------------------------------------------------

    def states(self) -> NDArray[np.uint8]:
        """(A,) `AgentState` after the last step."""
        if self.now == 0:
            return np.full(self.population, AgentState.LEARNING, dtype=np.uint8)
        fitted = np.concatenate([shard.version > 0 for shard in self.shards])
        alert = np.concatenate([(s.solo | s.blocked).any(axis=1) for s in self.shards])
        states = np.where(fitted, AgentState.NORMAL, AgentState.LEARNING).astype(np.uint8)
        states[alert] = AgentState.ALERT
        states[self.reputation.quarantined(self.config.trust)] = AgentState.QUARANTINED
        states[self.stopped] = AgentState.STOPPED
        return states

    def note_damaged_caches(self, damaged: Sequence[Ints]) -> None:
        """Count the caches that were inconsistent and have been cleared."""
        agents = np.concatenate([np.zeros(0, dtype=np.int64), *damaged])
        if len(agents):
            message = f"agent {agents[0]}: damaged judgements, cache cleared"
            self.errors.record("agent.cache", self.now, message, len(agents))

    def cache_counts(self) -> dict[str, int]:
        """Events and size of the caches of judgements, all shards together."""
        total = CacheCounts()
        for shard in self.shards:
            total.add(shard.cache.counts)
        return {
            "hits": total.hits,
            "misses": total.misses,
            "stale": total.stale,
            "evictions": total.evictions,
            "cached": sum(len(shard.cache) for shard in self.shards),
        }

    def _confusion(self, which: str) -> tuple[int, int, int, int]:
        total = [0, 0, 0, 0]
        for shard in self.shards:
            flagged = shard.solo if which == "solo" else shard.solo | shard.blocked
            counts = confusion(flagged, shard.truth, ~np.isnan(shard.scores))
            total = [a + b for a, b in zip(total, counts, strict=True)]
        return (total[0], total[1], total[2], total[3])

    def _digest(self) -> bytes:
        """Sixteen bytes over what every agent flagged and how often it has learned."""
        digest = hashlib.blake2b(digest_size=16)
        for shard in self.shards:
            digest.update(np.packbits(shard.solo).tobytes())
            digest.update(np.packbits(shard.blocked).tobytes())
            digest.update(shard.version.astype("<i8").tobytes())
            digest.update(shard.windows.counts.astype("<i8").tobytes())
        return digest.digest()

    def _each(self, phase: str, arguments: Callable[[Shard], tuple[Any, ...]]) -> list[Any]:
        """Call a phase of every shard on the executor, and take its time."""
        if self.cancelled():
            raise StepCancelledError("the run is to end")
        with self._timed(phase):
            return self.executor.call(phase, [arguments(shard) for shard in self.shards])

    @contextmanager
    def _timed(self, phase: str) -> Any:
        start = perf_counter()
        yield
        self.seconds[phase] = self.seconds.get(phase, 0.0) + perf_counter() - start
