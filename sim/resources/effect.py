"""What became of a turn: whether it did what it was done for, by the figures after it."""

from __future__ import annotations

from dataclasses import dataclass

from sim.resources.advice import Turn
from sim.resources.bottleneck import Measurements

BETTER = 0.97
"""Ratio of times up to which something counts as faster."""
SLOWER = 1.1
"""Ratio of step times from which a step counts as slower."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a turn has changed."""

    helped: bool
    text: str
    """What it was done for, before and after."""

    def __str__(self) -> str:
        """The same, with what is done about it."""
        return f"{self.text}: {'kept' if self.helped else 'taken back'}"


def effect_of(turn: Turn, before: Measurements, after: Measurements) -> Effect:
    """Judge a turn by the figure that it was to better.

    More of something (threads, memory, steps that wait) must show its worth; fewer threads must
    cost nothing.

    Args:
        turn: what was done.
        before: means of the steps before it.
        after: means of the steps after it.
    """
    grown = turn.new > turn.old
    match turn.knob:
        case "threads":
            limit = BETTER if grown else SLOWER
            text = f"a step took {_time(after.step)} after {_time(before.step)}"
            return Effect(after.step <= limit * before.step, text)
        case "steps per transaction":
            text = f"the ledger took {_time(after.ledger)} of a step after {_time(before.ledger)}"
            return Effect(after.ledger <= BETTER * before.ledger, text)
        case "calls per step":
            text = f"a step took {_time(after.step)} after {_time(before.step)}"
            return Effect(after.step <= BETTER * before.step, text)
        case "judgement cache" if grown:
            text = f"{after.misses:.0%} of the judgements miss after {before.misses:.0%}"
            return Effect(after.misses < before.misses, text)
        case "query cache" if grown:
            text = f"{after.query_misses:.0%} of the queries miss after {before.query_misses:.0%}"
            return Effect(after.query_misses < before.query_misses, text)
    text = f"{after.memory:.1%} of the memory is taken after {before.memory:.1%}"
    return Effect(after.memory < before.memory, text)


def _time(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds >= 0.9995 else f"{1000 * seconds:.3g} ms"
