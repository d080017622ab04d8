"""`kill -9` between the damage that a fault does and its mending: nothing recorded is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from thinned import first

from sim.archive.directory import RunDirectory
from sim.doctor.repair import mend_run
from sim.engine.resuming import resume_run
from sim.ledger.damage import forget_damage, overwrite_page, undo_damage
from sim.run.replay import replay_run

ROOT = Path(__file__).resolve().parents[2]
STEPS = 80
"""More than the steps that are kept in memory."""
KILLED = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from sim.commands import InjectFault
from sim.config.document import TimelineEntry
from sim.config.load import load_config
from sim.engine.engine import Engine
from sim.resources import environment_faults

overwrite = environment_faults.overwrite_page

def overwrite_and_die(path, draw):
    overwrite(path, float(sys.argv[3]))
    os.kill(os.getpid(), signal.SIGKILL)

environment_faults.overwrite_page = overwrite_and_die
settings = ["simulation.agents=6", "simulation.executor=sequential"]
steps = int(sys.argv[2])
given = (TimelineEntry(steps + 1, InjectFault("corrupt_page", duration=1)),)
engine = Engine(replace(load_config(settings=settings), timeline=given), Path(sys.argv[1]))
engine.open()
engine.run(steps + 1)
"""


MENDING = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from sim.commands import InjectFault
from sim.config.document import TimelineEntry
from sim.config.load import load_config
from sim.engine.engine import Engine
from sim.ledger import set_aside
from sim.ledger.ledger import Ledger
from sim.resources import environment_faults
from sim.run import mending

moment, left = sys.argv[3], [3]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

overwrite = environment_faults.overwrite_page
environment_faults.overwrite_page = lambda path, draw: overwrite(path, 0.0)
if moment == "before":
    set_aside.exchange = mending.salvage.__globals__["exchange"] = die
if moment == "linked":
    Path.replace = die
if moment == "renamed":
    os.link = lambda *_: die()
if moment == "replaced":
    replaced = Path.replace
    Path.replace = lambda *paths: (replaced(*paths), die())
if moment == "half":
    commit = Ledger.commit
    def counted(ledger, draft, **more):
        left[0] -= ledger.path.with_name("ledger.db.corrupt-1").exists()
        return die() if not left[0] else commit(ledger, draft, **more)
    Ledger.commit = counted
if moment == "whole":
    mending.forget_damage = die
settings = ["simulation.agents=6", "simulation.executor=sequential"]
steps = int(sys.argv[2])
given = (TimelineEntry(steps + 1, InjectFault("corrupt_page", duration=1)),)
engine = Engine(replace(load_config(settings=settings), timeline=given), Path(sys.argv[1]))
engine.open()
engine.run(steps + 20)
"""


def killed(run: Path, draw: float | str, script: str = KILLED) -> None:
    """Record steps, have a page overwritten, and die."""
    ended = subprocess.run(
        [sys.executable, "-c", script, str(run), str(STEPS), str(draw)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


@pytest.mark.parametrize("draw", first(1, [0.3, 0.0]))
def test_no_recorded_step_is_lost(tmp_path: Path, draw: float) -> None:
    run = tmp_path / "run"
    killed(run, draw)
    (kept,) = run.glob("ledger.db.at-*")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert not RunDirectory.open(run).verify_ledger().ok
    engine = resume_run(run)
    assert engine.snapshot.step == STEPS
    engine.close()
    assert not list(run.glob("ledger.db.*"))
    assert replay_run(run).steps == STEPS


@pytest.mark.parametrize(
    "moment", first(2, ["half", "replaced", "before", "linked", "renamed", "whole"])
)
def test_no_recorded_step_is_lost_while_the_ledger_is_mended(tmp_path: Path, moment: str) -> None:
    run = tmp_path / "run"
    killed(run, moment, MENDING)
    aside = list(run.glob("ledger.db.corrupt-1"))
    assert bool(aside) == (moment not in ("before", "renamed"))
    engine = resume_run(run)
    assert engine.snapshot.step >= STEPS
    engine.close()
    assert RunDirectory.open(run).verify_ledger().ok
    assert replay_run(run).steps >= STEPS
    assert not list(run.glob("ledger.db.at-*"))


def test_doctor_puts_back_what_was_overwritten(tmp_path: Path) -> None:
    killed(tmp_path / "run", 0.3)
    directory = RunDirectory.open(tmp_path / "run")
    assert "1 page that a fault overwrote put back" in mend_run(directory)
    assert directory.verify_ledger().ok


def test_only_the_damage_itself_is_undone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    whole = bytes(16) + (1024).to_bytes(2, "big") + bytes(range(256)) * 64
    other = whole[:18] + whole[:17:-1]
    path.write_bytes(whole)
    overwrite_page(path, 0.5)
    overwrite_page(path, 0.5)  # once more: what is kept is not the damage
    assert path.read_bytes() != whole
    assert (undo_damage(path), path.read_bytes()) == (1, whole)
    overwrite_page(path, 0.5)
    path.write_bytes(other)  # mended, and killed before the rest was removed
    assert (undo_damage(path), path.read_bytes()) == (0, other)
    overwrite_page(path, 0.5)
    forget_damage(path)
    assert [p.name for p in tmp_path.iterdir()] == ["ledger.db"]
