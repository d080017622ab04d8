"""Ballots in 8 bytes each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import LedgerConstraintError, LedgerCorruptError
from sim.ledger.ballots import count_ballots, pack_ballots, tolerance, unpack_ballots

BALLOTS = st.lists(
    st.tuples(
        st.integers(0, 2**32 - 1),
        st.integers(1, 3),
        st.integers(0, 255),
        st.floats(0.0, 1.0),
    ),
    max_size=50,
)


def test_layout_is_as_documented() -> None:
    assert pack_ballots([0x01020304], [2], [9], [1.0]) == b"\4\3\2\1\2\x09\xff\xff"


@settings(deadline=None)
@given(BALLOTS)
def test_round_trip(ballots: list[tuple[int, int, int, float]]) -> None:
    columns = [np.array([ballot[i] for ballot in ballots]) for i in range(4)]
    if not ballots:
        columns = [np.empty(0, dtype) for dtype in ("u4", "u1", "u1", "f4")]
    data = pack_ballots(*columns)
    assert len(data) == 8 * len(ballots)
    back = unpack_ballots(data)
    for name, column in zip(("voter", "vote", "reason"), columns, strict=False):
        assert back[name].tolist() == column.tolist()
    assert np.all(np.abs(back["weight"] / 65535 - columns[3]) <= 0.5 / 65535 + 1e-9)
    confirm, refute, abstain = count_ballots(back)
    assert confirm == pytest.approx(
        sum(b[3] for b in ballots if b[1] == 1), abs=tolerance(len(ballots)) - 1e-3 + 1e-9
    )
    assert refute == pytest.approx(
        sum(b[3] for b in ballots if b[1] == 2), abs=tolerance(len(ballots)) - 1e-3 + 1e-9
    )
    assert abstain == sum(b[1] == 3 for b in ballots)


@pytest.mark.parametrize(
    "columns",
    [
        ([-1], [1], [0], [1.0]),
        ([2**32], [1], [0], [1.0]),
        ([1], [0], [0], [1.0]),
        ([1], [4], [0], [1.0]),
        ([1], [1], [256], [1.0]),
        ([1], [1], [0], [1.01]),
        ([1], [1], [0], [-0.01]),
        ([1], [1], [0], [float("nan")]),
        ([1.5], [1], [0], [1.0]),
        ([1, 2], [1], [0], [1.0]),
    ],
)
def test_what_does_not_fit_is_refused(columns: tuple[list[float], ...]) -> None:
    with pytest.raises(LedgerConstraintError, match="ballots"):
        pack_ballots(*columns)


def test_a_rounding_error_above_one_is_one() -> None:
    assert unpack_ballots(pack_ballots([1], [1], [0], [np.float32(1.0000001)]))["weight"] == 65535


def test_odd_length_is_corrupt() -> None:
    with pytest.raises(LedgerCorruptError):
        unpack_ballots(b"1234567")
