"""The outcome of a recorded run: what it was told to the one who ran it."""

from __future__ import annotations

from contextlib import closing

from sim.archive.directory import RunDirectory
from sim.ledger.reader import LedgerReader
from sim.run.rebuilding import OnStep, rebuild
from sim.run.summary import summarise

_SECONDS = "seconds."


def recorded_summary(directory: RunDirectory, on_step: OnStep | None = None) -> dict[str, object]:
    """The object that `run --json` prints, of all that is recorded; nothing is written.

    Times are those that were recorded with the steps, so without writing them down. What a process
    did to itself (tuning, notices, caches that it shrank) is not recorded but in `run.log`.

    Args:
        directory: the run.
        on_step: called with the number of each step that is computed again.

    Raises:
        InputError: the traffic is unusable.
        VerificationError: the record is damaged, or cannot be repeated.
    """
    directory.check()
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
