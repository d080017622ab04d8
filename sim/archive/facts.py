"""Rows of the ledger as a viewer follows them: decoded, without what only replay needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.archive.entries import features_of
from sim.consensus.ruling import ruling_of
from sim.ledger.ballots import Vote, unpack_ballots
from sim.ledger.reader import Entry
from sim.ledger.rows import (
    CommandRow,
    SignatureRow,
    StepRow,
    TallyRow,
    TruthRow,
    VerdictRow,
)
from sim.snapshot import Confusion
from sim.text import parse_json


@dataclass(frozen=True, slots=True)
class Published:
    """A signature."""

    publisher: int
    flows: int
    confidence: float
    """Mean score of its flows."""
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Voted:
    """The votes that a signature received in one step."""

    signature: int
    confirm: float
    """Weight of the confirmations."""
    refute: float
    confirmations: int
    refutations: int
    abstentions: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict with the rule of its day."""

    signature: int
    verdict: str
    rule: str
    """Name of the rule."""
    quorum: float | None
    """Share that it needed; None where it names no numbers."""


@dataclass(frozen=True, slots=True)
class Revealed:
    """What a signature really was."""

    signature: int
    truth: str
    attack: str


@dataclass(frozen=True, slots=True)
class Commanded:
    """A steering command and what became of it."""

    kind: str
    payload: Mapping[str, Any]
    old: Any
    new: Any
    source: str
    applied: bool
    reason: str
    giver: str = ""
    """User and number of the viewer, where that is known."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """An accepted signature that is none any more."""

    signature: int
    share: float
    """Share of the agents in good standing whose traffic it had flagged."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """One step of the run."""

    active: int
    flows: int
    anomalies: int
    solo: Confusion
    collective: Confusion
    withdrawn: tuple[TakenBack, ...] = ()


Content = Published | Voted | Decided | Revealed | Commanded | Stepped


@dataclass(frozen=True, slots=True)
class Fact:
    """One row."""

    seq: int
    step: int
    content: Content | None
    """None for the genesis."""


def fact_of(entry: Entry, giver: str = "", withdrawn: Sequence[TakenBack] = ()) -> Fact:
    """A row of the ledger, decoded.

    Args:
        entry: the row.
        giver: of a command: who gave it.
        withdrawn: of a step: what was taken back in it.
    """
    return Fact(entry.seq, entry.step, _content(entry, giver, tuple(withdrawn)))


def _content(entry: Entry, giver: str, withdrawn: tuple[TakenBack, ...]) -> Content | None:
    match entry.row:
        case SignatureRow() as row:
            return Published(row.publisher, row.flows, row.score, features_of(row))
        case TallyRow() as row:
            return _votes(row)
        case VerdictRow() as row:
            ruling = ruling_of(row.rule)
            name = row.rule.partition(" ")[0]
            return Decided(row.signature, row.verdict, name, ruling.quorum if ruling else None)
        case TruthRow() as row:
            return Revealed(row.signature, row.truth, row.attack)
        case CommandRow() as row:
            payload = _decoded(row.payload)
            return Commanded(
                row.kind,
                payload if isinstance(payload, dict) else {},
                _decoded(row.old),
                _decoded(row.new),
                row.source,
                row.status == "applied",
                row.reason,
                giver,
            )
        case StepRow() as row:
            solo, collective = Confusion(*row.solo), Confusion(*row.collective)
            return Stepped(row.active, row.flows, row.anomalies, solo, collective, withdrawn)
        case _:
            return None


def _votes(row: TallyRow) -> Voted:
    votes = unpack_ballots(row.ballots)["vote"]
    confirmations = int(np.count_nonzero(votes == Vote.CONFIRM))
    refutations = int(np.count_nonzero(votes == Vote.REFUTE))
    return Voted(row.signature, row.confirm, row.refute, confirmations, refutations, row.abstain)


def _decoded(text: str) -> Any:
    """The data in a JSON text; None where somebody damaged it."""
    try:
        return parse_json(text)
    except ValueError:
        return None
