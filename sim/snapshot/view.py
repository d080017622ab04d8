"""What one viewer looks at."""

from __future__ import annotations

from dataclasses import dataclass

from sim.snapshot.population import AgentDetail
from sim.snapshot.votes import SignatureDetail


@dataclass(frozen=True, slots=True)
class Focus:
    """What a viewer asked to inspect."""

    agent: int | None = None
    signature: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What one viewer inspects, as it asked by `Inspect`; nobody else sees it."""

    agent: AgentDetail | None = None
    signature: SignatureDetail | None = None
