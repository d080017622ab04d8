"""The command line pays only for what it does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cli_harness import call

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
    assert_stay_away(arguments, forbidden)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has ended by itself, and the secret of whom it belongs to beside it."""
    folder = tmp_path_factory.mktemp("light")
    run = folder / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        done = call("run", "--steps", "4", "--agents", "4", "--quiet", "--run-dir", str(run))
    assert done.code == 0, done.err
    return run


@pytest.mark.parametrize(
    "words",
    [
        ("verify", "RUN"),
        ("doctor", "RUN"),
        ("compare", "RUN", "RUN"),
        ("summary", "RUN", "--json"),
        ("report", "RUN", "--out", "r.html"),
        ("pack", "RUN", "--out", "p.zip"),
        ("export", "RUN", "--what", "journal", "--format", "csv", "--out", "j.csv"),
    ],
    ids=lambda words: words[0],
)
def test_who_reads_a_run_does_not_import_the_engine(
    recorded: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(recorded.parent))
    assert_stay_away([str(recorded) if word == "RUN" else word for word in words], HEAVY)


def assert_stay_away(arguments: list[str], forbidden: set[str]) -> None:
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
