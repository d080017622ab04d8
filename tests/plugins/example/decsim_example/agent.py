"""An agent class: observes, detects, publishes and learns, but never votes."""

from __future__ import annotations

from sim.model.agents import AnomalyAgent, ValidationResult


class Abstainer(AnomalyAgent):
    """Leaves judging to the others."""

    def poll_and_validate(self) -> tuple[ValidationResult, ...]:
        return ()
