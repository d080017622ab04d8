"""Shell completion: the scripts, and what they are answered."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_harness import assert_one_error_line, call

from sim.config import paths
from tui.command_line.completion import VARIABLE


def complete(words: str) -> list[str]:
    asked = {
        VARIABLE: "bash_complete",
        "COMP_WORDS": f"decsim-tui {words}",
        "COMP_CWORD": str(len(words.split(" "))),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tui"], env=os.environ | asked, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tui"],
        env=os.environ | {VARIABLE: f"{shell}_source"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert f"{VARIABLE}={shell}_complete" in done.stdout


def test_an_unknown_shell_is_named(monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "tcsh_source")
    assert_one_error_line(call())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("resu", ["resume"]),
        ("run --scenario wor", ["worm"]),
        ("run --set consensus.quo", ["consensus.quorum="]),
        ("run --set consensus.rule=w", ["consensus.rule=weighted"]),
        ("--theme decsim-p", ["decsim-paper"]),
        ("run --executor th", ["threads"]),
        ("export --what verd", ["verdicts"]),
    ],
)
def test_words_are_completed(words: str, expected: list[str]) -> None:
    assert complete(words) == expected


@pytest.mark.parametrize("word", ["verify", "attach"])
def test_run_ids_are_completed(word: str) -> None:
    for name in ("one-20260101-000000-aaaa", "other-20260101-000000-bbbb"):
        run = paths.runs() / name
        run.mkdir(parents=True)
        for file in ("config.yaml", "ledger.db"):
            Path(run / file).touch()
    assert complete(f"{word} ot") == ["other-20260101-000000-bbbb"]
