"""Commands in words."""

from __future__ import annotations

from sim.commands.commands import (
    Command,
    InjectAttack,
    InjectFault,
    SetAdversaries,
    SetParameter,
    StopAttack,
    Targets,
)
from sim.commands.payload import kind_of


def describe(command: Command) -> str:
    """A command in a few words for people."""
    match command:
        case SetParameter(key, value):
            return f"{key} → {value}"
        case InjectAttack(kind, _, duration, targets):
            return f"attack {kind} for {duration} steps on {_whom(targets)}"
        case StopAttack(attack):
            return f"end attack {attack}"
        case SetAdversaries(behaviour, targets):
            return f"{behaviour}: {_whom(targets)}"
        case InjectFault(kind, targets, duration):
            whom = f" steps on {_whom(targets)}" if targets else ""
            return f"fault {kind} for {duration}{whom}"
        case _:
            return kind_of(command)


def _whom(targets: Targets) -> str:
    if targets.fraction is not None:
        return f"{targets.fraction:.0%} of the agents"
    if targets.centre is not None:
        return f"the region around {targets.centre[0]},{targets.centre[1]}"
    return f"{len(targets.agents)} named agents"
