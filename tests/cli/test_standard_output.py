"""`-` is standard output, and never a file of that name."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cli_harness import call

from sim.errors import InputError, RunDirectoryError
from sim.machine.files import write_whole
from tui.command_line.output import file_or_stdout
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


def test_a_pipe_is_written_and_stays_one() -> None:
    assert call("run", "--steps", "2", "--agents", "2", "--quiet", "--run-dir", "r").code == 0
    os.mkfifo("pipe")
    for words, begin in WRITING.values():
        handle = os.open("pipe", os.O_RDWR)  # neither side waits for the other
        fcntl.fcntl(handle, fcntl.F_SETPIPE_SZ, 1 << 20)
        assert call(*("pipe" if word == "-" else word for word in words)).code == 0
        assert os.read(handle, len(begin)) == begin
        os.close(handle)
        assert Path("pipe").is_fifo()


def test_a_device_is_never_replaced() -> None:
    device = Path("null")
    try:
        os.mknod(device, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    with pytest.raises(RunDirectoryError, match="is a device"):
        write_whole(device, "text")
    with file_or_stdout(device) as file:
        write_whole(file, "text")
    assert device.is_char_device()
    assert [p.name for p in Path().iterdir()] == ["null"]


def test_a_film_does_not_take_the_place_of_a_file_of_the_run() -> None:
    assert call("run", "--steps", "2", "--agents", "2", "--quiet", "--run-dir", "r").code == 0
    result = call("render", "r", "--cast", "r/ledger.db")
    assert result.code == 2, result
    assert "--cast: r/ledger.db: belongs to the run itself" in result.err
    assert call("verify", "r").code == 0
