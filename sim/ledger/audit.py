"""Checks that the rows of a ledger fit together: order, references, votes, verdicts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.errors import LedgerCorruptError
from sim.ledger.ballots import (
    Ballots,
    Vote,
    count_ballots,
    lower_quartile,
    tolerance,
    unpack_ballots,
    unpack_radii,
)
from sim.ledger.codec import row_of
from sim.ledger.findings import Findings
from sim.ledger.rows import (
    PLAIN_VERSION,
    SCHEMA_VERSION,
    VERSIONS,
    Genesis,
    TallyRow,
    VerdictRow,
)
from sim.ledger.scan import ScannedRow


@dataclass(slots=True)
class _Votes:
    """What was cast on one signature so far."""

    confirm: float = 0.0
    refute: float = 0.0
    ballots: int = 0
    reach: bytes = b""
    """The ballots themselves: what the radius of a verdict follows from."""
    decided: NDArray[np.uint32] = field(default_factory=lambda: np.empty(0, np.uint32))
    """Agents that confirmed or refuted."""


class Audit:
    """Sees all rows in the order of their seq and reports what contradicts an earlier one."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._step = 0
        self._version = SCHEMA_VERSION
        self._ended = -1
        self._votes: dict[int, _Votes] = {}

    def see(self, row: ScannedRow) -> None:
        """Checks one row."""
        name = row.table.name
        if not row.is_well_typed():
            self._report(row, "a column holds a value of another type")
            return
        if name == "genesis":
            self._genesis(row)
            return
        self._order(row)
        if name == "signatures":
            self._votes[row.seq] = _Votes()
        elif name in ("tallies", "verdicts", "truths"):
            self._reference(row)

    def _report(self, row: ScannedRow, what: str) -> None:
        self._findings.report(row.table.name, row.seq, what)

    def _genesis(self, row: ScannedRow) -> None:
        try:
            genesis = row_of(row.table, row.values)
        except LedgerCorruptError as error:
            self._report(row, str(error))
            return
        if row.seq != 0:
            self._report(row, "only row 0 is a genesis")
        if isinstance(genesis, Genesis):
            self._version = genesis.schema_version
            if self._version not in VERSIONS:
                wanted = " or ".join(map(str, VERSIONS))
                self._report(row, f"schema_version is {self._version}, not {wanted}")

    def _order(self, row: ScannedRow) -> None:
        step = row.value("step")
        if step < self._step or step <= self._ended:
            self._report(row, f"step {step} comes after the end of step {max(self._ended, 0)}")
        else:
            self._step = step
        if row.table.name == "steps":
            self._ended = max(step, self._ended)

    def _reference(self, row: ScannedRow) -> None:
        votes = self._votes.get(row.value("signature"))
        if votes is None:
            self._report(row, f"there is no signature {row.value('signature')} before it")
            return
        typed = row_of(row.table, row.values)
        if isinstance(typed, TallyRow):
            self._tally(row, typed, votes)
        elif isinstance(typed, VerdictRow):
            self._verdict(row, typed, votes)

    def _tally(self, row: ScannedRow, tally: TallyRow, votes: _Votes) -> None:
        try:
            ballots = unpack_ballots(tally.ballots)
        except LedgerCorruptError as error:
            self._report(row, str(error))
            return
        if self._version == PLAIN_VERSION and unpack_radii(tally.ballots).any():
            self._report(row, "a ballot has an unknown vote")
        confirm, refute, abstain = count_ballots(ballots)
        near = tolerance(len(ballots))
        if abs(confirm - tally.confirm) > near or abs(refute - tally.refute) > near:
            self._report(
                row,
                f"the ballots weigh {confirm:.4f} to {refute:.4f},"
                f" the tally says {tally.confirm:.4f} to {tally.refute:.4f}",
            )
        if abstain != tally.abstain:
            self._report(row, f"{abstain} ballots abstain, the tally says {tally.abstain}")
        self._once(row, ballots, votes)
        votes.reach += tally.ballots
        votes.confirm += confirm
        votes.refute += refute
        votes.ballots += len(ballots)

    def _once(self, row: ScannedRow, ballots: Ballots, votes: _Votes) -> None:
        if np.any((ballots["vote"] < min(Vote)) | (ballots["vote"] > max(Vote))):
            self._report(row, "a ballot has an unknown vote")
        if np.unique(ballots["voter"]).size != len(ballots):
            self._report(row, "a voter has two ballots in one tally")
        decided = ballots["voter"][ballots["vote"] != Vote.ABSTAIN]
        twice = np.intersect1d(decided, votes.decided)
        if twice.size:
            self._report(row, f"voter {twice[0]} confirmed or refuted before")
        votes.decided = np.union1d(votes.decided, decided)

    def _radius(self, row: ScannedRow, verdict: VerdictRow, votes: _Votes) -> None:
        named = re.search(r" reach=(\d+)$", verdict.rule)
        code = lower_quartile(votes.reach)
        if named is not None and int(named[1]) != code:
            self._report(row, f"says reach {named[1]}; its ballots say {code}")

    def _verdict(self, row: ScannedRow, verdict: VerdictRow, votes: _Votes) -> None:
        if verdict.verdict == "EXPIRED":
            return  # whatever was cast did not count
        if self._version != PLAIN_VERSION and verdict.verdict == "ACCEPTED":
            self._radius(row, verdict, votes)
        near = tolerance(votes.ballots)
        if (
            abs(verdict.confirm - votes.confirm) > near
            or abs(verdict.refute - votes.refute) > near
            or verdict.voters != votes.decided.size
        ):
            self._report(
                row,
                f"says {verdict.voters} voters, {verdict.confirm:.4f} to {verdict.refute:.4f};"
                f" its tallies say {votes.decided.size},"
                f" {votes.confirm:.4f} to {votes.refute:.4f}",
            )
