"""What a person has changed, and what of it is under way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.commands import Order, kind_of


@dataclass(frozen=True, slots=True, eq=False)
class AttackView:
    """An attack under way."""

    id: int
    kind: str
    intensity: float
    since: int
    until: int
    reached: int
    """Agents that it reaches now."""
    reaches: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """(A,) which ones: ground truth, agents never see it."""


@dataclass(frozen=True, slots=True, eq=False)
class FaultView:
    """An injected fault under way."""

    kind: str
    since: int
    until: int
    text: str


Fate = Literal["applied", "rejected", "unchanged", "withdrawn"]
"""What became of an order. `unchanged`: it asked for what was so already."""


@dataclass(frozen=True, slots=True, eq=False)
class JournalEntry:
    """A steering command with what became of it."""

    seq: int
    """Row of the ledger; -1 for what never reached it."""
    step: int
    order: Order
    text: str
    """The command in a few words for people."""
    old: str
    """What it replaced, JSON."""
    new: str
    """What holds since, JSON."""
    fate: Fate
    reason: str = ""
    """Why it was not applied, or empty."""

    @property
    def kind(self) -> str:
        """Name of the command, as in scenarios and journals."""
        return kind_of(self.order.command)

    @property
    def applied(self) -> bool:
        """Whether it changed something."""
        return self.fate == "applied"

    @property
    def source(self) -> str:
        """`live`, `scenario` or `replay`."""
        return self.order.source

    @property
    def ticket(self) -> int:
        """As `submit` returned it; 0 for commands that nobody gave live."""
        return self.order.ticket


@dataclass(frozen=True, slots=True)
class UndoStep:
    """What the next undo, or redo, is about."""

    title: str
    key: str = ""
    """The parameter that it is about, if it is about one."""
    ticket: int = 0
    """> 0 for a command that still waits: `Withdraw` it."""
