"""How long an accepted signature counts: it decays, unless enough agents sight it again.

After Iklody, Wagener, Dulaunoy, Mokaddem, Wagner: Decaying Indicators of Compromise, 2018
(arXiv:1803.11052), as in MISP:

    worth(t) = base · (1 − (t / τ)^(1/δ))

with t the steps since the last sighting, τ the lifetime and δ the decay speed. The base is the
share of the weight that confirmed the signature; where the score falls to the cutoff, the
signature leaves the blocklist. Its verdict stays what it is.

A sighting renews a signature only if `consensus.min_confirmations` distinct agents that are not in
quarantine had matching flows within `signature.sighting_steps`: nobody keeps one alive alone. A
later acceptance of nearly the same pattern renews it as well.

What flags traffic of nearly all right after its acceptance is withdrawn; see
`sim.consensus.everywhere`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.memory import Memory
from sim.config.schema import Config, SignatureSection
from sim.consensus.everywhere import WATCHED
from sim.ledger.withdrawals import Withdrawal
from sim.numerics.arrays import Flags, Floats
from sim.signatures.signature_set import NEAR, SignatureSet

Ints = NDArray[np.int64]
_NEVER = -(10**9)
REMEMBERED = 24
"""Steps for which what was withdrawn is remembered: so long its like is not published again."""


def worth(base: float, age: int, settings: SignatureSection) -> float:
    """What an accepted signature is worth `age` steps after it was sighted last, 0..1."""
    if not settings.lifetime:
        return base
    if age >= settings.lifetime:
        return 0.0
    return float(base * (1.0 - (age / settings.lifetime) ** (1.0 / settings.decay_speed)))


class Lifetimes:
    """The age of the accepted signatures in a population of `agents`."""

    memory: ClassVar = Memory(without=("_agents",), values=(Withdrawal,))

    def __init__(self, agents: int) -> None:
        self.base: dict[int, float] = {}
        """Signature → share of the weight that confirmed it."""
        self.renewed: dict[int, int] = {}
        """Signature → step of its acceptance or of its last renewal."""
        self.sighters: dict[int, Ints] = {}
        """Signature → (A,) step in which each agent sighted it last, since its last renewal.

        Only of signatures that have been sighted by too few so far."""
        self.met: dict[int, Flags] = {}
        """Signature → (A,) who has sighted it, while it is new."""
        self.watched: dict[int, int] = {}
        """Signature → last step in which it is new."""
        self.withdrawn: dict[int, Withdrawal] = {}
        """Signature → when it was taken back, while that is not long ago."""
        self._agents = agents

    def accept(self, signature: int, base: float, step: int) -> None:
        """A signature has entered the blocklist."""
        self.base[signature] = base
        self.renewed[signature] = step
        self.met[signature] = np.zeros(self._agents, dtype=np.bool_)
        self.watched[signature] = step + WATCHED

    def withdraw(self, sightings: Ints, reputable: Flags, step: int, share: float) -> list[int]:
        """The new signatures that have flagged traffic of at least this share of the reputable.

        Args:
            sightings: (m, 2) id of the agent, id of the signature; of this step.
            reputable: (A,) whose sightings count.
            step: now.
            share: see `sim.consensus.everywhere.nearly_all`.
        """
        over = [s for s, last in self.watched.items() if step > last or s not in self.renewed]
        for signature in over:
            del self.watched[signature], self.met[signature]
        found = []
        for signature, met in self.met.items():
            met[sightings[sightings[:, 1] == signature, 0]] = True
            flagged, standing = int((met & reputable).sum()), int(reputable.sum())
            if flagged >= share * standing:
                self.withdrawn[signature] = Withdrawal(step, flagged / max(standing, 1))
                found.append(signature)
        return found

    def renew_like(self, centres: Iterable[Floats], blocklist: SignatureSet, step: int) -> None:
        """Renew what is on the blocklist already and has been accepted once more."""
        for centre in centres:
            near = (np.abs(blocklist.centres - centre) <= NEAR).all(axis=1)
            self._renew([blocklist.ids[i] for i in np.flatnonzero(near)], step)

    def sight(self, sightings: Ints, reputable: Flags, step: int, config: Config) -> None:
        """Take in who had flows that match accepted signatures in this step.

        Args:
            sightings: (m, 2) id of the agent, id of the signature.
            reputable: (A,) whose sightings count.
            step: now.
            config: read at the moment of use.
        """
        for signature in np.unique(sightings[:, 1]).tolist():
            if signature not in self.renewed:
                continue
            seen = self.sighters.setdefault(
                signature, np.full(self._agents, _NEVER, dtype=np.int64)
            )
            seen[sightings[sightings[:, 1] == signature, 0]] = step
            recent = reputable & (step - seen <= config.signature.sighting_steps)
            if int(recent.sum()) >= config.consensus.min_confirmations:
                self._renew([signature], step)

    def alive(self, blocklist: SignatureSet, step: int, settings: SignatureSection) -> SignatureSet:
        """What still counts of a blocklist; what has left it is forgotten."""
        self.withdrawn = {
            signature: gone
            for signature, gone in self.withdrawn.items()
            if step - gone.step < REMEMBERED
        }
        kept = [
            place
            for place, signature in enumerate(blocklist.ids)
            if signature not in self.withdrawn
            and (not settings.lifetime or self.worth(signature, step, settings) > settings.cutoff)
        ]
        left = blocklist if len(kept) == len(blocklist) else blocklist.chosen(kept)
        self._forget_others(left.ids)
        return left

    def worth(self, signature: int, step: int, settings: SignatureSection) -> float:
        """What a signature is worth now; 0 where it is not on the blocklist."""
        if signature not in self.renewed:
            return 0.0
        return worth(self.base[signature], step - self.renewed[signature], settings)

    def _renew(self, signatures: Iterable[int], step: int) -> None:
        for signature in signatures:
            self.renewed[signature] = step
            self.sighters.pop(signature, None)

    def _forget_others(self, signatures: tuple[int, ...]) -> None:
        if len(signatures) == len(self.renewed):
            return
        for gone in self.renewed.keys() - set(signatures):
            del self.base[gone], self.renewed[gone]
            self.sighters.pop(gone, None)
