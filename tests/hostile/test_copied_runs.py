"""A run that was copied without its write-ahead log, or froze before its first step."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from victims import COMMANDS, Victim

from sim.ledger.ledger import Ledger
from sim.ledger.rows import Genesis

READING = ("verify", "doctor", "replay", "export")


@pytest.fixture
def lone(victim: Victim) -> Path:
    """The run as it is copied while it is written: without what lies beside the ledger."""
    lone = victim.run.with_name("lone")
    shutil.rmtree(victim.run / "checkpoints")
    (victim.run / "ledger.db").unlink()
    with closing(Ledger.create(victim.run / "ledger.db", Genesis(1, 6, ("a",)), {})):
        shutil.copytree(victim.run, lone)
    (lone / "ledger.db-wal").unlink()
    (lone / "ledger.db-shm").unlink(missing_ok=True)
    return lone


@pytest.mark.parametrize("name", READING)
def test_a_copy_without_its_log_is_named_for_what_it_is(lone: Path, name: str) -> None:
    result = COMMANDS[name](lone)
    assert result.code in (2, 3), result
    assert "-wal" in result.err, result
    assert "not a ledger" not in result.err
    assert result.err.count("\n") == 1
