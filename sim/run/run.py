"""A simulation with its ledger: stepping, and what was asked to be recorded. No pace, no thread."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sim.archive.binding import bound
from sim.checkpoint.checkpoint import Checkpoint
from sim.checkpoint.keeper import Keeper
from sim.commands import InjectAttack, Order
from sim.config.document import TimelineEntry
from sim.config.load import LoadedConfig
from sim.config.plugins import check_usable
from sim.config.schema import Config
from sim.detection import detector_kind, make_detector
from sim.errors import CheckpointError, ConfigError, DetectionError, InvariantError, LedgerError
from sim.ledger.batch import Batch
from sim.ledger.ledger import Ledger
from sim.ledger.own_reader import OwnReader
from sim.ledger.reader import TRAFFIC_ENDED, LedgerReader
from sim.ledger.rows import CommandRow
from sim.ledger.withdrawals import name_of
from sim.metrics.endpoint import MetricsEndpoint
from sim.metrics.registry import MetricRegistry
from sim.model.agents import AnomalyAgent
from sim.model.memory import remember
from sim.model.model import Population
from sim.numerics.compilation import FAIR, STEP, cache_trouble
from sim.plugins.catalogue import AGENTS
from sim.resources.environment_faults import EnvironmentFaults
from sim.resources.resources import Resources, Size
from sim.resources.tuner import Tuner
from sim.resources.watch import HealthWatch
from sim.run.checkpoints import take
from sim.run.compiling import make_ready
from sim.run.invariants import Invariants
from sim.run.provenance import genesis_of, meta_of
from sim.run.rehearsal import Rehearsal
from sim.snapshot import JournalEntry
from sim.steering.repeat import steer_again
from sim.text import command_line, cut, nearest, quoted
from sim.traffic.build import make_source
from sim.traffic.source import TrafficSource

Progress = Callable[[str], None]


class Birth(Protocol):
    """Makes the population of a run; arguments as of `Population`."""

    def __call__(
        self,
        config: Config,
        timeline: Sequence[TimelineEntry],
        source: TrafficSource,
        ledger: Ledger,
        reader: LedgerReader,
        agent_class: type[AnomalyAgent],
    ) -> Population:
        """The population, newborn."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a run is built from, once it is known to be usable."""

    source: TrafficSource
    notices: tuple[str, ...]
    """What is worth knowing about the traffic."""


def make_parts(
    loaded: LoadedConfig, tell: Progress | None = None, steps: int | None = None
) -> Parts:
    """Read the traffic and make the detector ready; nothing is written.

    Args:
        loaded: what the run is made of.
        tell: called with a line to show.
        steps: how many will be done, if that is known.

    Raises:
        InputError: the traffic or the detector is unusable.
    """
    tell = tell or (lambda text: None)
    check_usable(loaded.config, tuple(entry.command for entry in loaded.timeline))
    tell("reading traffic")
    source, notices = make_source(loaded.config)
    detection = loaded.config.detection
    fair = not loaded.config.traffic.path and loaded.config.traffic.difficulty == "fair"
    try:
        kernels = detector_kind(detection.detector).kernels
        make_ready((*STEP, *([FAIR] if fair else []), *kernels), tell, steps)
        make_detector(detection.detector, 1, len(source.features), detection.window)
    except DetectionError as error:
        raise ConfigError(f"detection.detector: {error}") from None
    tell("building agents")
    return Parts(source, (*notices, *cache_trouble()))


def check_timeline(loaded: LoadedConfig, source: TrafficSource) -> None:
    """Refuse a timeline that injects attacks which a labelled or unlabelled file does not have.

    Raises:
        ConfigError: names step, kind, and the kinds that there are.
    """
    if not loaded.config.traffic.path:
        return
    known = ", ".join(source.attack_kinds) or "none: it has no labelled attacks"
    for entry in loaded.timeline:
        command = entry.command
        if isinstance(command, InjectAttack) and command.kind not in source.attack_kinds:
            raise ConfigError(
                f"timeline at {entry.at}: inject_attack: kind: the traffic has no attack"
                f" {quoted(command.kind)}, expected one of its own ({cut(known, 300)})"
                f"{nearest(command.kind, source.attack_kinds)}"
            )


