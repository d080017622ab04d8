"""What is said when a run begins and when it cannot go on, and what is kept when it ends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from sim.config.load import LoadedConfig
from sim.errors import DecsimError, LedgerError, StepError, VerificationError
from sim.snapshot import RunState
from sim.text import command_line, failure

if TYPE_CHECKING:
    from sim.archive.directory import RunDirectory
    from sim.engine.driver import Driver
    from sim.engine.slot import Slot
    from sim.run.run import Run

_LOG = logging.getLogger(__name__)


def beginning(run: Run, directory: RunDirectory, loaded: LoadedConfig) -> str:
    """What runs, for the log."""
    simulation = run.simulation
    how = f"goes on after step {simulation.now}" if simulation.now else "begins"
    return (
        f"run {directory.run_id} {how}: {simulation.population} agents, seed"
        f" {loaded.config.simulation.seed}, scenario {loaded.scenario or 'none'}, executor"
        f" {simulation.executor.name} × {simulation.executor.workers}"
        f" ({simulation.executor_reason})"
    )


def explain(error: BaseException, run: Run | None, directory: RunDirectory | None) -> str:
    """What happened, and how to see it again, in one line.

    Args:
        error: what ended the run.
        run: what ran; None if it could not begin.
        directory: where it is kept.
    """
    if isinstance(error, DecsimError) and type(error) is not StepError:
        return str(error)
    text = str(error) if isinstance(error, StepError) else failure(error, 200)
    if run is None or directory is None:
        return f"the run could not begin: {text}"
    simulation = run.simulation
    return (
        f"step {simulation.now} failed: {text}; seed {simulation.config.simulation.seed};"
        f" everything before is kept: {command_line('resume', directory.path)}"
    )


def close(driver: Driver, slot: Slot, keep: Callable[[], None]) -> None:
    """Write what is left, mend what is known to be damaged, and give everything back.

    Args:
        driver: of the run.
        slot: where it is painted.
        keep: keeps the outcome of what is recorded.

    Raises:
        LedgerError: the last checkpoint of the ledger failed.
    """
    stepper, run = driver.stepper, driver.stepper.run
    stepper.end()
    with suppress(LedgerError):  # a step that a fault held up: its last chance
        late = run.uncommitted
        run.commit()
        stopped = slot.latest.state is RunState.STOPPED
        if late or (stopped and slot.latest.step < run.recorded):
            slot.paint()  # the last picture may be some steps old
    try:
        stepper.recovery.settle()  # nobody else has what the file lacks
    except (LedgerError, VerificationError) as error:
        stepper.record("ledger.corrupt", str(error))
    if not run.behind:
        with suppress(DecsimError):  # a shard may be lost; whoever asks has it computed again
            keep()
    run.close()
    slot.update()
    _LOG.info("run closed after step %d, head %s", run.recorded, run.ledger.head_hex)
