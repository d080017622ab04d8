"""How far each agent lets accepted signatures flag its own traffic.

Votes say how far a signature reaches without harm to those who voted; the owner of the traffic has
the last word: it measures its own harmless radius, again every `EVERY` steps, and applies the
signature within the smaller of both. Who has too little settled traffic to measure anything relies
on the others, within `signature.radius` at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.expect import shaped
from sim.checkpoint.memory import Memory
from sim.numerics.arrays import Flags, Floats
from sim.signatures.signature_set import SignatureSet

Ints = NDArray[np.int64]
EVERY = 8
"""Steps between two measurements of one agent; agents take turns."""


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """How far signatures reach at `n` agents."""

    signatures: tuple[int, ...]
    """S ids."""
    radii: Floats
    """(n, S) largest relative distances; 0 does not use a signature. Below 0
    is what is used until it can be measured, NaN what nobody has looked at."""


class Reach:
    """The limits of `n` agents for the signatures of the blocklist.

    Args:
        ids: (n,) of the agents.
    """

    memory: ClassVar = Memory(without=("_ids",), values=(Limits,))

    def __init__(self, ids: Ints) -> None:
        self._ids = ids
        self._limits = Limits((), np.zeros((len(ids), 0), dtype=np.float32))

    def check_memory(self) -> None:
        """Refuse limits of others.

        Raises:
            CheckpointError: they are not one for each agent and signature.
        """
        shape = (len(self._ids), len(self._limits.signatures))
        shaped("how far signatures reach", self._limits.radii, shape)

    def follow(self, accepted: SignatureSet) -> Flags:
        """Stand by another blocklist; returns (S,) which signatures are new."""
        if accepted.ids == self._limits.signatures:
            return np.zeros(len(accepted), dtype=np.bool_)
        place = {signature: i for i, signature in enumerate(self._limits.signatures)}
        kept = np.array([place.get(s, -1) for s in accepted.ids], dtype=np.int64)
        padded = np.pad(self._limits.radii, ((0, 0), (0, 1)), constant_values=np.nan)
        self._limits = Limits(accepted.ids, np.ascontiguousarray(padded[:, kept]))
        return kept < 0

    def of(self, rows: Ints, signatures: SignatureSet) -> Floats:
        """(k, S) the limits of these agents for signatures; 0 for those not on the blocklist."""
        if signatures.ids == self._limits.signatures:
            return np.abs(self._limits.radii[rows])
        place = {signature: i for i, signature in enumerate(self._limits.signatures)}
        columns = np.array([place.get(s, -1) for s in signatures.ids], dtype=np.int64)
        padded = np.pad(self._limits.radii, ((0, 0), (0, 1)))
        return np.abs(padded[np.ix_(rows, columns)])

    def due(self, rows: Ints, step: int) -> Ints:
        """Those of the rows whose turn it is to measure again."""
        due: Ints = rows[(self._ids[rows] + step) % EVERY == 0]
        return due

    def unsure(self, rows: Ints) -> Flags:
        """(k,) who of the rows could not measure the radius of some signature."""
        known = self._limits.radii[rows] >= 0
        unsure: Flags = ~np.all(known, axis=1)
        return unsure

    def set(self, rows: Ints, which: Flags, accepted: SignatureSet, own: Floats) -> None:
        """Let (k, S') radii be the agents' limits, as far as votes agreed.

        Who has measured none goes by the one given, which is below 0, until it can.
        """
        some = np.flatnonzero(which)
        agreed = np.array(accepted.radii, dtype=np.float32)[some]
        place = np.ix_(rows, some)
        before, limits = self._limits.radii[place], np.minimum(np.abs(own), agreed)
        # Whose memory an attack fills cannot measure any more, and stands by what it measured.
        stands = (own < 0) & (before > 0)
        self._limits.radii[place] = np.where(stands, before, np.copysign(limits, own))
