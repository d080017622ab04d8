"""Ballots: the votes of many agents on one signature, packed 8 bytes each."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.errors import LedgerConstraintError, LedgerCorruptError

BALLOT: Final = np.dtype([("voter", "<u4"), ("vote", "u1"), ("reason", "u1"), ("weight", "<u2")])
"""One ballot: id of the voter, a `Vote`, a reason code, weight * 65535.

From schema version 2 on, the four high bits of the vote are a code of the radius within which the
voter found the signature harmless: 0 for none measured, 1 for no such radius, then the places of
the radii that can be measured.
"""
RADIUS_BITS: Final = 4
MOST_CODE: Final = 15

WEIGHT_UNIT: Final = 65535
"""A ballot of weight 1.0."""

Ballots: TypeAlias = NDArray[np.void]
"""Structured array of dtype `BALLOT`, shape (V,)."""


class Vote(IntEnum):
    """What an agent says about a signature."""

    CONFIRM = 1
    REFUTE = 2
    ABSTAIN = 3


def _column(name: str, values: ArrayLike, low: int, high: int) -> NDArray[Any]:
    array = np.atleast_1d(np.asarray(values))
    if array.size and array.dtype.kind not in "iu":
        raise LedgerConstraintError(f"ballots: {name} has type {array.dtype}, expected integers")
    if array.size and (array.min() < low or array.max() > high):
        raise LedgerConstraintError(f"ballots: {name} is outside {low} to {high}")
    return array


def pack_ballots(
    voters: ArrayLike,
    votes: ArrayLike,
    reasons: ArrayLike,
    weights: ArrayLike,
    radii: ArrayLike | None = None,
) -> bytes:
    """Packs ballots into the bytes that a tally keeps.

    Args:
        voters: Agent ids, shape (V,), 0 to 2**32 - 1.
        votes: `Vote` values, shape (V,).
        reasons: Reason codes, shape (V,), 0 to 255.
        weights: Weights, shape (V,), 0 to 1; kept to a precision of 1/65535.
        radii: Codes of radii, shape (V,), 0 to 15; None is 0 for all.

    Returns:
        8 * V bytes, in the order given.

    Raises:
        LedgerConstraintError: A value is out of its range, or the lengths differ.
    """
    heavy = np.atleast_1d(np.asarray(weights, dtype=np.float64))
    # float32 trust may exceed one by a rounding error; NaN fails both comparisons.
    if heavy.size and not (heavy.min() >= 0.0 and heavy.max() <= 1.0 + 1e-6):
        raise LedgerConstraintError("ballots: weight is outside 0 to 1")
    columns = {
        "voter": _column("voter", voters, 0, 2**32 - 1),
        "vote": _column("vote", votes, min(Vote), max(Vote)),
        "reason": _column("reason", reasons, 0, 255),
        "weight": np.rint(np.minimum(heavy, 1.0) * WEIGHT_UNIT),
    }
    if radii is not None:
        codes = _column("radius", radii, 0, MOST_CODE).astype(np.uint8)
        columns["vote"] = columns["vote"].astype(np.uint8) | codes << np.uint8(RADIUS_BITS)
    if len({column.shape for column in columns.values()}) != 1:
        raise LedgerConstraintError("ballots: voters, votes, reasons and weights differ in length")
    packed = np.empty(heavy.shape, dtype=BALLOT)
    for name, column in columns.items():
        packed[name] = column
    return packed.tobytes()


def unpack_ballots(data: bytes) -> Ballots:
    """Unpacks the ballots of a tally, without their radii.

    Returns:
        Structured array of dtype `BALLOT`, shape (V,).

    Raises:
        LedgerCorruptError: The length is no multiple of 8 bytes.
    """
    if len(data) % BALLOT.itemsize:
        raise LedgerCorruptError(f"ballots: {len(data)} bytes, expected a multiple of 8")
    ballots = np.frombuffer(data, dtype=BALLOT).copy()
    ballots["vote"] &= (1 << RADIUS_BITS) - 1
    return ballots


def unpack_radii(data: bytes) -> NDArray[np.uint8]:
    """The codes of the radii of a tally's ballots, shape (V,)."""
    votes = np.frombuffer(data[: len(data) // BALLOT.itemsize * BALLOT.itemsize], dtype=BALLOT)
    radii: NDArray[np.uint8] = votes["vote"] >> np.uint8(RADIUS_BITS)
    return radii


def lower_quartile(data: bytes) -> int:
    """The code of the radius that the ballots of a poll agree on; 0 where nobody measured one.

    A quarter of those who weigh something, measured a radius and did not refute say it is smaller
    or equal: the careful ones decide, but not the most careful alone.
    """
    ballots, radii = unpack_ballots(data), unpack_radii(data)
    counted = (ballots["weight"] > 0) & (ballots["vote"] != Vote.REFUTE) & (radii > 0)
    codes = np.sort(radii[counted])
    return int(codes[(len(codes) - 1) // 4]) if len(codes) else 0


def count_ballots(ballots: Ballots) -> tuple[float, float, int]:
    """Recomputes a tally: weight of CONFIRM, weight of REFUTE, number of ABSTAIN."""
    votes, weights = ballots["vote"], ballots["weight"]
    confirm = int(weights[votes == Vote.CONFIRM].sum(dtype=np.int64)) / WEIGHT_UNIT
    refute = int(weights[votes == Vote.REFUTE].sum(dtype=np.int64)) / WEIGHT_UNIT
    return confirm, refute, int(np.count_nonzero(votes == Vote.ABSTAIN))


def tolerance(ballots: int) -> float:
    """How far a recomputed weight may be off: 1e-3, and the rounding of each ballot."""
    return 1e-3 + 0.5 * ballots / WEIGHT_UNIT
