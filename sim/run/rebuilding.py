"""Rebuilding: a run as it stood after any recorded step.

The nearest checkpoint that is whole and belongs to the ledger is where it begins; the steps
recorded after it are computed again from the journal and every head is compared, so what stands
there is what was. Without a checkpoint that can be used, the same happens from the first step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.archive.directory import RunDirectory
from sim.checkpoint import file
from sim.checkpoint.checkpoint import Checkpoint
from sim.checkpoint.shelf import Shelf
from sim.config.digest import config_digest
from sim.config.load import LoadedConfig
from sim.errors import CheckpointError, RunDirectoryError, VerificationError
from sim.ledger.draft import StepDraft
from sim.ledger.reader import LedgerReader, open_read_only
from sim.numerics.versions import versions
from sim.plugins.usage import same_here
from sim.run.rehearsal import PastReader, Rehearsal
from sim.run.replay import recorded_parts, repeat
from sim.run.run import Parts, Run
from sim.text import shown

OnStep = Callable[[int], None]


class _Past:
    """A recorded run up to a step."""

    def __init__(
        self,
        loaded: LoadedConfig,
        directory: RunDirectory,
        at: int,
        checkpoints: Iterable[Path],
        on_step: OnStep | None,
    ) -> None:
        # What the scenario gave is in the journal; giving it again would do it twice.
        coming = tuple(entry for entry in loaded.timeline if entry.at > at)
        self.loaded = replace(loaded, timeline=coming)
        self.directory = directory
        self.at = at
        self.on_step = on_step
        self._checkpoints = checkpoints
        self.unusable: list[Path] = []
        self.notices: list[str] = []

    def starts(self, reader: LedgerReader) -> Iterator[Checkpoint | None]:
        """Where it can begin, nearest first: checkpoints, and at last the first step."""
        for path in self._checkpoints:
            try:
                yield self._usable(file.read(path), reader)
            except CheckpointError as error:
                self._put_down(path, str(error))
        yield None

    def give_up(self, start: Checkpoint, why: str) -> None:
        """A start has led nowhere."""
        self._put_down(Shelf(self.directory.checkpoints).file_of(start.header.step), why)

    def _put_down(self, path: Path, why: str) -> None:
        self.unusable.append(path)
        self.notices.append(f"checkpoint {path.name} is not used: it {why}")

    def _usable(self, checkpoint: Checkpoint, reader: LedgerReader) -> Checkpoint:
        """The checkpoint, if it belongs to this ledger, configuration and program.

        Raises:
            CheckpointError: it does not.
        """
        if not checkpoint.vouched:
            raise CheckpointError("was not written by you on this machine")
        header = checkpoint.header
        recorded = next(reader.heads(header.step - 1), None)
        if recorded is None or recorded[0] != header.step:
            raise CheckpointError("is of a step that the ledger does not have")
        if recorded[1].hex() != header.head:
            raise CheckpointError("does not belong to this ledger")
        if header.config != config_digest(self.loaded.config):
            raise CheckpointError("was made with another config.yaml")
        if not same_here(header.versions, versions()):
            raise CheckpointError("was made with other versions of the libraries")
        return checkpoint


def rebuild(
    loaded: LoadedConfig,
    directory: RunDirectory,
    at: int | None = None,
    on_step: OnStep | None = None,
) -> Run:
    """The run as it stood after a recorded step; nothing is written.

    Args:
        loaded: the configuration that the run began with.
        directory: where it is kept.
        at: the step, 0 for its beginning; None is the last one.
        on_step: called with the number of each step that is computed again.

    Raises:
        RunDirectoryError: the step is not recorded.
        InputError: the traffic is unusable.
        VerificationError: the recorded steps cannot be repeated.
    """
    run, _ = _rebuilt(loaded, directory, at, on_step)
    return run


def caught_up(loaded: LoadedConfig, directory: RunDirectory, on_step: OnStep | None) -> Run:
    """The run as it stood after its last step, appending to its ledger from now on.

    Checkpoints that were of no use are put aside. See `rebuild`.
    """
    run, past = _rebuilt(loaded, directory, None, on_step)
    try:
        run.go_live()
    except BaseException:
        run.close()
        raise
    for path in past.unusable:
        Shelf(directory.checkpoints).put_aside(path)
    return run


def _rebuilt(
    loaded: LoadedConfig, directory: RunDirectory, at: int | None, on_step: OnStep | None
) -> tuple[Run, _Past]:
    reader = open_read_only(directory.ledger_file)
    try:
        last = max((step for step, _ in reader.heads()), default=0)
        if at is not None and not 0 <= at <= last:
            raise RunDirectoryError(
                f"{shown(directory.path)}: step {at} is not recorded, expected 0 to {last}"
            )
        checkpoints = Shelf(directory.checkpoints).files(up_to=at)
        past = _Past(loaded, directory, last if at is None else at, checkpoints, on_step)
        return _rehearsed(past, reader), past
    finally:
        reader.close()


def _rehearsed(past: _Past, reader: LedgerReader) -> Run:
    """The run from the nearest start that gets there.

    Raises:
        InputError: the traffic is unusable.
        VerificationError: not even from the first step can the record be repeated.
    """
    parts = recorded_parts(past.loaded, reader)
    for start in past.starts(reader):
        try:
            return _from(start, past, parts, reader)
        except (CheckpointError, VerificationError) as error:
            if start is None:
                raise
            past.give_up(start, f"does not lead to what is recorded: {error}")
    raise AssertionError("the beginning is always a start")


def _from(start: Checkpoint | None, past: _Past, parts: Parts, reader: LedgerReader) -> Run:
    """The run from one start.

    Raises:
        CheckpointError: the checkpoint does not fit.
        VerificationError: the steps after it cannot be repeated.
    """
    everyone = np.arange(parts.source.agents, dtype=np.int64)
    parts.source.seek(everyone, np.zeros_like(everyone))  # an earlier start may have moved it
    run = Run(past.loaded, parts, None, _rehearsal(start, past, reader))
    try:
        if start is not None:
            run.restore(start, reader.commands())
        _repeated(run, past, reader)
    except BaseException:
        run.close()
        raise
    for notice in past.notices:
        run.simulation.notice(notice)
    return run


def _rehearsal(
    start: Checkpoint | None, past: _Past, reader: LedgerReader
) -> tuple[Rehearsal, PastReader]:
    """The ledger as it was where the run begins, and what reads it."""
    path, settings = past.directory.ledger_file, past.loaded.config.ledger
    end = _end_of(start, reader)
    rehearsal = Rehearsal(path, *end, retry_attempts=settings.retry_attempts)
    size, timeout, results = settings.pool_size, settings.pool_timeout, settings.query_cache
    return rehearsal, PastReader(rehearsal, size, timeout, results)


def _repeated(run: Run, past: _Past, reader: LedgerReader) -> None:
    """Compute the recorded steps after the present one again, up to where the past ends."""
    for step, recorded in repeat(run, reader, past.at):
        if run.ledger.head != recorded:
            raise VerificationError(
                f"{shown(past.directory.path)}: step {step} cannot be repeated, so the run"
                " cannot continue"
            )
        if past.on_step is not None:
            past.on_step(step)


def _end_of(start: Checkpoint | None, reader: LedgerReader) -> tuple[int, bytes]:
    """Length and head of the ledger where the rehearsal begins."""
    if start is not None:
        return start.header.length, bytes.fromhex(start.header.head)
    draft = StepDraft.genesis(reader.genesis())
    return draft.length, draft.head
