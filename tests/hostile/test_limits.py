"""What a hostile run may cost: ten seconds and 500 MB; and commands that find or make runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from cli_harness import call
from test_payloads import DEEP, MILLION, THRESHOLD, command
from thinned import crossed, first
from victims import ALIVE, MAKING, Victim, refused, replace_by_kind, replace_by_link

from sim.archive import kept
from sim.ledger.ledger import Ledger
from sim.ledger.rows import StepRow

SECONDS = 10.0
MEMORY = 500 << 20
WORDS = {
    "verify": ("verify", "RUN"),
    "doctor": ("doctor", "RUN"),
    "mend": ("doctor", "RUN", "--mend"),
    "replay": ("replay", "RUN"),
    "export": ("export", "RUN", "--what", "journal", "--format", "csv"),
    "resume": ("resume", "RUN", "--headless", "--steps", "1"),
    "attach": ("attach", "RUN"),
    "stop": ("stop", "RUN"),
    "summary": ("summary", "RUN", "--json"),
    "render": ("render", "RUN", "--cast", "RUN.cast"),
    "compare": ("compare", "RUN", "RUN"),
    "pack": ("pack", "RUN", "--out", "RUN.zip"),
    "report": ("report", "RUN", "--out", "RUN.html"),
    "fork": ("fork", "RUN", "--at", "6", "--steps", "1", "--run-dir", "RUN-fork"),
    "start": ("start", "--run-dir", "RUN"),
    "runs": ("runs",),
}


def huge_journal(run: Path) -> None:
    """One more step whose journal is nested without end, huge, and names a million agents."""
    with closing(Ledger.open(run / "ledger.db")) as ledger:
        draft = ledger.begin(9)
        draft.append(command(THRESHOLD % DEEP))
        draft.append(command(MILLION, "set_adversaries"))
        draft.append(command('{"kind":"' + "x" * 10_000_000 + '"}', "inject_attack"))
        draft.append(StepRow(9, 6, 0, 0, (0, 0, 0, 0), (0, 0, 0, 0), b"d" * 16))
        ledger.commit(draft)


def huge_files(run: Path) -> None:
    """Files of holes in the places of small ones."""
    for name in ("goal", "config.yaml"):
        os.truncate(run / name, 3 << 40)


def huge_checkpoint(run: Path) -> None:
    """A checkpoint and a log that claim to be huge."""
    for path in (run / "checkpoints" / "step-8.npz", run / "run.log"):
        os.truncate(path, 3 << 40)


SPOILED: dict[str, Callable[[Path], None]] = {
    "journal": huge_journal,
    "files": huge_files,
    "checkpoint": huge_checkpoint,
}


MEASURE = """
import os, subprocess, sys

silent = subprocess.DEVNULL
process = subprocess.Popen(sys.argv[1:], stdin=silent, stdout=silent, stderr=silent)
_, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""
"""By a small process of its own: the peak of a child begins with the memory of its parent."""


def spent(words: tuple[str, ...], run: Path) -> tuple[int, float, int]:
    """Exit code, processor seconds and peak memory in bytes of a command of its own process."""
    arguments = [str(run) + w.removeprefix("RUN") if w.startswith("RUN") else w for w in words]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, sys.executable, "-m", "tui", *arguments],
        stdout=subprocess.PIPE,
        env={**os.environ, "XDG_STATE_HOME": str(run.parent / "state")},
        check=True,
        text=True,
    )
    code, seconds, peak = done.stdout.split()
    return int(code), float(seconds), int(peak) * (1 if sys.platform == "darwin" else 1024)


def check_limits(victim: Victim, name: str, how: str) -> None:
    SPOILED[how](victim.run)
    code, seconds, memory = spent(WORDS[name], victim.run)
    assert code in (0, 1, 2, 3), (code, name)
    assert seconds < SECONDS, (name, seconds)
    assert memory < MEMORY, (name, memory >> 20)


@pytest.mark.parametrize("name", first(2, ["resume", "export", "doctor", "summary"]))
def test_no_command_takes_more_than_its_share(victim: Victim, name: str, no_alarm: None) -> None:
    check_limits(victim, name, "journal")


@pytest.mark.long
@pytest.mark.parametrize("how", SPOILED)
@pytest.mark.parametrize("name", WORDS)
def test_no_command_does_whatever_is_spoiled(
    victim: Victim, name: str, how: str, no_alarm: None
) -> None:
    check_limits(victim, name, how)


@pytest.mark.parametrize(
    ("name", "kind", "command"),
    crossed(3, ["lock", "goal", "ledger.db", "config.yaml"], ["link", "pipe", "folder"], ALIVE),
)
def test_who_looks_for_an_engine_opens_nothing(
    victim: Victim, name: str, kind: str, command: str
) -> None:
    if kind == "link":
        replace_by_link(victim.run / name, victim.outside / "thesis.txt")
    else:
        replace_by_kind(victim.run / name, kind)
    before = victim.state()
    began = time.process_time()
    result = ALIVE[command](victim.run)
    assert refused(result), result
    assert time.process_time() - began < SECONDS
    assert victim.state() == before


@pytest.mark.parametrize("command", MAKING)
@pytest.mark.parametrize("kind", ["run", "link", "pipe", "file"])
def test_a_new_run_takes_no_place_that_is_taken(victim: Victim, kind: str, command: str) -> None:
    place = victim.run
    if kind == "link":
        place = victim.run.with_name("link")
        place.symlink_to(victim.outside / "folder")
    elif kind != "run":
        replace_by_kind(victim.run, kind)
    before = victim.state()
    result = MAKING[command](place)
    assert refused(result), result
    assert victim.state() == before


def test_the_list_of_runs_opens_no_pipe_and_follows_no_link(
    victim: Victim, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = victim.run.parent / "home"
    home.mkdir()
    for name in ("a", "b", "c"):
        folder = home / name
        folder.mkdir(mode=0o700)
        (folder / "config.yaml").write_text("simulation: {seed: 1}\n")
    replace_by_kind(home / "a" / "goal", "pipe")
    replace_by_link(home / "b" / "ledger.db", victim.outside / "other.db")
    replace_by_kind(home / "c" / "run.log", "pipe")
    (home / "d").symlink_to(victim.outside)
    victim.run.rename(home / "whole")
    monkeypatch.setattr(kept.paths, "runs", lambda: home)
    before = victim.state()
    result = call("runs", "--json")
    assert result.code == 0, result
    assert '"whole"' in result.out
    assert victim.state() == before
