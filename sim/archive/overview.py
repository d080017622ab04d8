"""One line about a run on disk: how far it came, how it ended, what it found."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Literal

from sim.archive.directory import RunDirectory
from sim.archive.fork import Origin
from sim.archive.kept import began_at
from sim.archive.safety import check_folder
from sim.config.document import read_document
from sim.errors import DecsimError
from sim.ledger.reader import LedgerReader, Totals, open_live, open_read_only
from sim.machine import files
from sim.snapshot import Confusion

State = Literal["running", "finished", "failed", "interrupted", "unusable"]

_LOG_END = 1 << 16
"""Bytes of the end of `run.log` that are read."""
_ENGINE = "sim.engine.engine:"
"""Who says there that a run begins, goes on or has failed."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What a list of runs says about one of them."""

    run_id: str
    run_dir: str
    scenario: str
    """Its name, or nothing."""
    steps: int | None
    """Recorded steps; None where the ledger cannot be read."""
    goal: int | None
    """Steps that were asked for in all, if anybody said."""
    state: State
    traffic_ended: bool
    """Whether it is finished because there is no more traffic."""
    published: int | None
    """Signatures."""
    accepted: int | None
    """Signatures."""
    f1: float | None
    """Of the collective, over all steps; None where there was no attack."""
    size: int
    """Bytes of its files."""
    began: float
    """When, seconds since the epoch."""
    problem: str = ""
    """Why it cannot be used."""
    forked_from: Origin | None = None
    """None where it is no fork."""


def overview_of(run: RunDirectory) -> Overview:
    """Look at a run that may be anybody's and going on; what is wrong with it is in the answer."""
    try:
        check_folder(run.path)
        running = run.locked().taken
        scenario = read_document(run.config_file).name
        totals, origin = _totals(run, running=running)
    except (DecsimError, OSError) as error:
        return _overview(run, "", None, "unusable", str(error))
    found = _overview(run, scenario, totals, _state(run, totals, running=running))
    return replace(found, forked_from=origin)


def _overview(
    run: RunDirectory, scenario: str, totals: Totals | None, state: State, problem: str = ""
) -> Overview:
    goal = None if state == "unusable" else run.goal
    f1 = Confusion(*totals.collective).f1 if totals else None
    return Overview(
        run_id=run.run_id,
        run_dir=str(run.path),
        scenario=scenario,
        steps=totals.steps if totals else None,
        goal=goal,
        state=state,
        traffic_ended=totals is not None and totals.traffic_ended,
        published=totals.published if totals else None,
        accepted=totals.accepted if totals else None,
        f1=None if f1 is None else round(f1, 6),
        size=_size(run),
        began=began_at(run),
        problem=problem,
    )


def recorded_steps(run: RunDirectory) -> int | None:
    """Steps that are recorded; None where that cannot be read, which whoever opens it will say."""
    try:
        return _totals(run, running=False)[0].steps
    except DecsimError:
        return None


def _totals(run: RunDirectory, *, running: bool) -> tuple[Totals, Origin | None]:
    opened = open_live if running else open_read_only
    reader: LedgerReader = opened(run.ledger_file, size=1)
    try:
        return reader.totals(), Origin.of(reader.meta())
    finally:
        reader.close()


def _state(run: RunDirectory, totals: Totals, *, running: bool) -> State:
    if running:
        return "running"
    goal = run.goal
    if totals.traffic_ended or (goal is not None and totals.steps >= goal):
        return "finished"
    return "failed" if _failed(run) else "interrupted"


def _failed(run: RunDirectory) -> bool:
    """Whether the log says that the engine which had the run last has failed."""
    try:
        with files.reading(run.log_file) as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - _LOG_END))
            lines = stream.read(_LOG_END).decode("utf-8", "replace").splitlines()
    except OSError:
        return False
    failed = False
    for line in lines:
        _when, level, logger, *words = [*line.split(maxsplit=3), "", "", ""][:4]
        if logger == _ENGINE and not line.startswith(" "):
            begun = level == "INFO" and words[0].startswith("run ") and "agents, seed" in words[0]
            failed = level == "ERROR" or (failed and not begun)
    return failed


def _size(run: RunDirectory) -> int:
    """Bytes of the files in a run directory and in the folders of a run; links are not followed."""
    size = 0
    for folder in (run.path, run.checkpoints):
        try:
            if folder.is_symlink():
                continue
            size += sum(file.lstat().st_size for file in folder.iterdir())
        except OSError:
            continue
    return size
