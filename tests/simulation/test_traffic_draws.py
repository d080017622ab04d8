"""Synthetic traffic: the compiled draws have the distributions that they should have."""

from __future__ import annotations

import numpy as np
import pytest

from sim.numerics.rng import Purpose, keys
from sim.traffic.profiles import APPLICATIONS, FEATURES, Profiles, normal_flows

AGENTS, SIZE = 200, 400


def drawn(shift: float = 30.0) -> np.ndarray:
    """Flows of one application, moved away from zero where they would be cut off."""
    shares = np.cumsum(np.eye(len(APPLICATIONS))[0])
    profiles = Profiles(np.tile(shares, (AGENTS, 1)), np.full((AGENTS, len(FEATURES)), shift))
    agents = np.arange(AGENTS, dtype=np.int64)
    key = keys(5, Purpose.NORMAL_FLOWS, agents, 1)
    return normal_flows(profiles, agents, key, SIZE).astype(np.float64)


def test_normal_numbers() -> None:
    """A feature that follows one source of noise only has all the moments of a normal one."""
    port = FEATURES.index("distinct_ports")
    values = drawn()[:, :, port].ravel()
    standard = (values - values.mean()) / values.std()
    assert values.mean() == pytest.approx(30 + 1.10, abs=3e-3)
    assert values.std() == pytest.approx(0.15, rel=0.01)
    assert (standard**3).mean() == pytest.approx(0, abs=0.05)
    assert (standard**4).mean() == pytest.approx(3, abs=0.12)
    for bound, share in ((1, 0.3173), (2, 0.0455), (3, 0.0027), (3.7, 0.000216)):
        expected = share * len(standard)
        assert (np.abs(standard) > bound).sum() == pytest.approx(expected, abs=5 * expected**0.5)


def test_features_share_their_common_factors_and_flows_are_independent() -> None:
    flows = drawn()
    correlation = np.corrcoef(flows.reshape(-1, len(FEATURES)).T)
    out, packets = FEATURES.index("bytes_out"), FEATURES.index("packets")
    assert correlation[out, packets] == pytest.approx(
        (0.55 * 0.45 + 0.05 * 0.05)
        / np.sqrt((0.45**2 + 0.55**2 + 0.05**2) * (0.30**2 + 0.45**2 + 0.05**2)),
        abs=0.02,
    )
    assert abs(np.corrcoef(flows[:, :-1, 0].ravel(), flows[:, 1:, 0].ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(flows[:-1, :, 0].ravel(), flows[1:, :, 0].ravel())[0, 1]) < 0.02


def test_nothing_is_below_zero_and_a_key_gives_the_same_again() -> None:
    assert (drawn(shift=-2.0) >= 0).all()
    assert (drawn() == drawn()).all()
