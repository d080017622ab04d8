"""The benchmarks run; what they measure in a smoke run means nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from math import isfinite
from pathlib import Path

import pytest

HERE = Path(__file__).parent


# These wait for a screen of the real app, or begin many runs.
LONG = ("ui", "bytes", "viewers", "engine", "consensus", "cost", "drift")
SLOW = [pytest.param(name, marks=pytest.mark.long) for name in LONG]


@pytest.mark.parametrize("name", ["kernel", "startup", *SLOW])
def test_a_smoke_run_gives_figures(name: str) -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / "run.py"), name, "--quick", "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["benchmark"] == name
    assert report["figures"]
    for figure in report["figures"]:
        assert figure["what"] and isfinite(figure["value"])
        if figure["against"]:
            assert figure["ratio"] > 0
