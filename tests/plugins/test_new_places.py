"""A parameter and a live action, added in the places that CONTRIBUTING names and nowhere else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIELD = """    probation: int = _key(5, "Steps before a cache counts.", unit="steps", ge=1, le=9)
"""
LINE = "  probation: 5\n"
COMMAND = '''@dataclass(frozen=True, slots=True)
class Amnesty:
    """Let every agent be honest again."""

    __pydantic_config__ = _STRICT


'''
CASE = """        case Amnesty():
            everybody = SetAdversaries("honest", Targets(fraction=1.0))
            return _adversaries(everybody, state, step)
"""
ROW = """    Action("amnesty", ("M",), "Amnesty", "Let every agent be honest again.", "Steer",
           when=steerable),
"""
METHOD = '''    def action_amnesty(self) -> None:
        """Let every agent be honest again."""
        self.give(Amnesty())

'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The sources, to be changed."""
    for name in ("sim", "tui", "config", "themes"):
        without = shutil.ignore_patterns("__pycache__", "*.nbi", "*.nbc")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=without)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def insert(file: Path, text: str, before: str) -> None:
    """Write a text before the one line that begins with `before`."""
    source = file.read_text()
    assert source.count(f"\n{before}") == 1
    file.write_text(source.replace(f"\n{before}", f"\n{text}{before}"))


def said(tree: Path, *arguments: str, status: int = 0) -> str:
    """What Python says about the changed sources."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "XDG_STATE_HOME": str(tree / "state")}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def test_a_parameter_is_a_field_and_its_line(tree: Path) -> None:
    insert(tree / "sim/config/schema.py", FIELD, "    ttl_steps: int = _key(")
    insert(tree / "config/default.yaml", LINE, "  # Steps a judgement is kept.")
    cli = ("-m", "tui.cli")
    shown = said(tree, *cli, "config", "show", "--set", "cache.probation=7")
    assert re.search(r"^cache.probation += 7 +--set", shown, re.MULTILINE)
    assert "probation" in said(tree, *cli, "config", "schema")
    refused = said(tree, *cli, "config", "show", "--set", "cache.probation=10", status=2)
    assert "cache.probation" in refused and "≥ 1 and ≤ 9" in refused
    code = """
from sim.commands import Order, SetParameter
from sim.config.schema import Config
from sim.snapshot import Snapshot
from sim.steering.state import SteeringState
from tui.screens.parameters import ParametersDialog

config = Config()
steered = SteeringState(config, 4, ())
print(steered.outcome(Order(SetParameter("cache.probation", 8)), 1).title, config.cache.probation)
print(steered.outcome(Order(SetParameter("cache.probation", 10)), 2))
"""
    applied, rejected = said(tree, "-c", code).splitlines()
    assert applied == "cache.probation 5 → 8 8"
    assert "cache.probation" in rejected and "≤ 9" in rejected


def test_a_live_action_is_a_command_a_case_and_a_row(tree: Path) -> None:
    commands, changes = tree / "sim/commands", tree / "sim/steering/changes.py"
    file, union = commands / "commands.py", "Steering = SetParameter | "
    insert(file, COMMAND, "@dataclass(frozen=True, slots=True)\nclass Undo:")
    file.write_text(file.read_text().replace(union, f"{union}Amnesty | "))
    exported = "from sim.commands.commands import Amnesty\n"
    insert(commands / "__init__.py", exported, "from sim.commands.commands import (")
    insert(changes, CASE, "        case SetAdversaries():")
    insert(changes, "from sim.commands import Amnesty, Targets\n", "from sim.commands import (")
    insert(tree / "tui/actions.py", ROW, '    Action("undo"')
    insert(tree / "tui/app.py", "from sim.commands import Amnesty\n", "from sim.commands import ")
    insert(tree / "tui/app.py", METHOD, "    def action_adversaries(self)")
    code = """
from sim.commands import Amnesty, Order, SetAdversaries, Targets, command_of, from_payload
from sim.config.schema import Config
from sim.steering.journal import row_of
from sim.steering.state import SteeringState
from tui.actions import EVERYTHING, bindings, listed
from tui.app import DecsimApp

steered = SteeringState(Config(), 4, ())
steered.outcome(Order(SetAdversaries("poison", Targets(fraction=1.0))), 1)
order = Order(from_payload("amnesty", {}))
assert order.command == Amnesty() == command_of("amnesty", None)
outcome = steered.outcome(order, 2)
print(outcome.title, int(steered.behaviour.sum()), row_of(order, 2, outcome).kind)
assert "amnesty" in {binding.action for binding in bindings()}
assert any("honest again" in line for _, rows in listed() for _, line in rows)
assert hasattr(DecsimApp, "action_amnesty")
"""
    assert said(tree, "-c", code).strip() == "4 agents: honest 0 amnesty"
