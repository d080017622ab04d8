"""Cuts populations into several shards, and makes Ray available where it is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _several_shards(small_shards: None) -> None:
    """Where shards are computed matters only where there are several."""


@pytest.fixture(scope="session")
def real_ray() -> Iterator[None]:
    """A Ray on this machine for all tests that need one."""
    pytest.importorskip("ray")
    from sim.execution import ray_session

    ray_session.connect("", 2)
    yield
    ray_session.disconnect()
