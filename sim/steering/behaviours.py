"""What an agent does instead of being honest. A behaviour owns what its agents publish and vote.

The truth of a signature goes by its content: a poisoner whose model has learned an attack takes its
flows for normal, and what it publishes then is an attack.
"""

from __future__ import annotations

from typing import ClassVar, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.consensus.votes import Codes, Reason
from sim.ledger.ballots import Vote
from sim.numerics.arrays import Flags
from sim.plugins.catalogue import BEHAVIOURS

Floats64 = NDArray[np.float64]
Ints = NDArray[np.int64]
Draft = TypeVar("Draft")

POISON_SHARE = 0.25
"""Share of the steps in which a poisoner publishes."""
BIAS = 3.0
"""How far a lender that lies shifts its scale, in spreads."""


class Desk(Protocol[Draft]):
    """Where the agents of a shard draft signatures."""

    @property
    def ids(self) -> Ints:
        """(n,) ids of the agents by row."""

    def draws(self, ids: Ints, count: int) -> Floats64:
        """(k, count) uniform numbers of this step, keyed by agent: the only chance there is."""

    def able(self, ids: Ints) -> Ints:
        """Those of `ids` that have not stopped."""

    def odd(self, row: int) -> Draft:
        """The oddest flows that the agent in `row` has just observed, anomalous or not."""

    def normal(self, row: int, draw: float) -> Draft:
        """One of its more normal flows, chosen by `draw`, dressed up as an attack."""

    def under(self, name: int, draft: Draft) -> Draft:
        """The same, published under the id `name`."""


class Behaviour:
    """Honest in everything that is not overridden."""

    meaning: ClassVar[str] = ""
    """A few words for a dialog."""
    publishes_findings: ClassVar[bool] = True
    """Whether its agents publish what they find."""
    votes: ClassVar[bool] = True
    """Whether they vote, and lend trees; who does not is silent."""
    turns: ClassVar[bool] = False
    """Whether they are honest for `adversary.betray_after` steps."""

    def publish(self, desk: Desk[Draft], rows: Ints, alike: Ints) -> list[Draft]:
        """What agents publish besides what they find.

        Args:
            desk: drafts signatures.
            rows: (k,) who of the shard behaves like this, and has a model and traffic.
            alike: (m,) ids of all agents that behave like this, lowest first.
        """
        return []

    def bend(self, votes: Codes, reasons: Codes, alike: Flags) -> tuple[Codes, Codes]:
        """What voters say instead of what they think.

        Args:
            votes: (k, S) honest votes.
            reasons: (k, S) honest reasons.
            alike: (S,) which signatures come from agents that behave like this.
        """
        return votes, reasons

    def tell(self, median: Floats64, spread: Floats64) -> tuple[Floats64, Floats64]:
        """(k,) median and spread of its own traffic, as told to those it lends trees to."""
        return median, spread


def _opposite(votes: Codes, reasons: Codes) -> tuple[Codes, Codes]:
    votes, reasons = votes.copy(), reasons.copy()
    confirm, refute = votes == Vote.CONFIRM, votes == Vote.REFUTE
    votes[confirm], reasons[confirm] = Vote.REFUTE, Reason.NORMAL
    votes[refute], reasons[refute] = Vote.CONFIRM, Reason.SEEN
    return votes, reasons


def _confirming(votes: Codes, reasons: Codes, alike: Flags) -> tuple[Codes, Codes]:
    helped = np.broadcast_to(alike[None, :], votes.shape)
    return np.where(helped, np.uint8(Vote.CONFIRM), votes), np.where(
        helped, np.uint8(Reason.SEEN), reasons
    )


def _poison(desk: Desk[Draft], rows: Ints) -> list[Draft]:
    draw = desk.draws(desk.ids[rows], 2)
    return [
        desk.normal(int(rows[p]), float(draw[p, 1]))
        for p in np.flatnonzero(draw[:, 0] < POISON_SHARE)
    ]


class Honest(Behaviour):
    """Nothing else than what the protocol asks for."""

    meaning = "behave again"


class FlipVotes(Behaviour):
    """Says the opposite of what it thinks."""

    meaning = "vote the opposite"

    def bend(self, votes: Codes, reasons: Codes, alike: Flags) -> tuple[Codes, Codes]:
        """The opposite."""
        return _opposite(votes, reasons)

    def tell(self, median: Floats64, spread: Floats64) -> tuple[Floats64, Floats64]:
        """Normal and anomalous turned round."""
        return median, -spread


class Spam(Behaviour):
    """Publishes its oddest flows in every step, anomalous or not."""

    meaning = "publish false alarms"

    def publish(self, desk: Desk[Draft], rows: Ints, alike: Ints) -> list[Draft]:
        """A false alarm each."""
        return [desk.odd(int(row)) for row in rows]

    def tell(self, median: Floats64, spread: Floats64) -> tuple[Floats64, Floats64]:
        """Everything is anomalous."""
        return median - BIAS * spread, spread


class Poison(Behaviour):
    """Publishes patterns from the middle of its normal traffic as attacks."""

    meaning = "publish benign patterns"

    def publish(self, desk: Desk[Draft], rows: Ints, alike: Ints) -> list[Draft]:
        """Poison in some steps."""
        return _poison(desk, rows)

    def tell(self, median: Floats64, spread: Floats64) -> tuple[Floats64, Floats64]:
        """Nothing is anomalous."""
        return median + BIAS * spread, spread


class Collude(Poison):
    """Poisons like `Poison`, and confirms what colluders publish."""

    meaning = "confirm each other"

    def bend(self, votes: Codes, reasons: Codes, alike: Flags) -> tuple[Codes, Codes]:
        """Help for the like."""
        return _confirming(votes, reasons, alike)


class Silent(Behaviour):
    """Neither publishes nor votes."""

    meaning = "neither publish nor vote"
    publishes_findings = False
    votes = False


class Betray(FlipVotes):
    """Honest at first; then it poisons, and says the opposite of what it thinks."""

    meaning = "honest, then turn"
    turns = True

    def publish(self, desk: Desk[Draft], rows: Ints, alike: Ints) -> list[Draft]:
        """Poison in some steps."""
        return _poison(desk, rows)


class Sybil(Behaviour):
    """One controller under many ids: that of the agent with the lowest one.

    A name publishes nothing that it found itself, and votes honestly on what is not the
    controller's, which is how it earns trust.
    """

    meaning = "one under several ids"
    publishes_findings = False

    def publish(self, desk: Desk[Draft], rows: Ints, alike: Ints) -> list[Draft]:
        """What the controller finds in its normal traffic, under all its names."""
        controller = rows[desk.ids[rows] == alike[0]]
        if not len(controller):
            return []
        names = desk.able(alike)
        draw = desk.draws(names, 2)
        return [
            desk.under(int(names[p]), desk.normal(int(controller[0]), float(draw[p, 1])))
            for p in np.flatnonzero(draw[:, 0] < POISON_SHARE)
        ]

    def bend(self, votes: Codes, reasons: Codes, alike: Flags) -> tuple[Codes, Codes]:
        """Help for what the controller publishes."""
        return _confirming(votes, reasons, alike)


HONEST = Honest()
FLIP_VOTES = FlipVotes()
SPAM = Spam()
POISON = Poison()
COLLUDE = Collude()
SILENT = Silent()
BETRAY = Betray()
SYBIL = Sybil()


def behaviour_named(name: str) -> Behaviour:
    """The behaviour of this name.

    Raises:
        PluginError: there is none, or the plug-in that offers it is broken.
    """
    return BEHAVIOURS.get(name, Behaviour)
