"""What a run may be asked to pause at: one of its figures against a number, after every step."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from sim.commands import Condition, Figure, Relation
from sim.snapshot import AgentState

if TYPE_CHECKING:
    from sim.run.run import Run

_RELATIONS: Final[dict[Relation, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


def figure(name: Figure, run: Run) -> float:
    """A figure of a run as it stands after its last step."""
    simulation = run.simulation
    counts = simulation.assembly.counts
    match name:
        case "step":
            return float(simulation.now)
        case "published" | "accepted" | "rejected" | "expired":
            return float(counts[name if name == "published" else name.upper()])
        case "pending":
            return float(len(simulation.assembly.polls))
        case "attack_accepted" | "false_alarm_accepted" | "poison_accepted":
            accepted, _ = simulation.quality.view().acceptance[name.removesuffix("_accepted")]
            return float(accepted)
        case "alerts" | "quarantined" | "stopped":
            return float((simulation.states() == _STATES[name]).sum())
        case "attacked":
            report = simulation.report
            return float(report.attacked.sum()) if report is not None else 0.0
        case "adversaries":
            return float((simulation.steered.behaviour_in(simulation.now) > 0).sum())
        case "attacks":
            return float(sum(simulation.now < a.until for a in simulation.steered.attacks))
        case "errors":
            return float(sum(error.count for error in simulation.errors.view()))


_STATES: Final[dict[Figure, AgentState]] = {
    "alerts": AgentState.ALERT,
    "quarantined": AgentState.QUARANTINED,
    "stopped": AgentState.STOPPED,
}


def met(condition: Condition, run: Run) -> str:
    """The figure in words if the condition holds, else nothing."""
    value = figure(condition.figure, run)
    if not _RELATIONS[condition.relation](value, condition.value):
        return ""
    return f"{condition}: {condition.figure} is {value:,g}"
