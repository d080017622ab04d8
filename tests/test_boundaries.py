"""Who may know whom: computed from the sources, and tried in processes of their own."""

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from import_graph import ROOT, circles, deferred, graph, imports_of

import sim

MODULES = sorted(m.name for m in pkgutil.walk_packages(sim.__path__, "sim."))
ROOMS = {"sim": 5, "tui": 13}
"""Files that may lie loose in a package, those that Python asks for aside."""
FRONT_DOOR = frozenset(
    {
        "sim",
        *("sim.commands", "sim.errors", "sim.snapshot", "sim.steerable", "sim.text"),
        *("sim.archive", "sim.config", "sim.doctor", "sim.engine", "sim.host", "sim.machine"),
        *("sim.metrics", "sim.plugins"),
        *("sim.run.replay", "sim.run.recorded", "sim.run.standing", "sim.picture.past"),
        *("sim.run.packing", "sim.sweep", "sim.report"),
        "sim.steering.behaviours",
    }
)
"""What a screen and a command line may know of the simulation: modules, and whole folders."""
DEFERRED = {
    "sim.archive.directory": "sim.archive.binding sim.ledger.findings sim.ledger.reader"
    " sim.ledger.verify sim.plugins.usage",
    "sim.archive.consent": "sim.traffic.build",
    "sim.detection.kinds": "sim.detection.isolation_forest sim.detection.mahalanobis"
    " sim.detection.scikit_learn",
    "sim.detection.registry": "sim.detection.scikit_learn",
    "sim.engine.engine": "sim.engine.stepping sim.run.run sim.run.summary",
    "sim.engine.slot": "sim.picture.painter sim.picture.unchanged",
    "sim.host.serve": "sim.engine.engine sim.engine.resuming sim.host.codec sim.host.opening"
    " sim.host.switchboard sim.run.run",
    "sim.run.recorded": "sim.run.rebuilding sim.run.summary",
    "sim.traffic.files.arff": "sim.traffic.files.detect",
}
"""Imports inside functions, each because the module is needed before what it defers can be paid
for: the first paint and `--help` come before numpy, mesa and numba."""


SCREENS = """
import importlib, sys
for module in sys.stdin.read().split():
    importlib.import_module(module)
    bad = {"tui", "textual", "rich"} & set(sys.modules)
    if bad:
        sys.exit(f"{module} imports {', '.join(sorted(bad))}")
"""


def test_no_module_imports_a_screen() -> None:
    """All of them, libraries' imports included, in a process that has no screen otherwise."""
    done = subprocess.run(
        [sys.executable, "-c", SCREENS], input=" ".join(MODULES), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_no_module_reaches_itself() -> None:
    assert circles(graph()) == []


def test_a_circle_would_be_seen(tmp_path: Path) -> None:
    for name, text in {
        "a": "import typing\nif typing.TYPE_CHECKING:\n    from sim.b import x\n",
        "b": "def f():\n    import sim.c\n",
        "c": "from sim import a\n",
        "d": "from sim.c import y\n",
    }.items():
        (tmp_path / "sim").mkdir(exist_ok=True)
        (tmp_path / "sim" / f"{name}.py").write_text(text, encoding="utf-8")
    assert circles(graph(tmp_path, ("sim",))) == [("sim.a", "sim.b", "sim.c")]


@pytest.mark.parametrize("package", ROOMS)
def test_few_files_lie_loose(package: str) -> None:
    loose = {f.name for f in (ROOT / package).glob("*.py")} - {"__init__.py", "__main__.py"}
    assert len(loose) <= ROOMS[package], sorted(loose)


def test_a_screen_comes_in_by_the_front_door() -> None:
    inside = {
        f"{module} -> {known}"
        for module, imports in graph().items()
        if module.partition(".")[0] == "tui"
        for known in imports
        if known.partition(".")[0] == "sim"
        and not any(f"{known}.".startswith(f"{door}.") for door in FRONT_DOOR - {"sim"})
        and known != "sim"
    }
    assert inside == set()


def test_every_import_that_is_put_off_is_known_by_name() -> None:
    """In `tui` the commands put off what they run; in `sim` each one is a decision."""
    found = {m: " ".join(sorted(d)) for m, d in deferred().items() if m.startswith("sim.")}
    assert found == DEFERRED
    others = {m for m in deferred() if m.startswith("tui.")}
    others = {m for m in others if not m.startswith(("tui.cli", "tui.command_line."))}
    # The record is read once there is something to show, and dialogs come after the first paint.
    known = {"tui.app", "tui.record.book", "tui.record.follower", "tui.dialogs", "tui.screens.log"}
    assert others <= known | {"tui.screens.adversaries", "tui.screens.export"}


@pytest.mark.parametrize("module", ["driver", "type_ahead", "garbage", "background", "backdrop"])
def test_the_terminal_knows_textual_only(module: str) -> None:
    tree = ast.parse((ROOT / "tui" / "terminal" / f"{module}.py").read_text("utf-8"))
    ours = {name for name in imports_of(tree) if name.startswith(("sim", "tui"))}
    assert {name for name in ours if not name.startswith("tui.terminal")} == set()
