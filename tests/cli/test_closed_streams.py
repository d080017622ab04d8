"""Started with closed or full standard streams: what cannot be said is not said."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from cli_harness import call

from tui.command_line.opening import _report_crash

RUN = "run --steps 2 --agents 4 --set ledger.pool_size=1 --run-dir r"


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """Give `decsim-tui` these words and redirections in a shell."""
    program = f"{shlex.quote(sys.executable)} -m tui"
    return subprocess.run(
        ["/bin/sh", "-c", f"{program} {command}"],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(Path.cwd()), "PATH": ""},
    )


@pytest.mark.parametrize("closed", ["--json 2>&-", "--quiet >&-", "<&- >&- 2>&-"])
def test_closed_streams_end_no_run(tmp_path: Path, monkeypatch, closed: str) -> None:
    monkeypatch.chdir(tmp_path)
    result = shell(f"{RUN} {closed}")
    assert result.returncode == 0, result
    assert call("verify", "r").code == 0


def test_the_ledger_does_not_become_stderr(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shell("verify nowhere <&- >&- 2>&-").returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_stdout_is_told_in_one_line() -> None:
    result = shell("--version >/dev/full")
    assert result.returncode == 1
    assert result.stderr == (
        "decsim-tui: error: stdout cannot be written (No space left on device)\n"
    )
    assert shell("verify nowhere 2>/dev/full").returncode == 2


def test_a_crash_of_the_app_is_kept_beside_the_run(tmp_path: Path, capsys) -> None:
    try:
        raise IndexError("a pane of no cells")
    except IndexError as error:
        _report_crash(error, str(tmp_path), goes_on=False)
    log = tmp_path / "run.log"
    assert "IndexError: a pane of no cells" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"the app broke (IndexError), the run is kept in {tmp_path}, traceback in {log}" in said


def test_columns_are_padded_by_cells(capsys) -> None:
    from tui.command_line.output import print_rows

    print_rows([("日本", "x"), ("abcd", "y")])
    assert capsys.readouterr().out == "日本  x\nabcd  y\n"
