"""The frozen picture of a run that crosses the thread boundary; panes draw nothing else.

A snapshot is built on the simulation's side between two steps. Parts that did not change are the
same objects as in the snapshot before, so a pane can skip by identity. Nothing here is compared by
value (`eq=False`): fields hold arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.commands import Order, kind_of

Value = bool | int | float | str


class RunState(StrEnum):
    """What the engine is doing."""

    LOADING = "loading"
    RUNNING = "running"
    PAUSED = "paused"
    FAULT = "fault"
    """Paused by a fault that someone must look at; the cause is `Snapshot.cause`."""
    FINISHED = "finished"
    """The traffic or the asked number of steps came to its end."""
    FAILED = "failed"
    """The run ended by an error; the cause is `Snapshot.cause`."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Margin:
    """What the rule in force tolerates, and what there is."""

    adversaries: int
    """Ground truth: agents that misbehave now."""
    quarantined: int
    """How many of these are in quarantine."""
    asked: int
    """Agents that are asked about one signature and whose vote weighs something."""
    tolerates_liars: int
    """Most liars among these that cannot get a lie accepted if all others refute it."""
    turnout: float | None
    """Share of the honest who were asked lately that confirmed or refuted; None before there is."""
    tolerates_at_turnout: int | None
    """The same bound if only this share of the others refutes."""
    tolerates_deniers: int
    """Most liars among these that cannot keep a truth from being accepted if all others confirm."""
    risk: float
    """Probability that a committee has more liars than that; 0 or 1 without a draw."""

    @property
    def liars(self) -> int:
        """Adversaries whose votes weigh something."""
        return self.adversaries - self.quarantined


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
class LedgerEntry:
    """One row of the ledger in short."""

    seq: int
    step: int
    kind: str
    """`signature`, `tally`, `verdict`, `command`, `truth`, `step` or `genesis`."""
    text: str
    signature: int | None = None
    """The signature that it is about."""
    agent: int | None = None
    """The agent that published, for a signature."""
    verdict: str = ""
    """`ACCEPTED`, `REJECTED` or `EXPIRED`, for a verdict."""


@dataclass(frozen=True, slots=True)
class RuleView:
    """A consensus rule with its numbers: of a verdict's own day, or the present one."""

    name: str
    quorum: float
    """Share of the weight of those who judged that has to agree, 0..1."""
    agents: int
    """Distinct agents that a verdict needs."""
    groups: int
    """Distinct groups of confirming agents that an acceptance needs."""
    held: bool
    """Whether the publisher is in quarantine, so that an acceptance needs unanimity."""


@dataclass(frozen=True, slots=True, eq=False)
class SignatureView:
    """A signature with the present state of its vote."""

    id: int
    step: int
    publisher: int
    flows: int
    score: float
    features: tuple[str, ...]
    """Features that stand out, strongest first, each with ↑ or ↓."""
    confirm: float
    """Weight of the confirmations."""
    refute: float
    """Weight of the refutations."""
    confirmations: int
    refutations: int
    abstentions: int
    verdict: str
    """`PENDING`, `ACCEPTED`, `REJECTED` or `EXPIRED`."""
    decided: int | None
    """Step of the verdict."""
    expires: int
    """Step at which it expires if nothing is decided."""
    truth: str
    """Ground truth: `attack`, `false_alarm` or `poison`. Agents never see it."""
    attack: str
    """Ground truth: kind of the attack, or empty."""
    rule: RuleView | None = None
    """What it was decided by; while it is pending, the rule in force."""


@dataclass(frozen=True, slots=True, eq=False)
class Consensus:
    """The votes under way and the latest verdicts."""

    pending: tuple[SignatureView, ...] = ()
    """Oldest first."""
    decided: tuple[SignatureView, ...] = ()
    """Latest first."""
    published: int = 0
    accepted: int = 0
    rejected: int = 0
    expired: int = 0
    margin: Margin | None = None
    """How many liars the rule in force tolerates, against how many there are (ground truth)."""


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """Flows by what they were and what they were taken for."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0

    @property
    def precision(self) -> float | None:
        """Tp / (tp + fp), None where there was no attack or nothing was flagged."""
        judged = self.tp + self.fn and self.tp + self.fp
        return self.tp / (self.tp + self.fp) if judged else None

    @property
    def recall(self) -> float | None:
        """Tp / (tp + fn), None where there was no attack."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None

    @property
    def f1(self) -> float | None:
        """2 tp / (2 tp + fp + fn), None where there was no attack."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if self.tp + self.fn else None

    @property
    def false_positive_rate(self) -> float | None:
        """Fp / (fp + tn), None where there was no benign flow."""
        return self.fp / (self.fp + self.tn) if self.fp + self.tn else None


@dataclass(frozen=True, slots=True)
class FirstContact:
    """Attack flows in the first step of a kind at agents that it reached late.

    Well after the first one, when the others could have warned them.
    """

    flows: int = 0
    solo: int = 0
    """How many of them the agents' own models flagged."""
    collective: int = 0
    """How many were flagged by whatever."""
    by_signatures: int = 0
    """How many accepted signatures flagged."""

    def recall(self, caught: int) -> float | None:
        """A count as a share of the flows; None where there are none."""
        return caught / self.flows if self.flows else None


