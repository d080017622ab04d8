"""Fork: a new run that shares the past of another up to a step, and goes its own way from there."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sim.archive.binding import KEY as BINDING
from sim.archive.binding import bound
from sim.archive.directory import RunDirectory
from sim.checkpoint import file
from sim.checkpoint.shelf import KEPT, Shelf
from sim.commands import Steering, describe
from sim.config.digest import is_neutral
from sim.config.document import TimelineEntry
from sim.config.load import LoadedConfig
from sim.config.parameters import Value
from sim.config.schema import Config
from sim.errors import CheckpointError, RunDirectoryError
from sim.ledger.excerpt import excerpt
from sim.ledger.reader import open_read_only
from sim.ledger.rows import Genesis
from sim.machine import files
from sim.steering.journal import order_of
from sim.text import shown

_RUN: Final = "fork.run"
_STEP: Final = "fork.step"
_HEAD: Final = "fork.head"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a run was forked from."""

    run_id: str
    step: int
    """The last that both share."""
    head: str
    """Of the chain after that step, hex."""

    @classmethod
    def of(cls, meta: Mapping[str, str]) -> Origin | None:
        """What the texts of a ledger say, or None where the run is no fork."""
        step = meta.get(_STEP, "")
        if not (step.isascii() and step.isdigit() and len(step) <= 12):
            return None
        return cls(meta.get(_RUN, ""), int(step), meta.get(_HEAD, ""))

    def texts(self) -> dict[str, str]:
        """The same as texts of a ledger."""
        return {_RUN: self.run_id, _STEP: str(self.step), _HEAD: self.head}


def fork_run(
    source: RunDirectory,
    at: int,
    commands: Sequence[Steering] = (),
    settings: Mapping[str, Value] | None = None,
    path: Path | None = None,
) -> RunDirectory:
    """Make the run directory of a fork; the source is only read, and may be going on.

    Args:
        source: the run.
        at: the last step that both share, 0 for none.
        commands: given before the step after that, as if somebody had given them live.
        settings: key → value that the fork begins with; only keys that decide no result.
        path: where it is made; by default a new folder among the user's runs.

    Raises:
        RunDirectoryError: the step is not recorded, or the directory cannot be made.
        VerificationError: the source is damaged.
        LedgerError: a ledger cannot be read or written; nothing is left behind.
    """
    source.check()
    genesis, origin = _origin(source, at)
    loaded = _continued(source.load(), at, commands, settings or {})
    fork = RunDirectory.create(loaded, path)
    try:
        _copy(source, fork, loaded, genesis, origin)
    except BaseException:
        shutil.rmtree(fork.path, ignore_errors=True)
        raise
    return fork


def refusals(fork: RunDirectory, step: int) -> list[str]:
    """What was given before this step and refused, in words."""
    with closing(open_read_only(fork.ledger_file)) as reader:
        return [
            f"step {step}: {describe(order_of(seq, row).command)} was refused: {row.reason}"
            for seq, row in reader.commands()
            if (row.step, row.status, row.source) == (step, "rejected", "live")
        ]


def _origin(source: RunDirectory, at: int) -> tuple[Genesis, Origin]:
    with closing(open_read_only(source.ledger_file)) as reader:
        last = reader.totals().steps
        if not 0 <= at <= last:
            raise RunDirectoryError(
                f"{shown(source.path)}: step {at} is not recorded, expected 0 to {last}"
            )
        _, head = next(reader.heads(at - 1)) if at else (0, reader.origin())
        return reader.genesis(), Origin(source.run_id, at, head.hex())


def _continued(
    loaded: LoadedConfig, at: int, commands: Sequence[Steering], settings: Mapping[str, Value]
) -> LoadedConfig:
    """The configuration of the fork: what the source began with, and what is to come."""
    given = tuple(TimelineEntry(at + 1, command, "live") for command in commands)
    timeline = tuple(sorted((*loaded.timeline, *given), key=lambda entry: entry.at))
    content = loaded.config.model_dump()
    for key, value in settings.items():
        if not is_neutral(key):
            raise ValueError(f"{key} decides the result of a run")
        section, _, name = key.partition(".")
        content[section][name] = value
    return replace(loaded, config=Config.model_validate(content), timeline=timeline)


def _copy(
    source: RunDirectory, fork: RunDirectory, loaded: LoadedConfig, genesis: Genesis, origin: Origin
) -> None:
    def texts(before: Mapping[str, str]) -> Mapping[str, str]:
        kept = {key: text for key, text in before.items() if key != BINDING}
        return bound({**kept, **origin.texts()}, loaded, genesis)

    excerpt(source.ledger_file, fork.ledger_file, origin.step, texts)
    copied = 0
    for checkpoint in Shelf(source.checkpoints).files(up_to=origin.step):
        if copied < KEPT:
            copied += _copy_checkpoint(checkpoint, fork)


def _copy_checkpoint(checkpoint: Path, fork: RunDirectory) -> bool:
    """Take over a checkpoint that this user has written; whether it fits is seen by who uses it.

    Whatever is wrong with one, or keeps it from being copied, costs time and no result.
    """
    with suppress(CheckpointError, OSError):
        found = file.read(checkpoint)
        if found.vouched:
            fork.checkpoints.mkdir(mode=files.PRIVATE_FOLDER, exist_ok=True)
            file.write(found, fork.checkpoints / checkpoint.name)
            return True
    return False
