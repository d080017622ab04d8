"""The example, installed by pip into an environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from example_plugins import EXAMPLE

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[2]


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """The interpreter of a fresh environment that sees what this one has, and the example."""
    folder = tmp_path / "environment"
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    where = [sys.executable, "-c", "import sys; print('\\n'.join(p for p in sys.path if p))"]
    seen = subprocess.run(where, capture_output=True, text=True, check=True).stdout
    place = sysconfig.get_path("purelib", vars={"base": str(folder)})
    (Path(place) / "seen.pth").write_text(f"{ROOT}\n{seen}")
    install = ["-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", str(EXAMPLE)]
    subprocess.run([str(python), *install], check=True, cwd=tmp_path)
    return python


def test_listed_used_and_replayed(python: Path, tmp_path: Path) -> None:
    def decsim(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = [str(python), "-m", "tui", *arguments]
        return subprocess.run(line, capture_output=True, text=True, cwd=tmp_path)

    listed = json.loads(decsim("plugins", "--json", "--check").stdout)["plugins"]
    ours = [entry for entry in listed if entry["distribution"] == "decsim-example"]
    assert {entry["name"] for entry in ours} >= {
        "zscore",
        "veto",
        "naysay",
        "dns_tunnel",
        "firewall",
        "census",
        "abstainer",
    }
    assert not any(entry["problem"] for entry in ours)
    settings = ["--set", "detection.detector=zscore", "--set", "consensus.rule=veto"]
    run = decsim("run", "--steps", "8", "--agents", "8", *settings, "--quiet", "--run-dir", "run")
    assert (run.returncode, run.stderr) == (0, "")
    assert decsim("replay", "run").returncode == 0
    here = [sys.executable, "-m", "tui", "replay", "run"]
    without = subprocess.run(here, capture_output=True, text=True, cwd=tmp_path)
    assert without.returncode == 2
    (line,) = without.stderr.splitlines()
    assert "decsim-example" in line
