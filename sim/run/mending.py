"""Mends the ledger of a run that goes on: salvages its file, and puts back what the file lacks.

The run knows in memory where its ledger ends. A mended ledger ends there, too, with the same head,
or it is not taken: what the file lost comes from the last steps, which are kept in memory, or is
computed again from configuration, seed and journal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sim.archive.binding import bound
from sim.archive.directory import RunDirectory
from sim.errors import LedgerCorruptError, RunDirectoryError, VerificationError
from sim.ledger.damage import forget_damage
from sim.ledger.ledger import Ledger
from sim.ledger.salvage import Salvage, nothing_saved, salvage, write_report
from sim.run.provenance import genesis_of, meta_of
from sim.run.run import Run, make_parts
from sim.steering.journal import by_step
from sim.text import command_line, quantity, shown

Progress = Callable[[str], None]
UNNOTICED: Final = 0.5
"""What takes no longer than this needs no words, s."""


@dataclass(frozen=True, slots=True)
class Mended:
    """How a damaged ledger was mended."""

    salvage: Salvage
    from_memory: int
    """Steps that were put back from memory."""
    computed: int
    """Steps that were computed again."""

    @property
    def text(self) -> str:
        """One line for people."""
        saved = self.salvage
        restored = [
            f"{quantity(count, 'step')} {how}"
            for count, how in (
                (self.from_memory, "put back from memory"),
                (self.computed, "computed again"),
            )
            if count
        ]
        what = ", ".join([f"{saved.kept:,} rows salvaged", *restored])
        return (
            f"the ledger was damaged and is whole again: {what}; the damaged one is kept as"
            f" {saved.moved_to.name}"
        )


def mend(run: Run, tell: Progress | None = None) -> Mended:
    """Replace the damaged ledger of a run by a whole one with the same head.

    Args:
        run: between two steps, or with one that is not committed yet.
        tell: called with what is being done.

    Raises:
        VerificationError: what was lost cannot be had back. The file holds all steps up to the
            damage, the damaged one is kept, and a resumed run goes on from there.
        LedgerError: the new file cannot be written now; try again.
    """
    tell = tell or (lambda text: None)
    path = run.ledger.path
    run.resources.pool.let_go()
    run.ledger.let_go()
    saved = _salvaged(run, path)
    try:
        with closing(Ledger.open(path)) as ledger:
            from_memory, computed = _put_back(run, ledger, saved.last_step, tell)
    except BaseException:
        write_report(saved, lost_steps=run.committed - max(saved.last_step, 0))
        raise
    write_report(saved, from_memory=from_memory, computed=computed, lost_steps=0)
    run.ledger.go_on_with(path)
    forget_damage(path)
    run.resources.query_cache.clear()
    return Mended(saved, from_memory, computed)


def _salvaged(run: Run, path: Path) -> Salvage:
    """What the file still has; where it has nothing, an empty ledger takes its place."""
    try:
        return salvage(path)
    except (LedgerCorruptError, RunDirectoryError):
        pass
    genesis = genesis_of(run.config, run.simulation.source)
    loaded = RunDirectory(path.parent).load()  # what the run began with; it may have come far since
    fresh = path.with_name(f"{path.name}.salvaged")
    fresh.unlink(missing_ok=True)
    meta = bound(meta_of(loaded, run.simulation.source), loaded, genesis)
    Ledger.create(fresh, genesis, meta).close()
    return nothing_saved(path, fresh)


def _put_back(run: Run, ledger: Ledger, last: int, tell: Progress) -> tuple[int, int]:
    """Append the steps after `last`; returns how many came from memory, and how many anew."""
    recent = [draft for draft in run.ledger.recent if draft.step > max(last, 0)]
    due = run.ledger.length - ledger.length
    if not due:
        return 0, 0
    if recent and recent[0].start == ledger.length:
        for draft in recent:
            ledger.commit(draft)
        return len(recent), 0
    return 0, _computed(run, ledger, last, tell)


def _computed(run: Run, ledger: Ledger, last: int, tell: Progress) -> int:
    """Compute the run again up to the step committed last, and append what comes after `last`."""
    goal, count, start = run.committed, 0, time.monotonic()
    with _twin(run) as twin:
        journal = by_step((entry.step, entry.order) for entry in run.journal)
        for step in range(1, goal + 1):
            if time.monotonic() - start > UNNOTICED:
                tell(f"the ledger is damaged: computing step {step:,} of {goal:,} again")
            twin.advance(journal.get(step, ()))
            if step > last:
                draft = twin.simulation.draft
                if (draft.start, draft.previous) != (ledger.length, ledger.head):
                    break
                ledger.commit(draft)
                count += 1
    if ledger.head != run.ledger.head:
        raise VerificationError(_lost(ledger, last, goal))
    return count


def _lost(ledger: Ledger, last: int, goal: int) -> str:
    return (
        f"{shown(ledger.path)}: was damaged, and steps {max(last, 0) + 1} to {goal} came out"
        " otherwise when they were computed again; the damaged ledger is kept beside it, what is"
        f" whole goes on with: {command_line('resume', ledger.path.parent)}"
    )


@contextmanager
def _twin(run: Run) -> Iterator[Run]:
    """The run as it was born, with a ledger that goes with it."""
    loaded = replace(run.loaded, timeline=())
    if run.simulation.executor.name == "ray":
        config = loaded.config.model_copy(deep=True)
        config.simulation.executor = "threads"
        loaded = replace(loaded, config=config)
    twin = Run(loaded, make_parts(loaded), None)
    try:
        yield twin
    finally:
        twin.close()
