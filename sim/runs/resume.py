"""Resume: bring an experiment to where a run stood, and go on in its ledger.

The recorded steps are computed again and every head is compared, so what goes on is what was.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sim.config.load import LoadedConfig
from sim.engine import Engine
from sim.errors import RunDirectoryError, VerificationError
from sim.experiment import Experiment
from sim.ledger.reader import LedgerReader, open_read_only
from sim.runs.directory import RunDirectory
from sim.runs.replay import rebuild, repeat


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
        directory.check()
        experiment = made_up(loaded, directory, on_step)
        engine = Engine(loaded, directory.path, paused=True)
        engine.adopt(experiment, directory, lock)
    except BaseException:
        lock.release()
        raise
    return engine


def made_up(
    loaded: LoadedConfig, directory: RunDirectory, on_step: Callable[[int], None] | None
) -> Experiment:
    """The experiment as it stood, appending to the ledger of the run."""
    reader = open_read_only(directory.ledger_file)
    try:
        experiment = rebuild(loaded, reader)
        try:
            last = _repeated(experiment, reader, directory, on_step)
        except BaseException:
            experiment.close()
            raise
    finally:
        reader.close()
    try:
        experiment.go_on_in(directory.ledger_file, [e for e in loaded.timeline if e.at > last])
    except BaseException as error:
        experiment.close()
        if type(error) is not ValueError:
            raise
        raise RunDirectoryError(
            f"{directory.path}: the ledger does not end with a whole step"
        ) from None
    return experiment


def _repeated(
    experiment: Experiment,
    reader: LedgerReader,
    directory: RunDirectory,
    on_step: Callable[[int], None] | None,
) -> int:
    """Compute the recorded steps again; returns the last one."""
    last = 0
    for last, recorded in repeat(experiment, reader):
        if experiment.ledger.head != recorded:
            raise VerificationError(
                f"{directory.path}: step {last} cannot be repeated, so there is no going on"
            )
        if on_step is not None:
            on_step(last)
    return last
