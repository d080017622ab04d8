"""A shard: a contiguous block of agents whose arrays live and are computed together.

Every phase takes `rows`, the agents of the shard that it is for, and gives the same result row by
row as for all rows at once; that is what lets an agent be stepped alone.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.memory import Memory
from sim.checkpoint.tree import State, restore, state_of
from sim.config.schema import Config
from sim.consensus.votes import NO_VOTE, Codes, Reason
from sim.detection import detector_kind
from sim.detection.detector import TreeLender
from sim.errors import DecsimError, ExecutorError
from sim.numerics.arrays import Flags
from sim.numerics.rng import Purpose, keys
from sim.peers.opinion import SecondOpinion
from sim.peers.pool import Loan, lend
from sim.shard.attempt import Attempt, Ring, Undo
from sim.shard.attempts import Attempts, joined_ballots, nothing_done
from sim.shard.batch_grounds import BatchGrounds
from sim.shard.burst_grounds import BurstGrounds
from sim.shard.doubts import Doubts
from sim.shard.evidence import Evidence
from sim.shard.grounds import Grounds
from sim.shard.judging import Judging
from sim.shard.models import Models
from sim.shard.orders import Orders, Publication
from sim.shard.past import SETTLING, Past
from sim.shard.publishing import Publishing
from sim.shard.reach import Reach
from sim.shard.report import AgentFigures, Report, figures_of, flagged_at, report_of
from sim.shard.sightings import sightings_of
from sim.shard.step import Step
from sim.shard.windows import Windows
from sim.signatures.signature_set import SignatureSet, known
from sim.steering.adversaries import bend_votes, misbehaviour, secretive, silent
from sim.traffic.source import TrafficSource

Ints = NDArray[np.int64]
_POSITIONS = "source.positions"
_BY_ROWS: Final = frozenset({"observe", "detect", "publish", "vote", "learn"})


class Shard:
    """The agents `ids` with their traffic, models, memory and caches."""

    memory: ClassVar = Memory(
        without=("ids", "source", "orders", "down", "grounds", "_attempts", "_seed"),
        values=(SignatureSet, Step),
    )

    def __init__(self, ids: Ints, source: TrafficSource, config: Config) -> None:
        self.ids = ids
        self.source = source
        self._seed = config.simulation.seed
        count, features = len(ids), len(source.features)
        self.windows = Windows(count, config.detection.window, features)
        self.models = Models(count, features, config.detection)
        self.second: SecondOpinion | None = None
        if detector_kind(config.detection.detector).lends_trees:
            assert isinstance(self.models.detector, TreeLender)
            self.second = SecondOpinion(
                count, self.models.detector, config.detection, bound=config.peer_bound
            )
        self.doubts = Doubts(count)
        self.judging = Judging(self.models, self.second, share=count / source.agents)
        self.evidence = Evidence(count, features)
        batch = config.signature.evidence == "batch"
        self.past = Past(count, 0 if batch else config.signature.history, features)
        self.reach = Reach(ids)
        self.accepted: SignatureSet = known([], features)
        """The blocklist: all agents learn what was accepted at the same time."""
        self.step = Step.blank(count, 0, features)
        self.down: Flags = np.zeros(count, dtype=np.bool_)
        """(n,) who takes part no more, by an error of its own."""
        self.grounds: Grounds = (
            BatchGrounds(self.models, self.judging, self.evidence, self.windows, self.second)
            if batch
            else BurstGrounds(self.models, self.judging, self.past, self.reach)
        )
        self._attempts = Attempts(ids, self.give_up)

    def check_memory(self) -> None:
        """Refuse what is not of these agents and these flows.

        Raises:
            CheckpointError: an array does not have the size that it must have.
        """
        features = len(self.source.features)
        self.accepted.check_memory(self.source.agents, features)
        self.step.check_memory(len(self.ids), features)

    @property
    def everyone(self) -> Ints:
        """All rows."""
        return np.arange(len(self.ids), dtype=np.int64)

    def begin(self, orders: Orders) -> None:
        """Make room for the results of a step."""
        self.orders = self.grounds.orders = orders
        self.down = orders.failed[self.ids]
        self.source.follow(orders.config.traffic)
        if orders.corrupted[self.ids].any():
            self.judging.cache.corrupt(orders.corrupted[self.ids])
        self.accepted = self.accepted.last(orders.config.signature.memory)
        self.reach.follow(self.accepted)
        count, size = len(self.ids), orders.config.traffic.batch_size
        self.step = Step.blank(count, size, len(self.source.features))
        self.judging.begin(orders.config)

    # -- errors of single agents; see `sim.shard.attempt` --------------------------------------

    def attempt(self, method: str, *arguments: Any) -> Attempt:
        """Do what is `ATTEMPTED`, without those because of whom it fails.

        Raises:
            Exception: no agent is the cause.
        """
        if method in _BY_ROWS:
            value = self._attempt_phase(method, *arguments)
        else:
            value = getattr(self, method)(*arguments)
        return Attempt(value, self._attempts.take_failures())

    def give_up(self, row: int, phase: str) -> None:
        """Let an agent take part no more; what a broken phase has left of its batch goes."""
        self.down[row] = True
        if phase == "observe":
            self.step.batch.lengths[row] = 0
            self.step.batch.truth[row] = -1
        if phase in ("observe", "detect"):
            self.step.clear(row)

    def _attempt_phase(self, phase: str, rows: Ints, *arguments: Any) -> Any:
        able = rows[~self.down[rows]]
        done = self._attempts.traced(
            phase, getattr(self, phase), able, self._undo(phase), *arguments
        )
        if len(done) == 1 and len(able) == len(rows):
            return done[0][1]
        if phase == "publish":
            return [draft for _, drafts in done for draft in drafts]
        return joined_ballots(rows, done, len(arguments[0])) if phase == "vote" else None

    def _undo(self, phase: str) -> Undo:
        """Puts back what a phase counts on, for the rows of a call that raised."""
        if phase == "observe":
            positions = self.source.positions(self.ids)
            return lambda rows: self.source.seek(self.ids[rows], positions[rows])
        rings: dict[str, tuple[Ring, ...]] = {
            "detect": (self.past,) if self.second is None else (self.past, self.second),
            "publish": (self.evidence,),
            "learn": (self.doubts, self.windows),
        }
        places = [(ring, ring.place()) for ring in rings.get(phase, ())]

        def undo(rows: Ints) -> None:
            for ring, place in places:
                ring.go_back(rows, place)

        return undo

    # -- the phases ----------------------------------------------------------------------------

    def observe(self, rows: Ints) -> None:
        """Each agent gets its batch."""
        rows = rows[~self.orders.stopped[self.ids[rows]]]
        if not len(rows):
            return
        batch, orders = self.step.batch, self.orders
        size = batch.flows.shape[1]
        seen = self.source.observe(self.ids[rows], orders.step, size, orders.attacks)
        batch.flows[rows] = seen.flows
        batch.lengths[rows] = seen.lengths
        batch.truth[rows] = seen.truth

    def detect(self, rows: Ints) -> None:
        """Each agent's own model scores its batch; accepted signatures flag what matches them."""
        able = self._able(rows)
        self.grounds.wait(np.setdiff1d(rows, able, assume_unique=True), self.step)
        rows = able
        if not len(rows):
            return
        step, batch = self.step, self.step.batch
        flows, lengths = batch.flows[rows], batch.lengths[rows]
        step.scores[rows] = self.models.detector.score(rows, flows, lengths)
        threshold = np.float32(self.orders.config.detection.threshold)
        step.solo[rows] = step.scores[rows] >= threshold
        step.joint[rows] = self.judging.joint(rows, flows, lengths, step.scores[rows])
        lately = self.doubts.place()[rows] <= SETTLING
        own, joint = step.scores[rows], step.joint[rows]
        step.suspected[rows] = self.judging.flagged(rows, own, joint, lately)
        self._block(rows)
        self.grounds.remember(rows, step)
        due = self.grounds.due(rows, step)
        if len(due):
            self.grounds.reconsider(due, self.accepted)
            self._block(due)

    def _block(self, rows: Ints) -> None:
        """Let accepted signatures flag what matches them in the batches of these agents."""
        step, batch = self.step, self.step.batch
        step.blocked[rows] = self.grounds.matching(
            rows, batch.flows[rows], batch.observed[rows], self.accepted
        )

    def publish(self, rows: Ints, pending: SignatureSet) -> list[Publication]:
        """Group anomalous flows, remember them, and draft what is not published yet."""
        rows = self._able(rows)
        if not len(rows):
            return []
        found = self.grounds.publishable(rows, self.step, pending, self.accepted)
        groups, truth, fresh = found
        desk = Publishing(
            self.ids,
            self.source.features,
            self.source.labelled,
            self.models,
            self.step.batch,
            self.step.scores,
            self.orders,
            self._seed,
        )
        behaviour = self.orders.behaviour[self.ids[rows]]
        fresh[secretive(behaviour)] = False
        limit = self.orders.config.signature.max_per_step
        drafts = [
            desk.honest(int(rows[position]), groups, position, group, truth[position])
            for position in np.flatnonzero(fresh.any(axis=1)).tolist()
            for group in np.flatnonzero(fresh[position])[:limit].tolist()
        ]
        if behaviour.any():
            drafts += misbehaviour(desk, rows, behaviour, self.orders.behaviour)
        return sorted(drafts, key=lambda draft: draft.author)

    def vote(
        self, rows: Ints, pending: SignatureSet, publishers: NDArray[np.uint8]
    ) -> tuple[Codes, Codes, Codes]:
        """Vote on the pending signatures.

        Returns:
            (k, S) votes, (k, S) reasons, and (k, S) codes of the radii within which the signatures
            are harmless; see `sim.shard.past`.
        """
        config, step = self.orders.config, self.orders.step
        asked = pending.asked_of(self.ids[rows])
        scores = self.judging.scores(rows, pending, asked, step, config.cache, voting=True)
        votes, reasons, reach = self.grounds.votes(rows, pending, asked, scores)
        behaviour = self.orders.behaviour[self.ids[rows]]
        if behaviour.any():
            judged = votes
            votes, reasons = bend_votes(votes, reasons, behaviour, publishers)
            self.grounds.bend(votes, judged, reach)
        quiet = self.orders.stopped[self.ids[rows]] | silent(behaviour)
        votes[quiet], reasons[quiet] = NO_VOTE, Reason.NONE
        return votes, reasons, reach

    def learn(self, rows: Ints) -> None:
        """What an agent observed enters its window.

        Except what an accepted signature matches, and what its peers and it find clearly anomalous.
        """
        observed = self.step.batch.observed[rows]
        wanted = observed & ~self.step.blocked[rows]
        config = self.orders.config
        if self.second is not None and config.detection.second_opinion:
            # Agents that cannot trust their own scores leave out all that their peers suspect.
            least = np.where(
                self.second.foreign[rows], config.detection.threshold, config.least_evidence
            ).astype(np.float32)
            patience = config.detection.patience
            wanted &= ~self.doubts.doubted(rows, self.step.joint[rows], observed, least, patience)
        self.windows.append(rows, self.step.batch.flows[rows], wanted)

    # -- what the model asks for between the phases --------------------------------------------

    def accept(self, newcomers: SignatureSet, blocklist: SignatureSet) -> None:
        """The blocklist has grown by the newcomers; flows that match them leave the windows."""
        self.accepted = blocklist
        self.grounds.accept(self.everyone, blocklist)
        rows = np.flatnonzero(self.models.ready & ~self.down)
        self._attempts.traced("learn", self._take_out, rows, nothing_done, newcomers)

    def withdraw(self, gone: SignatureSet) -> None:
        """What these signatures of the blocklist have matched is no attack; `accept` follows."""
        self.grounds.withdraw(self.everyone, gone)

    def _take_out(self, rows: Ints, newcomers: SignatureSet) -> None:
        """Take the flows that match newcomers out of the windows of these rows."""
        flows, kept = self.windows.flows[rows], self.windows.kept[rows]
        unwanted = self.grounds.matching(rows, flows, kept, newcomers)
        self.models.lost[rows] += self.windows.take_out(rows, unwanted)

    def urgency(self) -> Ints:
        """(n,) how much each agent needs a refit; 0 is not at all."""
        detection = self.orders.config.detection
        urgency = self.models.urgency(self.windows, self.orders.step, detection)
        return np.where(self.orders.stopped[self.ids] | self.down, 0, urgency)

    def refit(self, rows: Ints) -> Ints:
        """Fit the models of these rows; returns the ids of the agents whose fit failed."""
        if not len(rows):
            return rows
        ids = self.ids[rows]
        key = keys(self._seed, Purpose.FIT, ids, self.orders.step)
        broken = self.orders.refit_broken[ids]

        def failed(row: int, error: BaseException) -> None:
            self._attempts.note(row, error, "refit")

        done = self.models.refit(rows, broken, self.windows, self.orders.step, key, failed)
        self._look_back(rows[done])
        self.grounds.fitted(rows[done])
        if self.second is not None:
            self.second.compare(rows[done], fitted=True)
            self._attempts.traced("learn", self._clean, rows[done], nothing_done)
        return ids[~done]

    # -- second opinions; see `sim.peers` ------------------------------------------------------

    def lend(self, rows: Ints) -> Loan:
        """Some trees of these rows, for others."""
        second, bank = self._forests()
        ids = self.ids[rows]
        key = keys(self._seed, Purpose.LENT_TREES, ids, self.orders.step)
        return lend(bank, ids, rows, second.trees, self.orders.behaviour[ids], key)

    def consult(self, loan: Loan) -> NDArray[np.float64]:
        """Ask new committees; (n, 3) how windows look to them, and limits; NaN is unknown."""
        second, _ = self._forests()
        key = keys(self._seed, Purpose.COMMITTEES, self.ids, self.orders.step)
        second.consult(loan, self.ids, key)
        self._look_back(np.flatnonzero(self.models.ready))
        limit = np.where(second.limit > 0, second.limit, np.nan).astype(np.float64)
        return np.stack([second.median, second.reach, limit], axis=1)

    def compare(self, usual: tuple[float, float, float, float]) -> None:
        """Hear what is usual in the population; see `sim.peers.exchange.usual`."""
        second, _ = self._forests()
        second.usual[:], second.usual_limit[:] = usual[:3], usual[3]
        second.compare(self.everyone, fitted=False)
        self._attempts.traced("learn", self._clean, np.flatnonzero(~self.down), nothing_done)

    def _clean(self, rows: Ints) -> None:
        """Take out of the windows that look foreign what looks like an attack to the peers.

        Only where enough is left to learn from: no window shall starve.
        """
        second, bank = self._forests()
        rows = rows[self.models.ready[rows]]
        self._bound(rows)
        rows = rows[second.foreign[rows]]
        if not len(rows):
            return
        flows, kept = self.windows.flows[rows], self.windows.kept[rows]
        lengths = np.full(len(rows), self.windows.size, dtype=np.int64)
        own = bank.score(rows, flows, lengths)
        joint = second.joint(rows, flows, lengths, own)
        unwanted = kept & (joint >= np.float32(self.orders.config.detection.threshold))
        left = (kept & ~unwanted).sum(axis=1)
        unwanted[left < self.orders.config.detection.min_window] = False
        self.models.lost[rows] += self.windows.take_out(rows, unwanted)

    def _bound(self, rows: Ints) -> None:
        """Let the windows of these rows say how much the peers alone may flag."""
        second, bank = self._forests()
        settings = self.orders.config.detection
        if settings.peer_excess < 1.0 and len(rows):
            windows, counts = self.windows.packed(rows)
            own = bank.score(rows, windows, counts)
            joint = second.joint(rows, windows, counts, own)
            second.bound(rows, own, joint, settings.threshold, settings.peer_excess)

    def _forests(self) -> tuple[SecondOpinion, TreeLender]:
        bank = self.models.detector
        assert self.second is not None and isinstance(bank, TreeLender)
        return self.second, bank

    def _look_back(self, rows: Ints) -> None:
        """Let the committees of `rows` judge the windows that their models know."""
        if self.second is not None and self.orders.config.detection.second_opinion:
            self.second.look(rows, *self.windows.packed(rows))

    # -- what is seen from outside, and what outlives the shard --------------------------------

    def report(self) -> Report:
        """The outcome of the step just done."""
        step, ids, models = self.step, self.ids, self.models
        similarity = self.orders.config.signature.similarity
        limits = self.grounds.limits(self.everyone, self.accepted)
        sightings = sightings_of(step, ids, models, self.accepted, limits, similarity)
        positions = self.source.positions(ids)
        return report_of(step, ids, models, self.windows, self.judging, positions, sightings)

    def detail(self, row: int) -> AgentFigures:
        """Inspect one agent."""
        return figures_of(self.step, self.models, self.windows, row)

    def cached(self, content: bytes) -> Flags:
        """(n,) whose present judgement of this content is kept."""
        return self.judging.cache.holds(content, self.models.version)

    def flagged(self, threshold: float) -> Ints:
        """(3,) flows of the last step: flagged, flagged with this threshold instead, judged."""
        return flagged_at(self.step, threshold)

    def state(self) -> State:
        """All memory as plain arrays, to be taken between two steps.

        The cache of judgements is left out, except its counts: it never changes a result.

        Raises:
            CheckpointError: there is something that nobody has declared.
        """
        return {**state_of(self, "shard"), _POSITIONS: self.source.positions(self.ids).copy()}

    def restore(self, state: State) -> None:
        """Remember what another shard of the same agents knew.

        Raises:
            ExecutorError: the state is that of another shard.
        """
        try:
            positions: Ints = np.asarray(state[_POSITIONS], dtype=np.int64)
            restore(self, {name: array for name, array in state.items() if name != _POSITIONS})
            self.source.check_positions(self.ids, positions)
        except (DecsimError, KeyError, ValueError) as error:
            raise ExecutorError(f"the state is not that of this shard: {error}") from error
        self.source.seek(self.ids, positions)

    # -- parts ---------------------------------------------------------------------------------

    def _able(self, rows: Ints) -> Ints:
        """Those who have a model and something to judge."""
        return rows[self.models.ready[rows] & (self.step.batch.lengths[rows] > 0)]
