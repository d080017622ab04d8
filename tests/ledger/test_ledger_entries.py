"""Rows of the ledger as a person reads them."""

from __future__ import annotations

import pytest

from sim.archive.entries import entry_of
from sim.ledger.reader import Entry
from sim.ledger.rows import TallyRow


@pytest.mark.parametrize(
    ("weight", "read"), [(0.108476, "0.108"), (30.1538, "30.2"), (63.0, "63"), (1234.5, "1,234")]
)
def test_weights_have_the_digits_that_count(weight, read) -> None:
    entry = Entry(9, "tallies", 4, TallyRow(4, 7, weight, 0.0, 0, b""))
    assert entry_of(entry).text == f"#7 +{read} confirm  +0 refute"
    assert repr(weight).removesuffix(".0") in entry_of(entry, 17).text.replace(",", "")
