"""A publication as rows of the ledger."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sim.errors import LedgerConstraintError
from sim.ledger.rows import Row, SignatureRow, TruthRow
from sim.shard.orders import Publication


def rows_of(
    draft: Publication,
    *,
    step: int,
    seq: int,
    population: int,
    features: int,
    kinds: Sequence[str],
) -> tuple[Row, TruthRow | None]:
    """The row of a signature, and what it really is where that is known.

    Args:
        draft: what is to be published.
        step: now.
        seq: row of the ledger that the signature will be.
        population: A.
        features: D.
        kinds: of attacks, by number from 1 on.

    Raises:
        LedgerConstraintError: it is no signature of this population and these flows.
    """
    signature = draft.signature
    if not 0 <= signature.publisher < population:
        raise LedgerConstraintError(f"signatures: publisher = {signature.publisher}")
    if signature.flows < 0:
        raise LedgerConstraintError(f"signatures: flows = {signature.flows}")
    if signature.centre.shape != (features,) or signature.spread.shape != (features,):
        raise LedgerConstraintError(f"signatures: centre and spread need {features} features")
    row = SignatureRow(
        step=step,
        publisher=signature.publisher,
        flows=signature.flows,
        score=signature.confidence,
        centre=signature.centre.astype("<f4").tobytes(),
        spread=signature.spread.astype("<f4").tobytes(),
        features=json.dumps(list(signature.features), ensure_ascii=False),
        fingerprint=signature.fingerprint,
    )
    match draft.truth:
        case "attack" | "false_alarm" | "poison" as known:
            kind = kinds[draft.attack - 1] if draft.attack else ""
            return row, TruthRow(step, seq, known, kind)
    return row, None
