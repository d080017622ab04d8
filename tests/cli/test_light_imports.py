"""The command line pays only for what it does."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"mesa", "sklearn", "scipy", "pandas", "numba", "textual", "tqdm"}


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--help"], HEAVY | {"numpy", "pydantic", "yaml", "apsw"}),
        (["config", "check"], HEAVY | {"apsw"}),
        (["scenarios"], HEAVY | {"apsw"}),
        (["doctor"], HEAVY),
        (["verify", "nowhere"], HEAVY),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_heavy_libraries_stay_away(arguments: list[str], forbidden: set[str]) -> None:
    code = (
        f"import sys; from tui.cli import main; main({arguments!r}); "
        f"sys.exit(', '.join({forbidden!r} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_python_m_tui_is_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tui", "run", "--steps", "x"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "decsim-tui: error: --steps: 'x' is not a whole number ≥ 1\n"


def test_a_closed_pipe_is_no_traceback() -> None:
    command = f"{sys.executable} -m tui config schema | head -c 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.stderr == ""
