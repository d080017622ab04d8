"""A locale without UTF-8: a name that it lacks is shown escaped, and nothing breaks off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ROOT = Path(__file__).resolve().parents[2]


def called(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """The command line in a process of that locale."""
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        cwd=folder,
        env={**os.environ, **PLAIN, "PYTHONPATH": str(ROOT)},
        capture_output=True,
    )


@pytest.mark.parametrize("name", ["café", "a?#%[]b", "new\nline"])
def test_a_name_is_taken_or_refused_in_one_line(tmp_path: Path, name: str) -> None:
    words = ("run", "--steps", "2", "--agents", "4", "--quiet", "--run-dir", name)
    result = called(tmp_path, *words)
    assert result.returncode in (0, 2), result
    assert b"unexpected" not in result.stderr
    assert result.stderr.count(b"\n") == (1 if result.returncode else 0)
    if result.returncode == 0:
        assert called(tmp_path, "verify", name).returncode == 0


def test_what_the_locale_cannot_read_is_not_said_to_be_no_utf_8(tmp_path: Path) -> None:
    words = ("run", "--steps", "2", "--agents", "4", "--quiet", "--run-dir")
    lacking = called(tmp_path, *words, "café").stderr
    assert b"cannot be read in this locale, expected one with UTF-8 for such a path" in lacking
    bytes_of_old = os.fsdecode(b"caf\xe9")
    assert b"is not UTF-8, expected a path that is" in called(tmp_path, *words, bytes_of_old).stderr


def test_a_label_that_the_locale_lacks_is_shown_escaped(tmp_path: Path) -> None:
    rows = (f"{i % 7},{i % 5},{'attaqué' if i % 9 == 0 else 'benign'}\n" for i in range(200))
    (tmp_path / "flows.csv").write_text("bytes,packets,label\n" + "".join(rows), encoding="utf-8")
    words = ("run", "--steps", "4", "--agents", "2", "--traffic", "flows.csv", "--run-dir", "run")
    result = called(tmp_path, *words)
    assert result.returncode == 0, result
    for what in ("attacks", "signatures", "journal"):
        words = ("export", "run", "--what", what, "--format", "csv")
        assert called(tmp_path, *words).returncode == 0
