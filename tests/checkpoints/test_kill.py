"""`kill -9` at any moment, then `resume` to the end: the head of a run that nobody disturbed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest
from laboratory import SMALL, head_of
from rebirth import FLOOD, SCAN
from thinned import first

from sim.commands import InjectFault, SetAdversaries, SetParameter, Steering, Targets, Undo
from sim.config.document import dump_document
from sim.config.parameters import Value
from sim.errors import DecsimError
from sim.ledger.reader import open_read_only
from sim.ledger.verify import verify

STEPS = 150
TIMELINE: list[tuple[int, Steering]] = [
    (5, SCAN),
    (20, SetAdversaries("poison", Targets(fraction=0.3))),
    (40, FLOOD),
    (41, SetParameter("detection.threshold", 0.7)),
    (60, InjectFault("agent_crash", Targets(agents=(3, 4)), duration=20)),
    (80, SCAN),
    (90, InjectFault("refit_failure", Targets(fraction=0.5), duration=9)),
    (100, FLOOD),
    (120, Undo()),
]
SETTINGS: dict[str, Value] = {"simulation.checkpoint_interval": 4}
LONGEST = 0.9
"""Seconds after which a process is killed at the latest, before it steps or then."""


@dataclass
class Tally:
    """What became of the processes."""

    kills: int = 0
    finished: int = 0
    unborn: int = 0
    """Killed before anything of the run was recorded."""
    stood: list[int] = field(default_factory=list)
    """Steps that were recorded when a process was killed."""
    halves: int = 0
    """Kills that left an unfinished checkpoint behind."""


class Nursery:
    """Starts `decsim-tui` at once; see `nursery.py`."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("nursery.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin and self._process.stdout
        self._in: IO[str] = self._process.stdin
        self._out: IO[str] = self._process.stdout
        assert self._out.readline() == "ready\n"

    def start(self, *arguments: str) -> int:
        """Start a run; returns the id of its process."""
        self._in.write(json.dumps([str(self.output), *arguments]) + "\n")
        self._in.flush()
        return int(self._out.readline())

    def wait(self) -> int:
        """The exit code of what was started; negative for a signal."""
        self._in.write("wait\n")
        self._in.flush()
        return int(self._out.readline())

    def close(self) -> None:
        self._in.close()
        self._process.wait(20)


@contextmanager
def nursery(folder: Path) -> Iterator[Nursery]:
    opened = Nursery(folder / "output")
    try:
        yield opened
    finally:
        opened.close()


def written_config(folder: Path) -> Path:
    """The configuration of the laboratory with the timeline, as a file."""
    from laboratory import loaded

    configuration = loaded({**SMALL, **SETTINGS}, TIMELINE)
    file = folder / "config.yaml"
    file.write_text(dump_document(configuration.config, configuration.timeline))
    return file


def recorded_steps(run: Path) -> int:
    """Steps in a ledger; -1 where there is none yet."""
    try:
        reader = open_read_only(run / "ledger.db")
    except DecsimError:
        return -1
    try:
        return max((step for step, _ in reader.heads()), default=0)
    except DecsimError:
        return -1
    finally:
        reader.close()


def head(run: Path) -> str:
    reader = open_read_only(run / "ledger.db")
    try:
        return reader.head().hex()
    finally:
        reader.close()


def wait_for_a_moment(run: Path, stood: int, draw: random.Random) -> None:
    """Some time from the beginning of a process on, or from one of its steps on."""
    if draw.random() < 0.5:
        time.sleep(draw.uniform(0.0, LONGEST))
        return
    wanted, until = min(max(stood, 0) + draw.randint(1, 20), STEPS), time.monotonic() + 30
    while recorded_steps(run) < wanted:
        assert time.monotonic() < until, (run, wanted)
        time.sleep(0.002)
    time.sleep(draw.uniform(0.0, 0.02))


