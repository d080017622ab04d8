"""Resume: bring a run to where a run stood, and go on in its ledger.

The latest checkpoint that is whole and belongs to the ledger is where it begins; the steps recorded
behind it are computed again from the journal and every head is compared, so what goes on is what
was. Without a checkpoint that can be used, the same happens from the first step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.archive.directory import RunDirectory
from sim.checkpoint import file
from sim.checkpoint.checkpoint import Checkpoint
from sim.checkpoint.shelf import Shelf
from sim.config.load import LoadedConfig
from sim.errors import CheckpointError, RunDirectoryError, VerificationError
from sim.ledger.draft import StepDraft
from sim.ledger.reader import LedgerReader, open_read_only
from sim.numerics.versions import versions
from sim.plugins.usage import same_here
from sim.run.checkpoints import config_digest
from sim.run.rehearsal import PastReader, Rehearsal
from sim.run.replay import recorded_parts, repeat
from sim.run.run import Parts, Run
from sim.text import shown

OnStep = Callable[[int], None]


class _Past:
    """A recorded run, as far as resuming needs it."""

    def __init__(
        self, loaded: LoadedConfig, directory: RunDirectory, on_step: OnStep | None
    ) -> None:
        self.loaded = loaded
        self.directory = directory
        self.on_step = on_step
        self.shelf = Shelf(directory.checkpoints)
        self.unusable: list[Path] = []
        self.notices: list[str] = []

    def starts(self, reader: LedgerReader) -> Iterator[Checkpoint | None]:
        """Where the run can be taken up, best first: checkpoints, and at last its beginning."""
        for path in self.shelf.files():
            try:
                yield self._usable(file.read(path), reader)
            except CheckpointError as error:
                self._put_down(path, str(error))
        yield None

    def give_up(self, start: Checkpoint, why: str) -> None:
        """A start has led nowhere."""
        self._put_down(self.shelf.file_of(start.header.step), why)

    def _put_down(self, path: Path, why: str) -> None:
        self.unusable.append(path)
        self.notices.append(f"checkpoint {path.name} is not used: it {why}")

    def _usable(self, checkpoint: Checkpoint, reader: LedgerReader) -> Checkpoint:
        """The checkpoint, if it belongs to this ledger, configuration and program.

        Raises:
            CheckpointError: it does not.
        """
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


def caught_up(loaded: LoadedConfig, directory: RunDirectory, on_step: OnStep | None) -> Run:
    """The run as it stood, appending to the ledger of the run; see `resume_run`."""
    past = _Past(loaded, directory, on_step)
    reader = open_read_only(past.directory.ledger_file)
    try:
        run = _rehearsed(past, reader)
    finally:
        reader.close()
    last = run.simulation.now
    timeline = [entry for entry in past.loaded.timeline if entry.at > last]
    try:
        run.go_on_in(past.directory.ledger_file, timeline)
    except BaseException as error:
        run.close()
        if type(error) is not ValueError:
            raise
        raise RunDirectoryError(
            f"{shown(past.directory.path)}: the ledger does not end with a whole step"
        ) from None
    for path in past.unusable:
        past.shelf.put_aside(path)
    return run


def _rehearsed(past: _Past, reader: LedgerReader) -> Run:
    """The run after the last recorded step, from the best start that gets there.

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
    """The run after the last recorded step, from one start.

    Raises:
        CheckpointError: the checkpoint does not fit.
        VerificationError: the steps behind it cannot be repeated.
    """
    everyone = np.arange(parts.source.agents, dtype=np.int64)
    parts.source.seek(everyone, np.zeros_like(everyone))  # an earlier start may have moved it
    rehearsal = Rehearsal(past.directory.ledger_file, *_end_of(start, reader))
    # What the scenario gave is in the journal; giving it again would do it twice.
    loaded = replace(past.loaded, timeline=())
    run = Run(loaded, parts, None, (rehearsal, PastReader(reader, rehearsal)))
    try:
        if start is not None:
            run.restore(start, reader.commands())
        _repeated(run, past, reader)
    except BaseException:
        run.close()
        raise
    simulation = run.simulation
    simulation.notices = (*simulation.notices, *past.notices)
    return run


def _repeated(run: Run, past: _Past, reader: LedgerReader) -> None:
    """Compute the recorded steps behind the present one again."""
    for step, recorded in repeat(run, reader):
        if run.ledger.head != recorded:
            raise VerificationError(
                f"{shown(past.directory.path)}: step {step} cannot be repeated, so there is no"
                " going on"
            )
        if past.on_step is not None:
            past.on_step(step)


def _end_of(start: Checkpoint | None, reader: LedgerReader) -> tuple[int, bytes]:
    """Length and head of the ledger where the rehearsal begins."""
    if start is not None:
        return start.header.length, bytes.fromhex(start.header.head)
    draft = StepDraft.genesis(reader.genesis())
    return draft.length, draft.head
