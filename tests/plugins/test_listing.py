"""`decsim-tui plugins`: what is installed, without importing any of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from example_plugins import EXAMPLE, entry_points, write_distribution

from sim.plugins.catalogue import ALL
from sim.plugins.distributions import refresh
from sim.plugins.listing import listed_plugins


def listing(*options: str, path: list[Path]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))}
    command = [sys.executable, "-m", "tui", "plugins", *options]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_the_list_says_name_group_distribution_version_and_place(site: Path) -> None:
    write_distribution(site, "decsim-example", "1.0", entry_points())
    (site / "brittle.py").write_text("raise SystemExit('imported')\n")
    write_distribution(site, "brittle", "0.1", {"decsim.rules": {"bent": "brittle:RULE"}})
    done = listing("--json", path=[site, EXAMPLE])
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)["plugins"]
    veto = next(entry for entry in found if entry["name"] == "veto")
    assert veto["group"] == "decsim.rules"
    assert (veto["distribution"], veto["version"]) == ("decsim-example", "1.0")
    assert veto["value"] == "decsim_example.rule:VETO"
    assert Path(veto["path"]) == site
    assert {entry["name"] for entry in found} >= {"veto", "bent", "zscore", "abstainer"}
    assert not any(entry["problem"] for entry in found)


def test_a_check_names_the_broken_one_and_no_traceback(site: Path) -> None:
    (site / "brittle.py").write_text("import nowhere_at_all\n")
    write_distribution(site, "brittle", "0.1", {"decsim.rules": {"bent": "brittle:RULE"}})
    done = listing("--check", path=[site])
    assert done.returncode == 1
    assert "bent" in done.stdout
    (line,) = done.stderr.splitlines()
    assert "brittle 0.1" in line
    assert "ModuleNotFoundError" in line
    assert "Traceback" not in done.stderr


def test_names_that_are_ours_or_taken_stay_ours(site: Path) -> None:
    write_distribution(
        site, "first", "1", {"decsim.rules": {"quorum": "json:loads", "same": "a:b"}}
    )
    write_distribution(
        site, "second", "1", {"decsim.rules": {"same": "c:d"}, "decsim.x": {"y": "z"}}
    )
    refresh()
    problems = {(e.distribution, e.name): e.problem for e in listed_plugins()}
    assert "our own" in problems["first", "quorum"]
    assert problems["first", "same"] == ""
    assert "comes second" in problems["second", "same"]
    assert "unknown" in problems["second", "y"]


def test_what_is_ours_is_what_its_registry_says() -> None:
    for registry in ALL:
        for name in registry.ours:
            registry.check(name)
