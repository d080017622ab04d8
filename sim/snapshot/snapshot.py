"""The whole picture: what all viewers share, and the view of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sim.commands import Order
from sim.snapshot.machine import ErrorCount, HealthView, Performance
from sim.snapshot.population import Grid
from sim.snapshot.quality import Quality
from sim.snapshot.record import LedgerEntry
from sim.snapshot.state import RunState, Value
from sim.snapshot.steering import AttackView, FaultView, JournalEntry, UndoStep
from sim.snapshot.view import View
from sim.snapshot.votes import Consensus


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Everything that the screen may draw: what all viewers share, and the `view` of one."""

    generation: int = 0
    """Counts the pictures of a run."""
    state: RunState = RunState.LOADING
    cause: str = ""
    """Why the state is `FAULT`, `FAILED` or `FINISHED`, or `PAUSED` by itself; while loading, what
    is being loaded."""
    pause_when: str = ""
    """What the run is to pause at, in words; empty where nobody asked for that."""
    refused: bool = False
    """Whether the run could not begin because of what the user gave."""
    step: int = 0
    """Steps done."""
    seed: int = 0
    run_id: str = ""
    run_dir: str = ""
    scenario: str = ""
    traffic: str = ""
    executor: str = ""
    executor_reason: str = ""
    """Why it is this one."""
    workers: int = 0
    detector: str = ""
    attack_kinds: tuple[str, ...] = ()
    """Attacks that this traffic knows."""
    grid: Grid = field(default_factory=Grid)
    ledger: tuple[LedgerEntry, ...] = ()
    """The last entries, latest first."""
    consensus: Consensus = field(default_factory=Consensus)
    performance: Performance = field(default_factory=Performance)
    quality: Quality = field(default_factory=Quality)
    errors: tuple[ErrorCount, ...] = ()
    """By kind, latest first."""
    notices: tuple[str, ...] = ()
    """Things worth knowing that are no errors, e.g. an executor that was not available."""
    health: tuple[HealthView, ...] = ()
    """The checks of memory, disk, files, connections and threads; empty where they are off."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """What is measured about the run, by name; see `sim.metrics.catalogue`."""
    tuning: tuple[str, ...] = ()
    """What the tuner has done, latest first."""
    bottleneck: str = ""
    """What slows the run down: `cpu`, `memory`, `io`, `network`, or empty."""
    parameters: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    """Key → value in force."""
    pace: float = 0.0
    """Steps per second that are asked for; 0 is full speed."""
    pending: tuple[Order, ...] = ()
    """The orders that wait for the next step, in the order in which they were given."""
    journal: tuple[JournalEntry, ...] = ()
    """The last steering commands, latest first."""
    undo: UndoStep | None = None
    """What the next undo takes back: what was given last and still waits, else what was done."""
    redo: UndoStep | None = None
    attacks: tuple[AttackView, ...] = ()
    faults: tuple[FaultView, ...] = ()
    watched: bool = False
    """Whether whoever it is for only watches, and steers nothing."""
    view: View = field(default_factory=View)
    """What the viewer that this picture is for looks at."""


EMPTY = Snapshot()
"""The picture before there is one."""