def torment(
    started: Nursery, config: Path, run: Path, kills: int, draw: random.Random, tally: Tally
) -> None:
    """Kill a run so many times, less if it is over before, and let it come to its end."""
    stood = -1
    while True:
        process = started.start(*arguments_for(config, run, stood))
        if kills:
            wait_for_a_moment(run, stood, draw)
            os.kill(process, signal.SIGKILL)
        code = started.wait()
        stood = recorded_steps(run)
        if code == 0:
            tally.finished += 1
            return
        assert code == -signal.SIGKILL, started.output.read_text()
        if stood < 0:
            tally.unborn += 1
            shutil.rmtree(run, ignore_errors=True)
        else:
            kills -= 1
            tally.kills += 1
            tally.stood.append(stood)
            tally.halves += any(run.glob("checkpoints/.step-*"))
        if stood == STEPS:
            return


def arguments_for(config: Path, run: Path, stood: int) -> tuple[str, ...]:
    """What begins the run, or lets it go on to `STEPS` from where it stands."""
    if stood < 0:
        begin = ("run", "--config", str(config), "--run-dir", str(run))
        return (*begin, "--steps", str(STEPS), "--quiet")
    return ("resume", str(run), "--headless", "--steps", str(STEPS - stood))


def kill_again_and_again(folder: Path, kills: int, seed: int) -> Tally:
    """Kill until there were so many kills, and compare every run with one left in peace."""
    whole = head_of(SETTINGS, STEPS, {}, TIMELINE)
    draw, tally, number = random.Random(seed), Tally(), 0
    config = written_config(folder)
    with nursery(folder) as started:
        while tally.kills < kills:
            number += 1
            run = folder / f"run-{number}"
            torment(started, config, run, min(8, kills - tally.kills), draw, tally)
            assert head(run) == whole, (run, tally)
            assert verify(run / "ledger.db").ok
            left = sorted(path.name for path in (run / "checkpoints").iterdir())
            assert len(left) <= 2 + tally.halves, left
            shutil.rmtree(run)
    return tally


def test_killed_at_any_moment_a_run_is_resumed_to_the_same_head(tmp_path: Path) -> None:
    tally = kill_again_and_again(tmp_path, 12, seed=1)
    assert tally.kills == 12
    assert len(set(tally.stood)) > 4


# -- asked to end, and asked twice -----------------------------------------------------------------


def begun(started: Nursery, config: Path, run: Path, *, steps: int = 100_000) -> int:
    """A run under way; returns the id of its process."""
    arguments = ("run", "--config", str(config), "--run-dir", str(run), "--steps", str(steps))
    process = started.start(*arguments)
    until = time.monotonic() + 30
    while recorded_steps(run) < 6:
        assert time.monotonic() < until, started.output.read_text()
        time.sleep(0.02)
    return process


@pytest.mark.parametrize("number", first(1, [signal.SIGHUP, signal.SIGINT, signal.SIGTERM]))
def test_asked_to_end_a_run_leaves_a_checkpoint_of_its_last_step(
    tmp_path: Path, number: signal.Signals
) -> None:
    run = tmp_path / "run"
    with nursery(tmp_path) as started:
        os.kill(begun(started, written_config(tmp_path), run), number)
        assert started.wait() == 130, started.output.read_text()
        stood = recorded_steps(run)
        assert (run / "checkpoints" / f"step-{stood}.npz").is_file()
        assert f"interrupted at step {stood}" in started.output.read_text()
        started.start("resume", str(run), "--steps", "3", "--json")
        assert started.wait() == 0
    assert recorded_steps(run) == stood + 3
    assert verify(run / "ledger.db").ok


def test_a_second_process_is_refused_with_a_clear_line(tmp_path: Path) -> None:
    run, other = tmp_path / "run", tmp_path / "other"
    other.mkdir()
    with nursery(tmp_path) as first, nursery(other) as second:
        process = begun(first, written_config(tmp_path), run)
        for arguments in (
            ("resume", str(run), "--headless", "--steps", "5"),
            ("run", "--steps", "5", "--run-dir", str(run)),
        ):
            second.start(*arguments)
            assert second.wait() == 2
        os.kill(process, signal.SIGTERM)
        assert first.wait() == 130
    refused, existing = second.output.read_text().splitlines()
    assert f"is in use by process {process}, expected a run that is not open" in refused
    assert "cannot be made a run directory" in existing
    assert verify(run / "ledger.db").ok


@pytest.mark.long
def test_killed_five_hundred_times(tmp_path: Path) -> None:
    tally = kill_again_and_again(tmp_path, 500, seed=2)
    print(tally)
    assert tally.kills == 500
