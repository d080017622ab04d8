"""Rows of the ledger as lines for people."""

from __future__ import annotations

from sim.commands import describe
from sim.errors import VerificationError
from sim.ledger.reader import Entry
from sim.ledger.rows import (
    CommandRow,
    Genesis,
    SignatureRow,
    StepRow,
    TallyRow,
    TruthRow,
    VerdictRow,
)
from sim.snapshot import LedgerEntry
from sim.steering.journal import order_of
from sim.text import LONGEST_LINE, cut, parse_json

_KINDS: dict[type, str] = {
    Genesis: "genesis",
    CommandRow: "command",
    SignatureRow: "signature",
    TallyRow: "tally",
    VerdictRow: "verdict",
    TruthRow: "truth",
    StepRow: "step",
}


def entry_of(entry: Entry, digits: int = 3) -> LedgerEntry:
    """One row in short; what votes weigh in so many digits."""
    row = entry.row
    signature = getattr(row, "signature", None)
    return LedgerEntry(
        seq=entry.seq,
        step=entry.step,
        kind=_KINDS[type(row)],
        text=_text(entry, digits),
        signature=entry.seq if isinstance(row, SignatureRow) else signature,
        agent=row.publisher if isinstance(row, SignatureRow) else None,
        verdict=row.verdict if isinstance(row, VerdictRow) else "",
    )


def features_of(row: SignatureRow) -> tuple[str, ...]:
    """The features that stand out; none where the row does not list any."""
    try:
        names = parse_json(row.features)
    except ValueError:
        return ()
    return tuple(str(name) for name in names) if isinstance(names, list) else ()


def _command(seq: int, row: CommandRow) -> str:
    try:
        return describe(order_of(seq, row).command)
    except VerificationError:
        return row.kind


def _text(entry: Entry, digits: int) -> str:
    match row := entry.row:
        case SignatureRow():
            features = " ".join(features_of(row))
            group = f"{row.flows} flows · confidence {row.score:.2f}"
            return f"agent {row.publisher} · {group} · {features}"
        case TallyRow():
            votes = (
                f"+{_weight(row.confirm, digits)} confirm  +{_weight(row.refute, digits)} refute"
            )
            return f"#{row.signature} {votes}" + (f"  {row.abstain} abstain" if row.abstain else "")
        case VerdictRow():
            return (
                f"#{row.signature} {row.verdict} by {row.rule.partition(' ')[0]}: "
                f"{_weight(row.confirm, digits)} confirm, {_weight(row.refute, digits)} refute"
            )
        case CommandRow():
            refused = f", rejected: {cut(row.reason, LONGEST_LINE)}" if row.reason else ""
            return f"{cut(row.source)}: {_command(entry.seq, row)}{refused}"
        case TruthRow():
            return f"#{row.signature} is {row.attack or row.truth.replace('_', ' ')}"
        case StepRow():
            return f"{row.active} agents · {row.flows:,} flows · {row.anomalies:,} anomalous"
        case Genesis():
            return f"{row.agents} agents · {len(row.features)} features · seed {row.seed}"


def _weight(value: float, digits: int) -> str:
    return f"{value:.{digits}g}" if value < 10**digits else f"{value:,.0f}"
