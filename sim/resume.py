"""Resume: bring an experiment to where a run stood, and go on in its ledger.

The recorded steps are computed again and every head is compared, so what goes on is what was.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sim.config.document import TimelineEntry
from sim.engine import Engine
from sim.errors import RunDirectoryError, VerificationError
from sim.experiment import Experiment
from sim.ledger.reader import open_read_only
from sim.replay import rebuild, repeat
from sim.runs import RunDirectory


def resume_run(run_dir: Path, on_step: Callable[[int], None] | None = None) -> Engine:
    """An engine that stands, paused, where the run ended.

    Args:
        run_dir: the run directory.
        on_step: called with the number of steps made up for.

    Raises:
        InputError: the run directory or its traffic is unusable, or the run is in use.
        VerificationError: the recorded steps cannot be repeated.
    """
    directory = RunDirectory.open(run_dir)
    loaded = directory.load()
    lock = directory.locked()
    lock.acquire()
    try:
        reader = open_read_only(directory.ledger_file)
        try:
            experiment = rebuild(loaded, reader)
            last = 0
            for last, recorded in repeat(experiment, reader):
                if experiment.ledger.head != recorded:
                    raise VerificationError(
                        f"{directory.path}: step {last} cannot be repeated, so there is no going on"
                    )
                if on_step is not None:
                    on_step(last)
        finally:
            reader.close()
        _go_on(experiment, directory, loaded.timeline, last)
    except BaseException:
        lock.release()
        raise
    engine = Engine(loaded, directory.path, paused=True)
    engine.adopt(experiment, directory, lock)
    return engine


def _go_on(
    experiment: Experiment, directory: RunDirectory, timeline: tuple[TimelineEntry, ...], last: int
) -> None:
    try:
        experiment.go_on_in(directory.ledger_file, [e for e in timeline if e.at > last])
    except ValueError:
        raise RunDirectoryError(
            f"{directory.path}: the ledger does not end with a whole step"
        ) from None
