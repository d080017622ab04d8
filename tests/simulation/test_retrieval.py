"""What was accepted is asked of the ledger by its id; what it lacks is skipped, and said."""

from __future__ import annotations

import logging

import pytest
from laboratory import EVENTFUL, advance, opened

from sim.errors import LedgerCorruptError
from sim.ledger.rows import SignatureRow
from sim.picture.painter import Painter
from sim.run.run import Run


def accepted(run: Run) -> list[int]:
    return [d.poll.id for d in run.simulation.assembly.decided if d.verdict == "ACCEPTED"]


def test_what_the_ledger_does_not_give_is_skipped(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with opened() as run:
        advance(run, 16, EVENTFUL)
        head, seqs = run.ledger.head_hex, accepted(run)
        assert len(seqs) > 2 and run.simulation.errors.counts() == {}
    with opened() as run:
        whole = run.reader.signature

        def signature(seq: int) -> SignatureRow | None:
            if seq == seqs[1]:
                raise LedgerCorruptError("a page is damaged")
            return None if seq == seqs[0] else whole(seq)

        monkeypatch.setattr(run.reader, "signature", signature)
        with caplog.at_level(logging.WARNING):
            advance(run, 16, EVENTFUL)
        assert run.simulation.errors.counts() == {"ledger.signature": 2}
        shown = Painter(run)._consensus()
        assert run.simulation.errors.counts() == {"ledger.signature": 2}
        assert not {view.id for view in (*shown.decided, *shown.pending)} & set(seqs[:2])
        assert {view.id for view in shown.decided} >= set(seqs[2:])
        assert all(view.flows > 0 for view in shown.decided)
        assert run.ledger.head_hex == head, "what is read for the screen changes no result"
    said = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert sum(f"signature {seqs[0]} is missing" in text for text in said) == 1
    assert sum("a page is damaged" in text for text in said) == 1
