"""The kinds of rows that a ledger holds, as frozen values.

A signature is known by its `seq`, its place in the ledger; other rows refer to it by that number.
Every integer is 64 bit and signed; every float is finite or infinite, never NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

CommandStatus: TypeAlias = Literal["applied", "rejected"]
Verdict: TypeAlias = Literal["ACCEPTED", "REJECTED", "EXPIRED"]
Truth: TypeAlias = Literal["attack", "false_alarm", "poison"]
Confusion: TypeAlias = tuple[int, int, int, int]
"""True positives, false positives, false negatives, true negatives: counts of flows."""

SCHEMA_VERSION = 2
"""Of ledgers whose ballots carry radii; see `sim.ledger.ballots`."""
PLAIN_VERSION = 1
"""Of ledgers whose ballots do not: those of version 0.1, and of runs that go by evidence of one
step as that did. All else is the same."""
VERSIONS = (PLAIN_VERSION, SCHEMA_VERSION)
"""Schemas that can be read and continued."""


@dataclass(frozen=True, slots=True)
class Genesis:
    """The first row (seq 0): what makes two runs comparable.

    The configuration is not part of it: settings that do not change the result (workers, cache,
    screen) must not change the head either.
    """

    seed: int
    """Seed of every random draw of the run."""
    agents: int
    """Number of agents at the start."""
    features: tuple[str, ...]
    """Names of the D features, in the order of `SignatureRow.centre`."""
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command from the outside and what became of it."""

    step: int
    """The step before which it was applied or rejected."""
    kind: str
    """Name of the command, such as `set_parameter`."""
    payload: str
    """The command itself, JSON."""
    old: str
    """What it replaced, JSON (`null` where nothing)."""
    new: str
    """What holds since, JSON."""
    source: str
    """Who gave it: a key, a scenario, a journal."""
    status: CommandStatus
    reason: str
    """Why it was rejected; empty if it was applied."""


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """A group of similar anomalous flows, as published by one agent."""

    step: int
    publisher: int
    """Id of the agent that published it."""
    flows: int
    """How many flows are in the group."""
    score: float
    """Its confidence: mean score of the group under the publisher's model. (The column is called as
    in ledgers of version 0.1.)"""
    centre: bytes
    """Mean of the flows: D little-endian 32-bit floats."""
    spread: bytes
    """Standard deviation of the flows: D little-endian 32-bit floats."""
    features: str
    """Names of the features that stand out, a JSON list."""
    fingerprint: bytes
    """Digest of the content, independent of publisher and step."""


@dataclass(frozen=True, slots=True)
class TallyRow:
    """The votes that one signature received in one step."""

    step: int
    signature: int
    """seq of the signature."""
    confirm: float
    """Sum of the weights of the CONFIRM ballots."""
    refute: float
    """Sum of the weights of the REFUTE ballots."""
    abstain: int
    """Number of ABSTAIN ballots."""
    ballots: bytes
    """The ballots themselves; see `sim.ledger.ballots`."""


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """The final judgement of one signature; there is one at most."""

    step: int
    signature: int
    """seq of the signature."""
    verdict: Verdict
    confirm: float
    """Sum of CONFIRM weights over the signature's tallies so far, as cast."""
    refute: float
    """Sum of REFUTE weights over the signature's tallies so far, as cast."""
    voters: int
    """Number of agents that confirmed or refuted; who only abstained is not counted."""
    rule: str
    """Name of the consensus rule, then the numbers in force; see `sim.consensus.ruling`."""


@dataclass(frozen=True, slots=True)
class TruthRow:
    """What a signature really was. For evaluation; agents never see it."""

    step: int
    signature: int
    """seq of the signature."""
    truth: Truth
    attack: str
    """Kind of the attack; empty if there was none."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """The last row of a step. Its hash is the step's chain head."""

    step: int
    active: int
    """Agents that took part."""
    flows: int
    """Flows observed."""
    anomalies: int
    """Flows over the threshold."""
    solo: Confusion
    """Each agent's own model against the truth."""
    collective: Confusion
    """Own model together with the accepted signatures against the truth."""
    digest: bytes
    """Digest of the simulation's state after the step."""


Row: TypeAlias = Genesis | CommandRow | SignatureRow | TallyRow | VerdictRow | TruthRow | StepRow