@dataclass(frozen=True, slots=True)
class Protection:
    """How soon kinds of attacks get an accepted signature."""

    kinds: int = 0
    """Kinds met."""
    protected: int = 0
    """Kinds with an accepted signature."""
    steps: float | None = None
    """Median steps from the first flow of a kind anywhere to the acceptance."""
    not_reached: float | None = None
    """Median share of the agents that the kind had not reached by then."""


@dataclass(frozen=True, slots=True)
class AttackOutcome:
    """What became of one kind of attack. Steps count from its beginning; None is never."""

    kind: str
    began: int
    """Step of its first flow anywhere."""
    reached: int
    """Agents that have had a flow of it."""
    first_flag: int | None
    """Until a flow of it was flagged."""
    first_signature: int | None
    """Until a signature of it was published."""
    accepted: int | None
    """Until a signature of it was accepted."""
    known_by_all: int | None
    """Until every agent had an accepted signature of it."""
    missed_flows: int
    """Flows of it that nothing flagged."""
    false_alarms: int
    """Benign flows flagged anywhere in the steps in which it was there."""

    def figures(self) -> tuple[tuple[str, int | None], ...]:
        """All but the name, as (field, value)."""
        return tuple((f.name, getattr(self, f.name)) for f in fields(self) if f.name != "kind")


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """How good the detection is, against ground truth that the agents never see."""

    labelled: bool = False
    """False where the traffic has no ground truth: then all the rest is empty."""
    solo: Confusion = Confusion()
    """Each agent by its own model, since the start."""
    second_opinion: Confusion = Confusion()
    """Own model and the trees that peers lend, without signatures, since the start."""
    by_signatures: Confusion = Confusion()
    """Accepted signatures alone, since the start."""
    collective: Confusion = Confusion()
    """Own model, peers and accepted signatures, since the start."""
    solo_recent: Confusion = Confusion()
    """The same over the last steps."""
    second_opinion_recent: Confusion = Confusion()
    by_signatures_recent: Confusion = Confusion()
    collective_recent: Confusion = Confusion()
    first_contact: FirstContact = FirstContact()
    protection: Protection = Protection()
    attacks: tuple[AttackOutcome, ...] = ()
    """Kinds of attacks that have begun, the earliest first."""
    acceptance: Mapping[str, tuple[int, int]] = field(
        default_factory=lambda: MappingProxyType(
            {"attack": (0, 0), "false_alarm": (0, 0), "poison": (0, 0)}
        )
    )
    """Truth class → (accepted, decided)."""
    solo_f1: tuple[float, ...] = ()
    """F1 over the last steps, one value per step, oldest first; NaN where there is none."""
    collective_f1: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """Cache, pace and cost of the run."""

    hits: int = 0
    misses: int = 0
    stale: int = 0
    """Misses because of a judgement that had outlived its time."""
    evictions: int = 0
    cached: int = 0
    """Judgements in the cache now."""
    capacity: int = 0
    hit_rates: tuple[float, ...] = ()
    """Hit rate per step, oldest first; NaN for a step without look-ups."""
    step_seconds: tuple[float, ...] = ()
    """Time of each step, oldest first, s."""
    steps_per_second: float | None = None
    """Measured since the run was last held; None before two steps in a row."""
    phases: tuple[tuple[str, float], ...] = ()
    """Phase → mean seconds over the last steps."""
    flows_scored: int = 0
    ledger_entries: int = 0
    ledger_head: str = ""
    """Hex."""
    readers: tuple[int, int] = (0, 0)
    """Reader connections open and allowed."""
    query_hits: int = 0
    query_misses: int = 0
    journal_mode: str = ""
    memory_bytes: int = 0
    """Resident set of the process."""

    @property
    def hit_rate(self) -> float | None:
        """Share of look-ups answered from the cache since the start."""
        total = self.hits + self.misses
        return self.hits / total if total else None


