"""Injected faults as steering knows them: whom they strike and until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from sim.commands import EnvironmentFault, Targets

ENVIRONMENT: Final[frozenset[str]] = frozenset(get_args(EnvironmentFault))
ATTEMPTS: Final = frozenset({"ledger_locked", "disk_full"})
"""Faults whose duration counts attempts to write instead of steps."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One injected fault under way."""

    id: int
    kind: str
    since: int
    until: int
    targets: Targets | None
    """Whom it strikes; None for what strikes no agents, see `sim.resources.environment_faults`."""
    duration: int


def until_of(kind: str, since: int, duration: int) -> int:
    """The step before which a fault is over, as far as steps can tell."""
    once = kind in ATTEMPTS or kind in ("corrupt_page", "worker_lost")
    return since + 1 if once else since + duration
