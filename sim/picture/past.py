"""What a recorded run looked like, step by step: computed again, and painted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

from sim.archive.directory import RunDirectory
from sim.errors import RunDirectoryError, VerificationError
from sim.ledger.reader import LedgerReader, open_read_only
from sim.picture.painter import Painter
from sim.run.rebuilding import rebuild
from sim.run.replay import repeat
from sim.run.run import Run
from sim.snapshot import EMPTY, JournalEntry, RunState, Snapshot

_SHOWN = 100
"""Entries of the journal kept for the screen."""


def pictures(
    directory: RunDirectory,
    first: int = 1,
    last: int | None = None,
    on_step: Callable[[int], None] | None = None,
) -> Iterator[Snapshot]:
    """The pictures of a recorded run after each of its steps.

    What the machine took for a step is not recorded, so times are those of computing it again.

    Args:
        directory: the run; it is only read.
        first: the first step that is shown; those after the nearest checkpoint before it are
            computed, too.
        last: the last one; None is the last that is recorded.
        on_step: called with the number of each step that is done.

    Raises:
        RunDirectoryError: a step is not recorded.
        InputError: the traffic is unusable.
        VerificationError: the recorded steps cannot be repeated.
    """
    with closing(open_read_only(directory.ledger_file)) as reader:
        recorded = max((step for step, _ in reader.heads(0)), default=0)
        end = recorded if last is None else last
        if not 1 <= first <= end <= recorded:
            raise RunDirectoryError(
                f"{directory.path}: has steps 1 to {recorded:,}, asked for {first:,} to {end:,}"
            )
        # What the scenario gave is in the journal; giving it again would do it twice.
        loaded = replace(directory.load(), timeline=())
        with closing(rebuild(loaded, directory, first - 1, on_step)) as run:
            yield from _painted(run, reader, directory, end, on_step)


def _painted(
    run: Run,
    reader: LedgerReader,
    directory: RunDirectory,
    last: int,
    on_step: Callable[[int], None] | None,
) -> Iterator[Snapshot]:
    painter, journal = Painter(run), tuple[JournalEntry, ...](reversed(run.journal))
    base = replace(
        EMPTY, state=RunState.RUNNING, run_id=directory.run_id, run_dir=str(directory.path)
    )
    began = time.monotonic()
    for step, head in repeat(run, reader, last):
        painter.observe(time.monotonic() - began)
        if run.ledger.head != head:
            raise VerificationError(f"{directory.path}: step {step:,} cannot be repeated")
        journal = (*reversed(run.simulation.take_journaled()), *journal)[:_SHOWN]
        base = replace(base, generation=base.generation + 1, journal=journal)
        yield painter.paint(base)
        if on_step is not None:
            on_step(step)
        began = time.monotonic()
