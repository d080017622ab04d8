"""The rows of an export: what the ledger holds, joined and in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from typing import Any, Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.archive.exports import COLUMNS
from sim.consensus.votes import REASONS
from sim.ledger.ballots import WEIGHT_UNIT, Vote, unpack_ballots, unpack_radii
from sim.ledger.reader import LedgerReader
from sim.ledger.rows import CommandRow, Row, SignatureRow, StepRow, TallyRow, TruthRow, VerdictRow
from sim.ledger.withdrawals import PREFIX as WITHDRAWN
from sim.ledger.withdrawals import Withdrawal
from sim.signatures.radii import radius_of
from sim.text import cut, parse_json

R = TypeVar("R", bound=Row)
Cell = None | bool | int | float | str | list[Any] | dict[str, Any]
Record = tuple[Cell, ...]
"""One row, in the order of its columns."""

LONGEST: Final = 10_000
"""Characters of the longest text that is exported whole: a cell of a spreadsheet takes 32,767, and
nothing that this program writes is longer, but data."""
_ATTACK = "attack."
"""Beginning of the names of figures about one kind of attack: `attack.KIND.FIGURE`."""


class Chained(Protocol):
    """The chained rows of a ledger, wherever they are read."""

    def length(self) -> int:
        """How many there are."""

    def rows(self, kind: type[R]) -> Iterator[tuple[int, R]]:
        """All rows of one kind in order, with their `seq`."""

    def givers(self) -> Mapping[int, str]:
        """Who gave the commands, by `seq`."""

    def withdrawals(self) -> Mapping[int, Withdrawal]:
        """What was accepted and taken back, by signature."""


def records(reader: LedgerReader, what: str) -> tuple[tuple[str, ...], Iterator[Record]]:
    """Columns and rows of one record, up to the last entry that the ledger has now.

    Args:
        reader: the ledger.
        what: a key of `COLUMNS`.
    """
    if what in CHAINED:
        return chained_records(reader, what)
    if what == "attacks":
        return COLUMNS[what], _attacks(reader)
    names = tuple(n for n in reader.metric_names() if not n.startswith((_ATTACK, WITHDRAWN)))
    return (*COLUMNS[what], *names), _metrics(reader, names, reader.length() - 1)


def chained_records(reader: Chained, what: str) -> tuple[tuple[str, ...], Iterator[Record]]:
    """Columns and rows of a record that is made of chained rows alone.

    Args:
        reader: where they are read.
        what: a key of `CHAINED`.
    """
    return COLUMNS[what], CHAINED[what](reader, reader.length() - 1)


def _until(reader: Chained, kind: type[R], last: int) -> Iterator[tuple[int, R]]:
    return takewhile(lambda found: found[0] <= last, reader.rows(kind))


def _truths(reader: Chained, last: int) -> dict[int, TruthRow]:
    return {row.signature: row for _, row in _until(reader, TruthRow, last)}


def _signatures(reader: Chained, last: int) -> Iterator[Record]:
    verdicts = {row.signature: row for _, row in _until(reader, VerdictRow, last)}
    truths = _truths(reader, last)
    withdrawals = reader.withdrawals()
    for seq, row in _until(reader, SignatureRow, last):
        verdict, truth = verdicts.get(seq), truths.get(seq)
        yield (
            seq,
            row.step,
            row.publisher,
            row.flows,
            row.score,
            _decoded(row.features),
            row.fingerprint.hex(),
            verdict.verdict if verdict else "PENDING",
            verdict.step if verdict else None,
            truth.truth if truth else None,
            truth.attack if truth else None,
            _step_of(withdrawals.get(seq)),
        )


def _step_of(gone: Withdrawal | None) -> int | None:
    return gone.step if gone else None


def _votes(reader: Chained, last: int) -> Iterator[Record]:
    for _, row in _until(reader, TallyRow, last):
        codes = unpack_radii(row.ballots)
        radii = [r if c else None for r, c in zip(_radii(codes), codes, strict=True)]
        ballots = unpack_ballots(row.ballots).tolist()
        for (voter, vote, reason, weight), radius in zip(ballots, radii, strict=True):
            yield (
                row.step,
                row.signature,
                voter,
                Vote(vote).name,
                REASONS[reason] if reason < len(REASONS) else f"reason {reason}",
                round(weight / WEIGHT_UNIT, 5),
                radius,
            )


def _radii(codes: NDArray[np.uint8]) -> list[float]:
    """The radii of ballots, as a person would write them."""
    return [round(float(radius), 3) for radius in radius_of(codes, 0.0)]


def _verdicts(reader: Chained, last: int) -> Iterator[Record]:
    truths = _truths(reader, last)
    withdrawals = reader.withdrawals()
    for _, row in _until(reader, VerdictRow, last):
        truth = truths.get(row.signature)
        yield (
            row.step,
            row.signature,
            row.verdict,
            row.confirm,
            row.refute,
            row.voters,
            row.rule,
            truth.truth if truth else None,
            truth.attack if truth else None,
            _step_of(withdrawals.get(row.signature)),
        )


def _metrics(reader: LedgerReader, names: tuple[str, ...], last: int) -> Iterator[Record]:
    measured = {name: dict(reader.metrics(name)) for name in names}
    for _, row in _until(reader, StepRow, last):
        plain = (row.step, row.active, row.flows, row.anomalies)
        values = (measured[name].get(row.step) for name in names)
        figures = (None if v is None or math.isnan(v) else v for v in values)
        yield (*plain, *row.solo, *row.collective, *figures)


def _journal(reader: Chained, last: int) -> Iterator[Record]:
    givers = reader.givers()
    for seq, row in _until(reader, CommandRow, last):
        data = (_decoded(row.payload), _decoded(row.old), _decoded(row.new))
        outcome = (row.source, row.status, cut(row.reason, LONGEST))
        yield (seq, row.step, cut(row.kind, LONGEST), *data, *outcome, givers.get(seq))


CHAINED: Final[Mapping[str, Callable[[Chained, int], Iterator[Record]]]] = {
    "signatures": _signatures,
    "votes": _votes,
    "verdicts": _verdicts,
    "journal": _journal,
}
"""Records that are made of chained rows alone."""


def _attacks(reader: LedgerReader) -> Iterator[Record]:
    """The latest figures of each kind of attack, the earliest kind first."""
    kinds: dict[str, dict[str, int]] = {}
    for name in reader.metric_names():
        if name.startswith(_ATTACK):
            kind, _, field = name.removeprefix(_ATTACK).rpartition(".")
            *_, (_, value) = reader.metrics(name)
            kinds.setdefault(kind, {})[field] = int(value)
    for kind, figures in sorted(kinds.items(), key=lambda found: (found[1]["began"], found[0])):
        yield (kind, *(figures.get(field) for field in COLUMNS["attacks"][1:]))


def _decoded(text: str) -> Any:
    """The data in a JSON text, or the text itself where it is nothing that this program writes."""
    try:
        return parse_json(text)
    except ValueError:
        return cut(text, LONGEST)
