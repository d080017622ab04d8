"""How many liars the rule tolerates at the moment, from what the simulation knows."""

from __future__ import annotations

import numpy as np

from sim.consensus.margin import margin_of
from sim.consensus.votes import NO_VOTE
from sim.model.model import Population
from sim.numerics.arrays import Flags
from sim.snapshot import Margin


def margin_view(simulation: Population) -> Margin:
    """The margin after the last step."""
    bad = np.asarray(simulation.steered.behaviour_in(simulation.now) > 0, dtype=np.bool_)
    held = simulation.assembly.reputation.quarantined(simulation.config.trust)
    return margin_of(
        simulation.config.consensus,
        agents=simulation.population,
        adversaries=int(bad.sum()),
        quarantined=int((bad & held).sum()),
        honest_quarantined=int((~bad & held).sum()),
        turnout=_turnout(simulation, ~bad),
    )


def _turnout(simulation: Population, honest: Flags) -> float | None:
    """Share of the honest agents asked that confirmed or refuted, in the latest verdicts."""
    asked = voted = 0
    for decided in simulation.assembly.decided:
        members = decided.poll.members[honest[decided.poll.members]]
        asked += len(members)
        voted += int(np.count_nonzero(decided.poll.cast[members] != NO_VOTE))
    return voted / asked if asked else None
