"""What must hold in the record of any run, whatever was done to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sim.config.parameters import Value
from sim.ledger.ballots import WEIGHT_UNIT, Vote, unpack_ballots
from sim.ledger.reader import LedgerReader, open_read_only
from sim.ledger.rows import SignatureRow, TallyRow, VerdictRow

InForce = Mapping[int, Mapping[str, Value]]
"""Step → the parameters in force when it was computed."""
Cast = dict[int, dict[int, tuple[int, int]]]
"""Signature → voter → (vote, weight)."""


def check_record(ledger_file: Path, in_force: InForce) -> int:
    """Check every vote and verdict of a run that is closed; returns the number of verdicts."""
    reader = open_read_only(ledger_file)
    try:
        return _check(reader, in_force)
    finally:
        reader.close()


def _check(reader: LedgerReader, in_force: InForce) -> int:
    signatures = dict(reader.rows(SignatureRow))
    over: dict[int, int] = {}
    for seq, verdict in reader.rows(VerdictRow):
        assert verdict.signature not in over, "a verdict is final, and there is one"
        assert seq > verdict.signature
        over[verdict.signature] = verdict.step
    cast: Cast = {signature: {} for signature in signatures}
    for _, tally in reader.rows(TallyRow):
        _check_votes(tally, signatures[tally.signature], cast[tally.signature])
        assert tally.step <= over.get(tally.signature, tally.step), "no vote after the verdict"
    for _, verdict in reader.rows(VerdictRow):
        votes = cast[verdict.signature]
        _check_verdict(verdict, signatures[verdict.signature], votes, in_force[verdict.step])
    return len(over)


def _check_votes(
    tally: TallyRow, signature: SignatureRow, cast: dict[int, tuple[int, int]]
) -> None:
    for voter, vote, _, weight in unpack_ballots(tally.ballots).tolist():
        assert voter not in cast, "nobody votes twice"
        assert voter != signature.publisher, "nobody votes on what he published"
        assert tally.step > signature.step, "nobody votes before it is in the ledger"
        cast[voter] = (vote, weight)


def _check_verdict(
    verdict: VerdictRow,
    signature: SignatureRow,
    votes: dict[int, tuple[int, int]],
    in_force: Mapping[str, Value],
) -> None:
    confirm = [w / WEIGHT_UNIT for v, w in votes.values() if v == Vote.CONFIRM and w]
    refute = [w / WEIGHT_UNIT for v, w in votes.values() if v == Vote.REFUTE and w]
    if verdict.verdict == "EXPIRED":
        assert verdict.step - signature.step >= int(in_force["consensus.expiry_steps"])
        return
    winners = confirm if verdict.verdict == "ACCEPTED" else refute
    assert len(winners) >= int(in_force["consensus.min_confirmations"])
    share = sum(winners) / (sum(confirm) + sum(refute))
    if in_force["consensus.rule"] == "majority":
        assert share > 0.5
    else:
        assert share >= float(in_force["consensus.quorum"]) - 1e-6
