"""The outcome of a recorded run: what it was told to the one who ran it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Final, TypeAlias

from sim.archive.directory import RunDirectory
from sim.archive.outcome import kept_outcome, times
from sim.ledger.reader import LedgerReader, open_read_only

_SECONDS: Final = "seconds."
OnStep: TypeAlias = Callable[[int], None]


def recorded_summary(directory: RunDirectory, on_step: OnStep | None = None) -> dict[str, object]:
    """The object that `run --json` prints, of all that is recorded; nothing is written.

    It is what the run kept when it ended, where that can be believed, and is computed again
    otherwise. Times are those that were recorded with the steps, so without writing them down. What
    a process did to itself (tuning, notices, caches that it shrank) is told of the last one, if it
    ended by itself; it is not recorded but in `run.log`.

    Args:
        directory: the run.
        on_step: called with the number of each step that is computed again.

    Raises:
        InputError: the traffic is unusable.
        VerificationError: the record is damaged, or cannot be repeated.
    """
    directory.check()
    return _kept(directory) or _computed(directory, on_step)


def _kept(directory: RunDirectory) -> dict[str, object] | None:
    with closing(open_read_only(directory.ledger_file)) as reader:
        summary = kept_outcome(directory, reader.length(), reader.head().hex())
        if summary is None:
            return None
        seconds = _seconds(reader)
    where = {"run_dir": str(directory.path), "run_id": directory.run_id}
    return {**summary, **where, **times(seconds, sum(seconds.values()), summary["steps"])}


def _computed(directory: RunDirectory, on_step: OnStep | None) -> dict[str, object]:
    # The engine takes seconds to import, which whoever reads what is kept need not wait for.
    from sim.run.rebuilding import rebuild
    from sim.run.summary import summarise

    with closing(rebuild(directory.load(), directory, None, on_step)) as run:
        run.seconds = _seconds(run.reader)
        return summarise(run, directory, sum(run.seconds.values()), run.simulation.now)


def _seconds(reader: LedgerReader) -> dict[str, float]:
    """Phase → what it took in all steps, s."""
    names = [name for name in reader.metric_names() if name.startswith(_SECONDS)]
    return {
        name.removeprefix(_SECONDS): sum(value for _, value in reader.metrics(name))
        for name in names
    }