class Run:
    """Steps a simulation and commits each step to its ledger.

    Args:
        loaded: the configuration; the run changes a copy of it.
        parts: what it is built from.
        ledger_file: where the ledger is made; None makes it in a temporary folder that goes with
            the run, and spares it injected faults of the machine.
        past: a ledger that is written already, and what reads it, instead of one that is made.
        population: makes what is stepped; by default a `Population`.
        agent_class: what the agents are; by default as the configuration says.
    """

    def __init__(
        self,
        loaded: LoadedConfig,
        parts: Parts,
        ledger_file: Path | None,
        past: tuple[Ledger, LedgerReader] | None = None,
        population: Birth | None = None,
        agent_class: type[AnomalyAgent] | None = None,
    ) -> None:
        self.loaded = loaded
        self.config: Config = loaded.config.model_copy(deep=True)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.ledger, self.reader = past or self._begun(parts.source, ledger_file, agent_class)
        self.simulation = (population or Population)(
            self.config,
            loaded.timeline,
            parts.source,
            self.ledger,
            self.reader,
            agent_class or AGENTS.get_class(self.config.simulation.agent_class, AnomalyAgent),
        )
        self.simulation.notices = (
            *loaded.notices,
            *parts.notices,
            *self.simulation.notices,
        )
        self.uncommitted = False
        """Whether a step is computed but could not be written yet."""
        self._committed = 0
        self.journal: list[JournalEntry] = []
        """Every order of the run that is recorded, in order."""
        self.closed = False
        self.seconds: dict[str, float] = {}
        """Phase → seconds since the run was built."""
        self._flushed = 0.0
        """What writing steps that were held back took since the last step, s."""
        self.batch = Batch(lambda: self.config.ledger.batch_seconds)
        self.resources = self._resources()
        self.tuner = Tuner(self.resources)
        self.health = HealthWatch(self.resources)
        self.metrics = MetricRegistry(self.simulation, self.resources, self.health.view)
        self._endpoint: MetricsEndpoint | None = None
        self.invariants = Invariants(self.simulation, self.ledger, self.reader)
        self.keeper: Keeper | None = None
        """Writes checkpoints; see `keep_checkpoints`."""
        of_its_own = ledger_file is not None or past is not None
        self.faults = EnvironmentFaults(self.resources, enabled=of_its_own)

    @property
    def notices(self) -> tuple[str, ...]:
        """What is worth knowing though it is no error."""
        return self.simulation.notices

    @property
    def behind(self) -> int:
        """1 while a step is begun but not committed, else 0."""
        return self.simulation.now - self._committed

    def restore(self, checkpoint: Checkpoint, journal: Sequence[tuple[int, CommandRow]]) -> None:
        """Stand where a checkpoint was taken; nothing may have been done before.

        Args:
            checkpoint: of a run with this configuration and the present ledger.
            journal: seq and row of the commands of that run.

        Raises:
            CheckpointError: it does not fit; this run is of no use any more.
        """
        step = checkpoint.header.step
        self.journal = steer_again(self.simulation.steered, journal, step)
        remember(self.simulation, checkpoint.state)
        if self.simulation.now != step:
            raise CheckpointError("is of another step than it says")
        self._committed = step
        self.invariants = Invariants(self.simulation, self.ledger, self.reader)

    @property
    def committed(self) -> int:
        """The last step that the ledger has taken, though it may be held back."""
        return self._committed

    @property
    def recorded(self) -> int:
        """The last step that is in the file: what a crash cannot take."""
        return self._committed - self.ledger.held

    # -- stepping ------------------------------------------------------------------------------

    def advance(self, orders: Sequence[Order] = ()) -> None:
        """Compute one step and commit it.

        Args:
            orders: to apply before the step.

        Raises:
            LedgerError: the step is computed but not written; `commit` tries again.
            InvariantError: the step is not what a step may be; nothing of it is recorded.
        """
        if self.uncommitted:
            raise RuntimeError("the last step is not committed yet")
        start, busy = time.perf_counter(), time.process_time()
        self.health.begin()
        self.simulation.begin(orders)
        self.faults.strike(self.simulation.steered.faults)
        self.simulation.compute()
        self.simulation.record()
        self._check()
        self.uncommitted = True
        self.journal += [entry for entry in self.simulation.journaled if entry.seq >= 0]
        self._commit(time.perf_counter() - start)
        wall = time.perf_counter() - start
        self.tuner.observe(wall, time.process_time() - busy, self.simulation.calls.seconds)
        self.health.observe()
        self.metrics.observe(time.perf_counter() - start, self.seconds)

    def _check(self) -> None:
        """Refuse to record a step that breaks an invariant."""
        try:
            self.invariants.check(self.simulation.draft)
        except InvariantError as error:
            again = command_line("resume", self.ledger.path.parent)
            raise InvariantError(
                f"step {self.simulation.now} breaks an invariant: {error}; seed"
                f" {self.config.simulation.seed}; nothing of it is recorded, everything before is"
                f" kept; to reproduce: {again}"
            ) from error

    def commit(self) -> None:
        """Write the step that was computed last, and what is held back, if they are not yet.

        Raises:
            LedgerError: it could not be written; nothing is lost, try again.
        """
        self._commit()
        self.flush()

    def flush(self) -> None:
        """Write what is held back: before anybody is told of it; see `Batch`.

        Raises:
            LedgerError: it could not be written; nothing is lost, try again.
        """
        if self.ledger.held:
            start = time.perf_counter()
            self.ledger.flush()
            self._flushed += time.perf_counter() - start

    def _commit(self, took: float | None = None) -> None:
        """Let the ledger take the step that was computed last.

        Args:
            took: how long it took, s, if it may be held back.
        """
        if not self.uncommitted:
            return
        start = time.perf_counter()
        self._measure()
        draft = self.simulation.draft
        hold = took is not None and self.batch.holds(draft, self.ledger.held, took)
        self.ledger.commit(draft, hold=hold)
        self.uncommitted = False
        self._committed = self.simulation.now
        self.simulation.calls.seconds["record"] = time.perf_counter() - start + self._flushed
        self._flushed = 0.0
        for phase, seconds in self.simulation.calls.seconds.items():
            self.seconds[phase] = self.seconds.get(phase, 0.0) + seconds
        if self.keeper is not None:
            interval = self.config.simulation.checkpoint_interval
            self.keeper.committed(self._committed, interval)

    def keep_checkpoints(self, folder: Path) -> None:
        """Write checkpoints into this folder from now on."""
        self.keeper = Keeper(folder, self.take_checkpoint, self._no_checkpoint, self.simulation.now)

    def checkpoint(self) -> bool:
        """Take a checkpoint of the last recorded step now; it is written in the background.

        Returns:
            Whether that step has one, or is about to: not while a step is half done, and not
            without `keep_checkpoints`. What goes wrong is counted as `checkpoint.write`.
        """
        if self.keeper is None or self.behind:
            return False
        return self.keeper.take(self._committed)

    def take_checkpoint(self) -> Checkpoint:
        """The checkpoint of the last recorded step.

        Raises:
            CheckpointError: the simulation holds something that nobody has declared, or the step
                cannot be written now.
            ExecutorError: its shards cannot be reached.
        """
        try:
            self.flush()
        except LedgerError as error:
            raise CheckpointError(f"the step is not written: {error}") from error
        return take(self.simulation, self.ledger, self.loaded.config)

    def _no_checkpoint(self, text: str) -> None:
        self.simulation.count_error("checkpoint.write", text)

    def _measure(self) -> None:
        """Note the figures that never enter the chain."""
        simulation = self.simulation
        for phase, seconds in simulation.calls.seconds.items():
            simulation.draft.record(f"seconds.{phase}", seconds)
        for name, value in simulation.cache_counts().items():
            simulation.draft.record(f"cache.{name}", value)
        for name, figure in simulation.quality.attacks.news():
            simulation.draft.record(name, figure)
        for signature, gone in simulation.assembly.lifetimes.withdrawn.items():
            if gone.step == simulation.now:
                simulation.draft.record(name_of(signature), gone.share)
        simulation.draft.record("pending", len(simulation.assembly.polls))
        simulation.draft.record("errors", sum(simulation.errors.counts().values()))
        if simulation.finished:
            simulation.draft.record(TRAFFIC_ENDED, 1)

    def go_live(self) -> None:
        """Append to the ledger from now on: the recorded steps have all been computed again.

        Raises:
            RunDirectoryError: the ledger goes on after them.
            LedgerError: the ledger cannot be written.
        """
        assert isinstance(self.ledger, Rehearsal)
        self.reader.pool.go_live()
        self.ledger.go_live()

    def serve_metrics(self) -> None:
        """Let Prometheus read the metrics until the run is closed, if a port is set.

        Raises:
            ConfigError: the port cannot be used.
        """
        if self.config.monitoring.metrics_port:
            self._endpoint = MetricsEndpoint(
                self.config.monitoring.metrics_port, self.metrics, self.health.view
            )

    def close(self) -> None:
        """Give everything back; the ledger is complete up to the last committed step."""
        self.closed = True
        if self._endpoint is not None:
            self._endpoint.close()
            self._endpoint = None
        self.faults.end()
        self.tuner.finish()
        with suppress(LedgerError):
            self.commit()
        if self.keeper is not None:
            self.checkpoint()
            self.keeper.close()
        self.simulation.close()
        self._close_ledger()

    def _resources(self) -> Resources:
        """What may be turned while this run runs."""
        config, simulation, cache = self.config, self.simulation, self.reader.cache
        judgements = Size(lambda: config.cache.capacity)
        simulation.cache_capacity = lambda: judgements.now
        return Resources(
            config=config,
            log=simulation,
            executor=simulation.executor,
            shards=len(simulation.blocks),
            judgements=judgements,
            queries=Size(lambda: config.ledger.query_cache, cache.resize),
            query_cache=cache,
            pool=self.reader.pool,
            ledger=self.ledger,
            batch=self.batch,
            checkpoint=self.checkpoint,
            judged=simulation.cache_counts,
        )

    def _begun(
        self,
        source: TrafficSource,
        file: Path | None,
        agent_class: type[AnomalyAgent] | None,
    ) -> tuple[Ledger, LedgerReader]:
        """A new ledger, and what reads it."""
        if file is None:
            self._folder = tempfile.TemporaryDirectory(prefix="decsim-")
            file = Path(self._folder.name) / "ledger.db"
        genesis = genesis_of(self.config, source)
        attempts = self.config.ledger.retry_attempts
        meta = bound(meta_of(self.loaded, source, agent_class), self.loaded, genesis)
        ledger = Ledger.create(file, genesis, meta, retry_attempts=attempts)
        settings = self.config.ledger
        size, timeout, results = settings.pool_size, settings.pool_timeout, settings.query_cache
        return ledger, OwnReader(ledger, size, timeout, results)

    def _close_ledger(self) -> None:
        self.reader.close()
        self.ledger.close()
        if self._folder is not None:
            with suppress(OSError):
                self._folder.cleanup()
