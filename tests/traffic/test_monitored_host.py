"""Which of two addresses of a flow is the host that is monitored."""

from __future__ import annotations

import numpy as np

from sim.traffic.files.column import Texts
from sim.traffic.files.hosts import internal_hosts


def column(*values: str) -> Texts:
    distinct = tuple(dict.fromkeys(values))
    return Texts(np.array([distinct.index(v) for v in values], dtype=np.int32), distinct)


def test_a_private_address_is_the_host_on_either_side() -> None:
    source = column("10.0.0.1", "8.8.8.8", "10.0.0.1", "8.8.8.8")
    destination = column("8.8.8.8", "10.0.0.2", "10.0.0.2", "10.0.0.1")
    hosts = internal_hosts(source, destination).tolist()
    assert hosts == ["10.0.0.1", "10.0.0.2", "10.0.0.1", "10.0.0.1"]


def test_of_two_public_addresses_it_is_the_one_that_is_everywhere() -> None:
    """A monitored server with a public address, and those who scan it."""
    source = column("1.1.1.1", "2.2.2.2", "147.32.81.167", "3.3.3.3")
    destination = column("147.32.81.167", "147.32.81.167", "9.9.9.9", "147.32.81.167")
    assert set(internal_hosts(source, destination).tolist()) == {"147.32.81.167"}


def test_of_two_that_are_equally_frequent_it_is_the_source() -> None:
    assert internal_hosts(column("1.1.1.1"), column("2.2.2.2")).tolist() == ["1.1.1.1"]
