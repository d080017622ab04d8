"""What another value of a parameter would have done in the last step: computed, not guessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from sim.run.run import Run
from sim.snapshot import Preview


def preview(run: Run, key: str, value: float) -> Preview | None:
    """What `key` at `value` would have done; None before the first step, and for other keys."""
    compute = _PREVIEWS.get(key)
    if compute is None or run.simulation.report is None:
        return None
    return compute(run, key, value)


def _threshold(run: Run, key: str, value: float) -> Preview:
    """Flows of the last step that own model, peers or signatures would flag."""
    simulation = run.simulation
    now, then, total = np.sum(
        [
            simulation.executor.ask(shard, "flagged", value)
            for shard in range(len(simulation.blocks))
        ],
        axis=0,
    ).tolist()
    return Preview(key, value, then, now, total)


def _min_score(run: Run, key: str, value: float) -> Preview:
    """Agents that would be in alert."""
    simulation, report = run.simulation, run.simulation.report
    assert report is not None
    now = np.count_nonzero(report.alert(run.config.signature.min_score))
    then = np.count_nonzero(report.alert(value))
    return Preview(key, value, int(then), int(now), simulation.population)


def _quorum(run: Run, key: str, value: float) -> Preview:
    """Polls, the open ones and the last that are over, that their votes would accept."""
    assembly, settings = run.simulation.assembly, run.config.consensus
    other = settings.model_copy(update={"quorum": value})
    polls = [*assembly.polls, *(outcome.poll for outcome in assembly.decided)]
    now = sum(poll.outcome(settings) == "ACCEPTED" for poll in polls)
    then = sum(poll.outcome(other) == "ACCEPTED" for poll in polls)
    return Preview(key, value, then, now, len(polls))


_PREVIEWS: Final[dict[str, Callable[[Run, str, float], Preview]]] = {
    "detection.threshold": _threshold,
    "signature.min_score": _min_score,
    "consensus.quorum": _quorum,
}
