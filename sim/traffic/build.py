"""The traffic that a configuration asks for."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.config.schema import Config
from sim.errors import TrafficError
from sim.numerics.rng import Purpose, keys
from sim.traffic.deal import Rows, concentration_of, deal_rows, scarce_attacks
from sim.traffic.deal_waves import Waves, deal_waves
from sim.traffic.files import FlowTable, read_flows
from sim.traffic.recorded import RecordedTraffic
from sim.traffic.source import TrafficSource
from sim.traffic.synthetic import SyntheticTraffic

_TIMELESS = frozenset({"nsl-kdd", "unsw-nb15", "cic-ids2017"})
"""Formats without a time; their distributions are sorted by class here and there."""


def make_source(config: Config) -> tuple[TrafficSource, tuple[str, ...]]:
    """The source, and notices about what was left out or repaired.

    Raises:
        TrafficError: the file is unusable.
    """
    simulation, traffic = config.simulation, config.traffic
    if not traffic.path:
        synthetic = SyntheticTraffic(simulation.agents, simulation.seed, traffic.skew)
        return synthetic, synthetic.notices
    column = "host" if traffic.deal == "host" else ""
    if traffic.deal in ("column", "dirichlet", "waves"):
        column = traffic.deal_column
    table = read_flows(
        Path(traffic.path),
        format=traffic.format,
        label_column=traffic.label_column,
        deal_column=column,
        max_rows=traffic.max_rows,
    )
    if traffic.order == "shuffled" or (traffic.order == "auto" and table.format in _TIMELESS):
        table = _shuffled(table, simulation.seed)
    shares = _dealt(table, config)
    shares = tuple(share for share in shares if len(share))
    if not shares:
        raise TrafficError(f"{traffic.path}: no agent gets a row, expected at least one row")
    notices = table.notes
    if len(shares) < simulation.agents:
        notices += (f"traffic for {len(shares)} agents only, {simulation.agents} were asked for",)
    scarce = scarce_attacks(
        table, shares, config.signature.min_flows, config.consensus.min_confirmations
    )
    notices += (f"{Path(traffic.path).name}: {scarce}",) if scarce else ()
    if traffic.deal == "waves":
        table = replace(table, groups=None)  # an agent has rows of several
    return RecordedTraffic(table, shares, simulation.seed, loop=traffic.loop), notices


def _dealt(table: FlowTable, config: Config) -> Rows:
    """The row numbers of each agent."""
    simulation, traffic = config.simulation, config.traffic
    if traffic.deal != "waves":
        return deal_rows(
            table, simulation.agents, how=traffic.deal, skew=traffic.skew, seed=simulation.seed
        )
    waves = Waves(
        traffic.wave_quiet,
        traffic.wave_stay,
        traffic.wave_gap,
        traffic.wave_spread,
        traffic.wave_share,
        traffic.wave_kinds,
    )
    return deal_waves(
        table,
        simulation.agents,
        waves,
        batch=traffic.batch_size,
        concentration=concentration_of(traffic.skew),
        seed=simulation.seed,
    )


def _shuffled(table: FlowTable, seed: int) -> FlowTable:
    """The same rows in an order drawn by keyed hash."""
    rows = np.arange(len(table.flows), dtype=np.int64)
    order = np.argsort(keys(seed, Purpose.ORDER, rows), kind="stable")
    return replace(
        table,
        flows=np.ascontiguousarray(table.flows[order]),
        labels=table.labels[order],
        groups=None if table.groups is None else table.groups[order],
    )


def traffic_digest(config: Config) -> str:
    """BLAKE2b of the traffic file in hex, or empty for synthetic traffic."""
    if not config.traffic.path:
        return ""
    digest = hashlib.blake2b(digest_size=16)
    with Path(config.traffic.path).open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
