"""`kill -9` while steps are held back takes none that was acknowledged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from laboratory import EVENTFUL, head_of

from sim.engine.resuming import resume_run
from sim.ledger.reader import open_read_only
from sim.ledger.verify import verify

LINES = 60
"""Acknowledgements after which it is killed."""


@pytest.mark.parametrize("how", ["progress", "picture"])
def test_no_acknowledged_step_is_lost(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "run"
    here = Path(__file__).parent
    child = subprocess.Popen(
        [sys.executable, str(here / "held_back.py"), str(folder), how],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(here.parent)},
    )
    assert child.stdout is not None
    with child.stdout:
        told = [tuple(map(int, child.stdout.readline().split())) for _ in range(LINES)]
        child.send_signal(signal.SIGKILL)
        told += [tuple(map(int, line.split())) for line in child.stdout if line.endswith("\n")]
    child.wait()
    acknowledged = max(step for step, *_ in told)
    if how == "progress":
        assert max(held for _, held in told) > 3, "nothing was held back"
    reader = open_read_only(folder / "ledger.db")
    recorded = max(step for step, _ in reader.heads())
    reader.close()
    assert recorded >= acknowledged
    assert verify(folder / "ledger.db").ok
    engine = resume_run(folder)
    engine.run(5)
    engine.close()
    timeline = [(step, command) for step, commands in EVENTFUL.items() for command in commands]
    reader = open_read_only(folder / "ledger.db")
    head = reader.head().hex()
    reader.close()
    assert head == head_of(steps=recorded + 5, given={}, timeline=timeline)
