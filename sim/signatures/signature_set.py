"""Signatures as arrays: those under vote, and the blocklist of accepted ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.expect import shaped
from sim.errors import CheckpointError
from sim.numerics.arrays import Flags, Floats
from sim.signatures.signature import GRAIN

NEAR = np.float32(2.0 / GRAIN)
"""Centres whose features all differ by at most this much (two published grains) are one pattern
for the blocklist: far less than what `signature.radius` lets match."""


@dataclass(frozen=True, slots=True, eq=False)
class SignatureSet:
    """Signatures as arrays, in the order of their ids."""

    ids: tuple[int, ...] = ()
    contents: tuple[bytes, ...] = ()
    """Fingerprints."""
    centres: Floats = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    """(S, D)."""
    steps: tuple[int, ...] = ()
    """Of their publication; 0 where nobody said."""
    radii: tuple[float, ...] = ()
    """How far they reach by their verdict; 0 where there is none, or it says nothing."""
    asked: Flags | None = None
    """(S, A) who is asked about which; None is everyone about all."""

    def __post_init__(self) -> None:
        for name, nothing in (("steps", 0), ("radii", 0.0)):
            if len(getattr(self, name)) < len(self.ids):
                object.__setattr__(self, name, (nothing,) * len(self.ids))

    def __len__(self) -> int:
        return len(self.ids)

    def check_memory(self, agents: int, features: int) -> None:
        """Refuse what is not of this population and these flows.

        Raises:
            CheckpointError: an array does not have the size that it must have.
        """
        shaped("the centres of the signatures", self.centres, (len(self.ids), features))
        for name in ("contents", "steps", "radii"):
            if len(getattr(self, name)) != len(self.ids):
                raise CheckpointError(f"signatures have {name} of others")
        if self.asked is not None:
            shaped("who is asked", self.asked, (len(self.ids), agents))

    def asked_of(self, agents: NDArray[np.int64]) -> Flags:
        """(k, S) which signatures these agents are asked about."""
        if self.asked is None:
            return np.ones((len(agents), len(self)), dtype=np.bool_)
        return np.ascontiguousarray(self.asked[:, agents].T)

    def joined(self, later: SignatureSet) -> SignatureSet:
        """These and the later ones."""
        return SignatureSet(
            ids=self.ids + later.ids,
            contents=self.contents + later.contents,
            centres=np.concatenate([self.centres, later.centres]),
            steps=self.steps + later.steps,
            radii=self.radii + later.radii,
        )

    def new_in(self, later: SignatureSet) -> SignatureSet:
        """Those of the `later` ones that are near neither to these nor to one before them."""
        kept: list[int] = []
        for i, centre in enumerate(later.centres):
            seen = np.concatenate([self.centres, later.centres[kept]])
            if not (np.abs(seen - centre) <= NEAR).all(axis=1).any():
                kept.append(i)
        return later.chosen(kept)

    def last(self, limit: int) -> SignatureSet:
        """The last `limit` of these."""
        return self if len(self) <= limit else self.chosen(range(len(self) - limit, len(self)))

    def chosen(self, places: Sequence[int]) -> SignatureSet:
        """Those at these places, in this order."""
        return SignatureSet(
            ids=tuple(self.ids[i] for i in places),
            contents=tuple(self.contents[i] for i in places),
            centres=self.centres[list(places)],
            steps=tuple(self.steps[i] for i in places),
            radii=tuple(self.radii[i] for i in places),
        )


def known(entries: Sequence[tuple[int, bytes, Floats]], features: int) -> SignatureSet:
    """Pack (id, fingerprint, centre) entries."""
    if not entries:
        return SignatureSet(centres=np.zeros((0, features), dtype=np.float32))
    return SignatureSet(
        ids=tuple(e[0] for e in entries),
        contents=tuple(e[1] for e in entries),
        centres=np.ascontiguousarray(np.stack([e[2] for e in entries])),
    )
