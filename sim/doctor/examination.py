"""What is well with a run directory and what is not, for `doctor RUN_DIR`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from sim.archive.binding import problems
from sim.archive.directory import RunDirectory
from sim.checkpoint import file as checkpoint_file
from sim.checkpoint.shelf import Shelf
from sim.config.load import LoadedConfig
from sim.errors import CheckpointError, DecsimError, InputError, TrafficError
from sim.ledger.reader import open_read_only
from sim.ledger.verify import Verification
from sim.steering.journal import recorded_orders
from sim.text import quantity, shown
from sim.traffic.build import LOOKED_THROUGH, traffic_bytes, traffic_digest

State: TypeAlias = Literal["ok", "note", "damaged"]
LITTLE_ROOM: Final = 100 * 2**20
"""Free bytes below which a run may soon find no room."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: State
    """`odd` is worth knowing and stops nothing; `damaged` is no longer what was written."""
    text: str
    remedy: str = ""
    """What helps, or empty."""


def examine(run: RunDirectory) -> tuple[Finding, ...]:
    """Look at everything about a run without changing anything.

    Args:
        run: the run directory; the run may be going on.
    """
    ledger = _Ledger(run)
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        lambda: _lock(run),
        lambda: _config(run),
        ledger.file,
        ledger.chain,
        ledger.steps,
        ledger.journal,
        ledger.traffic,
        lambda: _checkpoints(run),
        lambda: _remains(run),
        lambda: _room(run),
    )
    return tuple(finding for look in looks for finding in look())


def is_well(findings: tuple[Finding, ...]) -> bool:
    """Whether nothing is damaged."""
    return all(finding.state != "damaged" for finding in findings)


class _Ledger:
    """The ledger with what it says about the run."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._found: Verification | None = None

    def file(self) -> Iterator[Finding]:
        """Size, and what SQLite has left beside it."""
        file = self._run.ledger_file
        yield Finding("ledger", "ok", f"{file.stat().st_size:,} bytes")
        wal = file.with_name(f"{file.name}-wal")
        if wal.exists() and not self._run.locked().taken:
            text = f"write-ahead log of {wal.stat().st_size:,} bytes: the run was interrupted"
            yield Finding("ledger", "note", text, "resume takes it in")

    def chain(self) -> Iterator[Finding]:
        """Hash chain, schema, checksums and tip."""
        try:
            found = self._found = self._run.verify_ledger()
        except DecsimError as error:
            yield Finding("chain", "damaged", str(error))
            return
        for note in found.notes:
            yield Finding("ledger", "note", note)
        if found.ok:
            yield Finding("chain", "ok", f"{found.rows:,} rows verify, head {found.head[:16]}…")
            return
        more = len(found.problems) - 1
        text = f"{found.first_bad}" + (f" (and {more:,} more)" if more else "")
        yield Finding("chain", "damaged", text, "doctor --mend saves what verifies")

    def steps(self) -> Iterator[Finding]:
        """How far the run has come."""
        if self._found is None or not self._found.ok:
            return
        reader = open_read_only(self._run.ledger_file)
        try:
            steps = sum(1 for _ in reader.heads())
        finally:
            reader.close()
        goal = self._run.goal
        text = f"{steps:,} recorded" + (f" of {goal:,}" if goal is not None else "")
        yield Finding("steps", "ok", text)

    def journal(self) -> Iterator[Finding]:
        """Whether the commands can be given again."""
        if self._found is None or not self._found.ok:
            return
        reader = open_read_only(self._run.ledger_file)
        try:
            count = sum(map(len, recorded_orders(reader).values()))
        except DecsimError as error:
            yield Finding("journal", "damaged", str(error))
        else:
            yield Finding("journal", "ok", quantity(count, "command"))
        finally:
            reader.close()

    def traffic(self) -> Iterator[Finding]:
        """Whether the traffic is there and what it was."""
        loaded = _loaded(self._run)
        if loaded is None or not loaded.config.traffic.path:
            return
        path = loaded.config.traffic.path
        size = traffic_bytes(loaded.config)
        if size > LOOKED_THROUGH:
            text = f"{shown(path)}: {size:,} bytes, not looked through"
            yield Finding("traffic", "note", text, "replay tells whether it is unchanged")
            return
        try:
            digest = traffic_digest(loaded.config)
        except (OSError, TrafficError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is no traffic file"
            text = f"{shown(path)}: {reason}"
            yield Finding("traffic", "damaged", text, "put the file back: no resume without it")
            return
        if self._found is None or not self._found.ok:
            return
        reader = open_read_only(self._run.ledger_file)
        try:
            recorded = reader.meta().get("traffic_digest", "")
        finally:
            reader.close()
        if recorded == digest:
            yield Finding("traffic", "ok", f"{shown(path)}: unchanged")
        else:
            text = f"{shown(path)}: is not the file that the run observed"
            yield Finding("traffic", "damaged", text, "put the file back: no resume without it")


def _loaded(run: RunDirectory) -> LoadedConfig | None:
    try:
        return run.load()
    except InputError:
        return None


def _lock(run: RunDirectory) -> Iterator[Finding]:
    if run.locked().taken:
        yield Finding("lock", "note", "the run is in use by a process")
    else:
        yield Finding("lock", "ok", "free")


def _config(run: RunDirectory) -> Iterator[Finding]:
    try:
        loaded = run.load()
    except InputError as error:
        yield Finding("config", "damaged", str(error), "put back the config.yaml of the run")
    else:
        scenario = f", scenario {shown(loaded.scenario, 60)}" if loaded.scenario else ""
        yield from _changed(run) or (Finding("config", "ok", f"readable{scenario}"),)


def _changed(run: RunDirectory) -> tuple[Finding, ...]:
    """What decides the run and is not what it was when it began."""
    try:
        return tuple(
            Finding(problem.table.partition(".")[0], "damaged", str(problem), "put it back")
            for problem in problems(run)
        )
    except DecsimError:  # the ledger is damaged, which is found elsewhere
        return ()


def _checkpoints(run: RunDirectory) -> Iterator[Finding]:
    """Whether each is whole; a run does not need them, but resumes faster with one."""
    whole = []
    for path in Shelf(run.checkpoints).files():
        try:
            whole.append(checkpoint_file.read(path).header.step)
        except CheckpointError as error:
            text = f"{shown(path.name)}: {error}"
            remedy = "doctor --mend puts it aside; resume takes an earlier one, or computes again"
            yield Finding("checkpoints", "damaged", text, remedy)
    if whole:
        steps = ", ".join(f"{step:,}" for step in whole)
        yield Finding("checkpoints", "ok", f"whole, of step {steps}")


def _remains(run: RunDirectory) -> Iterator[Finding]:
    """What earlier damage has left."""
    kept = [f for f in sorted(run.path.glob("ledger.db.corrupt-*")) if f.name[-1].isdigit()]
    if kept:
        names = ", ".join(shown(f.name) for f in kept[:5])
        yield Finding("earlier damage", "note", f"damaged ledgers are kept: {names}")
    if (unfinished := Path(f"{run.ledger_file}.salvaged")).exists():
        text = f"{unfinished.name}: a salvage was interrupted; the ledger is as it was"
        yield Finding("earlier damage", "note", text)


def _room(run: RunDirectory) -> Iterator[Finding]:
    free = shutil.disk_usage(run.path).free
    text = f"{free / 2**20:,.0f} MiB free"
    if free < LITTLE_ROOM:
        yield Finding("disk", "note", text, "make room: a run pauses where there is none")
    else:
        yield Finding("disk", "ok", text)
