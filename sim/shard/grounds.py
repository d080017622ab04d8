"""What agents go by when they publish, vote, and let signatures flag their traffic.

`signature.evidence` chooses: `BurstGrounds` go by what was seen when, `BatchGrounds` by the flows
of one step. Both only compute on what their shard remembers; they hold no memory of their own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from sim.consensus.votes import NO_VOTE, Codes, Reason
from sim.numerics.arrays import Flags, Floats
from sim.shard.judging import Judging
from sim.shard.models import Models, within
from sim.shard.orders import Orders
from sim.shard.step import Step
from sim.signatures.grouping import Groups
from sim.signatures.signature_set import SignatureSet

Ints = NDArray[np.int64]
Publishable = tuple[Groups, NDArray[np.int16], Flags]
"""Groups of anomalous flows of `k` agents, (k, P) ground truth of these flows, and (k, G) which of
the groups are to be published."""


class Grounds(ABC):
    """The grounds of the agents of one shard.

    Args:
        models: the agents' models.
        judging: how anomalous signatures are under these.
    """

    orders: Orders
    """Of the step under way."""

    def __init__(self, models: Models, judging: Judging) -> None:
        self.models, self.judging = models, judging

    # -- in which they differ ------------------------------------------------------------------

    @abstractmethod
    def remember(self, rows: Ints, step: Step) -> None:
        """Keep what the batches of these agents are evidence of, once they are scored."""

    def wait(self, rows: Ints, step: Step) -> None:  # noqa: B027 - most keep nothing
        """Keep what these agents observe that have no model to score it with."""

    @abstractmethod
    def publishable(
        self, rows: Ints, step: Step, pending: SignatureSet, accepted: SignatureSet
    ) -> Publishable:
        """What these agents have to publish."""

    @abstractmethod
    def votes(
        self, rows: Ints, pending: SignatureSet, asked: Flags, scores: Floats
    ) -> tuple[Codes, Codes, Codes]:
        """What honest agents say about pending signatures.

        Args:
            rows: (k,) agents.
            pending: S signatures.
            asked: (k, S) who is asked about which.
            scores: (k, S) of the signatures under the agents' models; NaN without a model.

        Returns:
            (k, S) votes, (k, S) reasons, and (k, S) codes of the radii within which the signatures
            are harmless, all 0 where nobody measures any.
        """

    @abstractmethod
    def bend(self, voted: Codes, judged: Codes, reach: Codes) -> None:
        """Let adversaries bend the radii of their ballots as they have bent their votes."""

    @abstractmethod
    def usable(self, rows: Ints, signatures: SignatureSet) -> Floats:
        """(k, S) radius within which each agent lets signatures flag its traffic; 0 is not."""

    @abstractmethod
    def limits(self, rows: Ints, signatures: SignatureSet) -> Floats:
        """(k, S) radius within which a flow that is flagged is a sighting of a signature."""

    @abstractmethod
    def accept(self, rows: Ints, blocklist: SignatureSet) -> None:
        """The blocklist has changed."""

    def withdraw(self, rows: Ints, gone: SignatureSet) -> None:  # noqa: B027 - most mark nothing
        """These signatures leave the blocklist because they were none of attacks."""

    @abstractmethod
    def fitted(self, rows: Ints) -> None:
        """These agents have new models."""

    @abstractmethod
    def due(self, rows: Ints, step: Step) -> Ints:
        """Those of these agents whose turn it is to think again about what flags their traffic."""

    @abstractmethod
    def reconsider(self, rows: Ints, accepted: SignatureSet) -> None:
        """Let these agents think again about what flags their traffic."""

    # -- in which they do not ------------------------------------------------------------------

    def matching(self, rows: Ints, flows: Floats, wanted: Flags, signatures: SignatureSet) -> Flags:
        """(k, P) which flows (k, P, D) match a signature that the agent lets flag its traffic."""
        if not len(signatures) or not len(rows):
            return np.zeros(flows.shape[:2], dtype=np.bool_)
        limits = self.usable(rows, signatures)
        settings = self.orders.config.signature
        return self.models.flagged(rows, flows, wanted, signatures, limits, settings)

    def described(
        self, rows: Ints, groups: Groups, pending: SignatureSet, accepted: SignatureSet
    ) -> Flags:
        """(k, G) groups that a pending or accepted signature describes already."""
        both = pending.joined(accepted)
        settings = self.orders.config.signature
        wanted = groups.size >= settings.min_flows
        limits = within(both.asked_of(rows), settings.radius)
        return self.models.flagged(rows, groups.centre, wanted, both, limits, settings)


def no_votes(shape: tuple[int, ...]) -> tuple[Codes, Codes]:
    """Votes and reasons of those who are not asked."""
    return np.full(shape, NO_VOTE, dtype=np.uint8), np.full(shape, Reason.NONE, dtype=np.uint8)
