"""Signatures as arrays: those under vote, and the blocklist of accepted ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.signatures.deviation import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Signatures as arrays, in the order of their ids."""

    ids: tuple[int, ...] = ()
    contents: tuple[bytes, ...] = ()
    """Fingerprints."""
    centres: Floats = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    """(S, D)."""

    def __len__(self) -> int:
        return len(self.ids)

    def joined(self, later: Known, limit: int) -> Known:
        """These and the later ones, at most the last `limit`."""
        return Known(
            ids=self.ids + later.ids,
            contents=self.contents + later.contents,
            centres=np.concatenate([self.centres, later.centres]),
        ).last(limit)

    def last(self, limit: int) -> Known:
        """The last `limit` of these."""
        if len(self) <= limit:
            return self
        return Known(self.ids[-limit:], self.contents[-limit:], self.centres[-limit:])


def known(entries: Sequence[tuple[int, bytes, Floats]], features: int) -> Known:
    """Pack (id, fingerprint, centre) entries."""
    if not entries:
        return Known(centres=np.zeros((0, features), dtype=np.float32))
    return Known(
        ids=tuple(e[0] for e in entries),
        contents=tuple(e[1] for e in entries),
        centres=np.ascontiguousarray(np.stack([e[2] for e in entries])),
    )
