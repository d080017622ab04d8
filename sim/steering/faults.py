"""Injected faults as steering knows them: whom they strike and until when."""

from __future__ import annotations

from dataclasses import dataclass

from sim.commands import FAULTS, FaultKind, Targets


@dataclass(frozen=True, slots=True)
class Fault:
    """One injected fault under way."""

    id: int
    kind: FaultKind
    since: int
    until: int
    targets: Targets | None
    """Whom it strikes; None for what strikes no agents, see `sim.resources.environment_faults`."""
    duration: int


def until_of(kind: FaultKind, since: int, duration: int) -> int:
    """The step before which a fault is over, as far as steps can tell."""
    return since + duration if FAULTS[kind].lasts == "steps" else since + 1