@dataclass(frozen=True, slots=True, eq=False)
class ErrorCount:
    """Errors of one kind."""

    kind: str
    """`where.what`, e.g. `agent.refit`."""
    count: int
    first_step: int
    last_step: int
    message: str
    """Of the last one."""


@dataclass(frozen=True, slots=True, eq=False)
class HealthView:
    """One check of the resources of the run."""

    name: str
    """`memory`, `disk`, `files`, `connections` or `threads`."""
    healthy: bool
    value: float
    limit: float
    """0 where there is none."""
    unit: str
    """`bytes`, or empty for a count."""
    since: int
    """Step since which it is as it is."""
    text: str
    """Value and limit for people; empty without a limit."""
    done: str = ""
    """What clean-up did while it is unhealthy."""


@dataclass(frozen=True, slots=True, eq=False)
class AttackView:
    """An attack under way."""

    id: int
    kind: str
    intensity: float
    since: int
    until: int
    reached: int
    """Agents that it reaches now."""


@dataclass(frozen=True, slots=True, eq=False)
class FaultView:
    """An injected fault under way."""

    kind: str
    since: int
    until: int
    text: str


Fate = Literal["applied", "rejected", "unchanged", "withdrawn"]
"""What became of an order. `unchanged`: it asked for what was so already."""


@dataclass(frozen=True, slots=True, eq=False)
class JournalEntry:
    """A steering command with what became of it."""

    seq: int
    """Row of the ledger; -1 for what never reached it."""
    step: int
    order: Order
    text: str
    """The command in a few words for people."""
    old: str
    """What it replaced, JSON."""
    new: str
    """What holds since, JSON."""
    fate: Fate
    reason: str = ""
    """Why it was not applied, or empty."""

    @property
    def kind(self) -> str:
        """Name of the command, as in scenarios and journals."""
        return kind_of(self.order.command)

    @property
    def applied(self) -> bool:
        """Whether it changed something."""
        return self.fate == "applied"

    @property
    def source(self) -> str:
        """`live`, `scenario` or `replay`."""
        return self.order.source

    @property
    def ticket(self) -> int:
        """As `submit` returned it; 0 for commands that nobody gave live."""
        return self.order.ticket


@dataclass(frozen=True, slots=True)
class UndoStep:
    """What the next undo, or redo, is about."""

    title: str
    key: str = ""
    """The parameter that it is about, if it is about one."""
    ticket: int = 0
    """> 0 for a command that still waits: `Withdraw` it."""


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


@dataclass(frozen=True, slots=True, eq=False)
class BallotView:
    """One agent's vote with its reason."""

    voter: int
    vote: str
    reason: str
    weight: float
    step: int
    radius: float | None = None
    """Relative distance within which the voter found the signature harmless, 0 where nowhere; None
    where it measured none."""


@dataclass(frozen=True, slots=True, eq=False)
class SignatureDetail:
    """One signature, in detail."""

    view: SignatureView
    fingerprint: str
    """Hex."""
    centre: tuple[tuple[str, float, float], ...]
    """Feature, centre and spread (in the units of the model)."""
    ballots: tuple[BallotView, ...]
    rule: str
    """How the verdict came about, or what it still needs."""
    life: str = ""
    """What an accepted signature is worth now, and since when it decays; empty for others."""


@dataclass(frozen=True, slots=True)
class Focus:
    """What a viewer asked to inspect."""

    agent: int | None = None
    signature: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What one viewer inspects, as it asked by `Inspect`; nobody else sees it."""

    agent: AgentDetail | None = None
    signature: SignatureDetail | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Everything that the screen may draw: what all viewers share, and the `view` of one."""

    generation: int = 0
    """Counts the pictures of a run."""
    state: RunState = RunState.LOADING
    cause: str = ""
    """Why the state is `FAULT`, `FAILED` or `FINISHED`; while loading, what is being loaded."""
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
    grid: Grid = Grid()
    ledger: tuple[LedgerEntry, ...] = ()
    """The last entries, latest first."""
    consensus: Consensus = Consensus()
    performance: Performance = Performance()
    quality: Quality = Quality()
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
    view: View = View()
    """What the viewer that this picture is for looks at."""


EMPTY = Snapshot()
"""The picture before there is one."""
