"""What is said and kept when a run cannot go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.errors import DecsimError, StepError
from sim.text import command_line, failure

if TYPE_CHECKING:
    from sim.archive.directory import RunDirectory
    from sim.run.run import Run


def explain(error: Exception, run: Run | None, directory: RunDirectory | None) -> str:
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
