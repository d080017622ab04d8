"""A behaviour: refutes whatever it has an opinion on."""

from __future__ import annotations

import numpy as np

from sim.consensus.votes import Codes, Reason
from sim.ledger.ballots import Vote
from sim.numerics.arrays import Flags
from sim.steering.behaviours import Behaviour


class Naysay(Behaviour):
    """Publishes honestly, and says no to everybody else."""

    meaning = "refute everything"

    def bend(self, votes: Codes, reasons: Codes, alike: Flags) -> tuple[Codes, Codes]:
        confirms = votes == Vote.CONFIRM
        return (
            np.where(confirms, np.uint8(Vote.REFUTE), votes),
            np.where(confirms, np.uint8(Reason.NORMAL), reasons),
        )


NAYSAY = Naysay()
