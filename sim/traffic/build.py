"""The traffic that a configuration asks for."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sim.config.schema import Config
from sim.errors import TrafficError
from sim.traffic.deal import deal_rows
from sim.traffic.files import read_flows
from sim.traffic.recorded import RecordedTraffic
from sim.traffic.source import TrafficSource
from sim.traffic.synthetic import SyntheticTraffic


def make_source(config: Config) -> tuple[TrafficSource, tuple[str, ...]]:
    """The source, and notices about what was left out or repaired.

    Raises:
        TrafficError: the file is unusable.
    """
    simulation, traffic = config.simulation, config.traffic
    if not traffic.path:
        return SyntheticTraffic(simulation.agents, simulation.seed, traffic.skew), ()
    column = {"column": traffic.deal_column, "host": "host"}.get(traffic.deal, "")
    table = read_flows(
        Path(traffic.path),
        format=traffic.format,
        label_column=traffic.label_column,
        deal_column=column,
        max_rows=traffic.max_rows,
    )
    shares = deal_rows(
        table, simulation.agents, how=traffic.deal, skew=traffic.skew, seed=simulation.seed
    )
    shares = tuple(share for share in shares if len(share))
    if not shares:
        raise TrafficError(f"{traffic.path}: no agent gets a row, expected at least one row")
    notices = table.notes
    if len(shares) < simulation.agents:
        notices += (f"traffic for {len(shares)} agents only, {simulation.agents} were asked for",)
    return RecordedTraffic(table, shares, simulation.seed, loop=traffic.loop), notices


def traffic_digest(config: Config) -> str:
    """BLAKE2b of the traffic file in hex, or empty for synthetic traffic."""
    if not config.traffic.path:
        return ""
    digest = hashlib.blake2b(digest_size=16)
    with Path(config.traffic.path).open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
