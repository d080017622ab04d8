"""Resume: an engine that stands, paused, where a run ended."""

from __future__ import annotations

from pathlib import Path

from sim.archive.directory import RunDirectory
from sim.engine.engine import Engine
from sim.errors import ConfigError
from sim.ledger.damage import undo_damage
from sim.metrics.endpoint import check_port
from sim.run.rebuilding import OnStep, caught_up
from sim.run.run import Run


def resume_run(run_dir: Path, on_step: OnStep | None = None) -> Engine:
    """An engine that stands, paused, where the run ended.

    Nothing but the lock is written before it is known that the run can go on.

    Args:
        run_dir: the run directory.
        on_step: called with the number of each step that is recomputed.

    Raises:
        InputError: the run directory or its traffic is unusable, or the run is in use.
        VerificationError: the recorded steps cannot be repeated.
    """
    directory = RunDirectory.open(run_dir)
    loaded = directory.load()
    check_port(loaded.config.monitoring.metrics_port)
    lock = directory.locked()
    lock.acquire()
    try:
        undo_damage(directory.ledger_file)
        directory.check()
        run = _served(caught_up(loaded, directory, on_step))
        engine = Engine(loaded, directory.path, paused=True)
        engine.adopt(run, directory, lock)
        run.checkpoint()  # what was recomputed need not be again
    except BaseException:
        lock.release()
        raise
    return engine


def _served(run: Run) -> Run:
    """A run whose metrics can be read where that is asked for; else it is closed."""
    try:
        run.serve_metrics()
    except ConfigError:
        run.close()
        raise
    return run
