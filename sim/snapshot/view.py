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
    knob: str = ""
    """The parameter that is being turned, if one is."""
    value: float = 0.0
    """What it may be turned to."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What another value of a parameter would have done in the last step."""

    key: str
    value: float
    then: int
    """Flows flagged, agents in alert, or polls accepted, with this value."""
    now: int
    """The same with the value in force."""
    total: int
    """Out of so many."""


PREVIEWED = ("detection.threshold", "signature.min_score", "consensus.quorum")
"""Parameters that can be previewed."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What one viewer inspects, as it asked by `Inspect`; nobody else sees it."""

    agent: AgentDetail | None = None
    signature: SignatureDetail | None = None
    preview: Preview | None = None
