"""A command on its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sim.commands.commands import Command

VIEWER_BITS: Final = 32
"""Viewer `n` counts its tickets from `n << VIEWER_BITS`, so that no two viewers share one."""


@dataclass(frozen=True, slots=True)
class Order:
    """A command on its way, from whoever gives it until it is journaled."""

    command: Command
    source: str = "live"
    """`live`, `scenario`, or what a journal says."""
    ticket: int = 0
    """Under which its giver waits for an answer, > 0; 0 where nobody does: what a scenario gives
    and what a replay repeats is recorded in any case."""
    giver: str = ""
    """Who gave it, where that is known."""

    @property
    def viewer(self) -> int:
        """Number of the viewer that gave it."""
        return self.ticket >> VIEWER_BITS
