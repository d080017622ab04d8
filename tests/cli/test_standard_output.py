"""`-` is standard output, and never a file of that name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cli_harness import call

from sim.errors import InputError
from tui.command_line.view_options import open_cast

ROOT = Path(__file__).resolve().parents[2]
WRITING = {
    "pack": (("pack", "r", "--out", "-"), b"PK"),
    "report": (("report", "r", "--out", "-"), b"<!doctype html>"),
    "render": (("render", "r", "--cast", "-", "--size", "40x10"), b'{"version": 2'),
    "export": (("export", "r", "--what", "metrics", "--format", "csv", "--out", "-"), b"step,"),
}


def test_what_is_written_to_a_dash_is_on_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert call("run", "--steps", "2", "--agents", "2", "--quiet", "--run-dir", "r").code == 0
    for words, begin in WRITING.values():
        done = subprocess.run([sys.executable, "-m", "tui", *words], capture_output=True)
        assert done.returncode == 0, done
        assert done.stdout.startswith(begin), done
    assert [p.name for p in Path().iterdir()] == ["r"]


def test_the_screen_and_its_recording_are_not_mixed() -> None:
    with pytest.raises(InputError, match="standard output"):
        open_cast("-")
    assert not Path("-").exists()
