"""The schema stays as it is in the files that people have."""

from __future__ import annotations

import hashlib

from sim.ledger.schema import expected_objects

OF_THE_FILES = "2893096cb730f54d4688a46718864010346fa09c2540a1f2c6fec84f983940a9"


def test_it_is_that_of_older_ledgers_to_the_letter() -> None:
    """A ledger whose schema differs in a single comment is taken for a foreign one."""
    text = repr(sorted(expected_objects().items()))
    assert hashlib.sha256(text.encode()).hexdigest() == OF_THE_FILES
