"""Makes the frozen snapshot of a run between two steps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from sim.archive.entries import entry_of, features_of
from sim.commands import PACE
from sim.config.parameters import parameters
from sim.consensus.ballot_box import Poll
from sim.consensus.ruling import in_force, ruling_of
from sim.ledger.rows import StepRow, TruthRow
from sim.picture.detail import agent_detail, rule_view, signature_detail
from sim.picture.history import History
from sim.picture.margin import margin_view
from sim.picture.preview import preview
from sim.run.run import Run
from sim.snapshot import (
    AttackView,
    Consensus,
    FaultView,
    Focus,
    Grid,
    LedgerEntry,
    RuleView,
    SignatureView,
    Snapshot,
    View,
)
from sim.traffic.attacks import grid_shape

TAIL = 200
"""Ledger entries on screen."""


class Painter:
    """Builds snapshots of one run; parts that did not change are passed on as they are."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._history = History(run)
        self._tail: tuple[LedgerEntry, ...] = ()
        self._read = 0
        """Rows of the ledger that the tail has seen."""
        self._decided: dict[int, SignatureView] = {}

    def observe(self, seconds: float, *, after_pause: bool = False) -> None:
        """Note the cost of the step just done; once per step, painted or not."""
        self._history.observe(seconds, after_pause=after_pause)

    def hold(self) -> None:
        """The run stands still: its pace is measured anew when it goes on."""
        self._history.hold()

    def view(self, focus: Focus) -> View:
        """What one viewer inspects."""
        return View(
            agent=agent_detail(self._run, focus.agent),
            signature=signature_detail(self._run, focus.signature),
            preview=preview(self._run, focus.knob, focus.value),
        )

    def paint(self, base: Snapshot) -> Snapshot:
        """The present picture, as all viewers share it.

        Args:
            base: what the engine knows: state, cause, pace, journal, pending orders.
        """
        run = self._run
        simulation, config = run.simulation, run.config
        return replace(
            base,
            step=simulation.now - run.behind,
            seed=config.simulation.seed,
            scenario=run.loaded.scenario,
            traffic=Path(config.traffic.path).name if config.traffic.path else "synthetic",
            executor=simulation.executor.name,
            executor_reason=simulation.executor_reason,
            workers=simulation.executor.workers,
            detector=config.detection.detector,
            attack_kinds=tuple(simulation.source.attack_kinds),
            grid=self._grid(),
            ledger=self._ledger(),
            consensus=self._consensus(),
            performance=self._history.view(),
            quality=simulation.quality.view(),
            errors=simulation.errors.view(),
            notices=run.notices,
            health=run.health.view(),
            metrics=run.metrics.values,
            tuning=run.tuner.lines,
            bottleneck=run.tuner.bottleneck,
            parameters=MappingProxyType(
                {p.key: simulation.steered.value(p.key) for p in parameters()} | {PACE: base.pace}
            ),
            undo=base.undo if base.pending else simulation.steered.undo,
            redo=simulation.steered.redo,
            attacks=self._attacks(),
            faults=self._faults(),
        )

    # -- parts ---------------------------------------------------------------------------------

    def _grid(self) -> Grid:
        simulation = self._run.simulation
        width, height = grid_shape(simulation.population)
        trust = simulation.assembly.reputation.trust(self._run.config.trust)
        report = simulation.report
        if report is None:
            blank = np.full(simulation.population, np.nan, dtype=np.float32)
            nobody = np.zeros(simulation.population, dtype=np.bool_)
            return Grid(
                width,
                height,
                simulation.states(),
                blank,
                trust.astype(np.float32),
                blank,
                nobody,
                simulation.steered.behaviour > 0,
            )
        looked_up = report.look_ups.astype(np.float32)
        with np.errstate(all="ignore"):
            hit_rate = looked_up[:, 0] / looked_up.sum(axis=1)
        return Grid(
            width=width,
            height=height,
            states=simulation.states(),
            scores=report.best,
            trust=trust.astype(np.float32),
            hit_rate=hit_rate,
            attacked=report.attacked,
            adversary=simulation.steered.behaviour_in(simulation.now) > 0,
        )

    def _ledger(self) -> tuple[LedgerEntry, ...]:
        length = self._run.ledger.written
        if self._read != length:
            # A row for every step, and the truth that agents never see, would drown what they say.
            without = (StepRow, TruthRow)
            new = self._run.reader.tail(TAIL, after=self._read - 1, without=without)
            if new:
                self._tail = (*(entry_of(e) for e in reversed(new)), *self._tail)[:TAIL]
            self._read = length
        return self._tail

    def _consensus(self) -> Consensus:
        simulation = self._run.simulation
        count = simulation.assembly.counts
        return Consensus(
            pending=tuple(filter(None, map(self._pending_view, simulation.assembly.polls))),
            decided=tuple(self._decided_views()),
            published=count["published"],
            accepted=count["ACCEPTED"],
            rejected=count["REJECTED"],
            expired=count["EXPIRED"],
            margin=margin_view(simulation),
        )

    def _pending_view(self, poll: Poll) -> SignatureView | None:
        truth, attack = self._run.simulation.assembly.truth_of.get(poll.id, ("", ""))
        run = self._run
        held = run.simulation.assembly.reputation.quarantined(run.config.trust)[poll.publisher]
        rule = rule_view(in_force(run.config.consensus, held=bool(held)))
        return self._view(poll, rule, "PENDING", None, truth, attack)

    def _rule_of(self, poll: Poll) -> RuleView | None:
        """What a signature was decided by, as the ledger has it."""
        row = self._run.reader.verdict(poll.id)
        ruling = ruling_of(row.rule) if row else None
        return rule_view(ruling) if ruling else None

    def _decided_views(self) -> list[SignatureView]:
        latest = list(reversed(self._run.simulation.assembly.decided))
        found = {
            d.poll.id: self._decided.get(d.poll.id)
            or self._view(d.poll, self._rule_of(d.poll), d.verdict, d.step, d.truth, d.attack)
            for d in latest
        }
        views = self._decided = {seq: view for seq, view in found.items() if view is not None}
        return list(views.values())

    def _view(
        self,
        poll: Poll,
        rule: RuleView | None,
        verdict: str,
        decided: int | None,
        truth: str,
        attack: str,
    ) -> SignatureView | None:
        """A signature as the ledger has it; None where it has none, instead of made-up figures."""
        row = self._run.simulation.retrieved(poll)
        if row is None:
            return None
        tally = poll.tally
        return SignatureView(
            id=poll.id,
            step=poll.step,
            publisher=poll.publisher,
            flows=row.flows,
            confidence=row.score,
            features=features_of(row),
            confirm=tally.confirm,
            refute=tally.refute,
            confirmations=tally.confirmations,
            refutations=tally.refutations,
            abstentions=poll.abstaining,
            verdict=verdict,
            decided=decided,
            expires=poll.step + self._run.config.consensus.expiry_steps,
            truth=truth,
            attack=attack,
            rule=rule,
        )

    def _attacks(self) -> tuple[AttackView, ...]:
        simulation = self._run.simulation
        views = []
        for a in simulation.steered.attacks:
            if simulation.now < a.until:
                whom = simulation.steered.reached(a, max(simulation.now, a.since))
                count = int(whom.sum())
                views.append(AttackView(a.id, a.kind, a.intensity, a.since, a.until, count, whom))
        return tuple(views)

    def _faults(self) -> tuple[FaultView, ...]:
        simulation = self._run.simulation
        return tuple(
            FaultView(
                kind=f.kind,
                since=f.since,
                until=f.until,
                text=f"{int(simulation.steered.hit_by(f, simulation.now).sum())} agents"
                if f.targets
                else self._run.faults.text(f),
            )
            for f in simulation.steered.faults
            if simulation.now < f.until
        )
