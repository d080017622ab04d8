"""The traffic that a configuration asks for."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.config.schema import Config
from sim.errors import TrafficError
from sim.numerics.rng import Purpose, keys
from sim.traffic.deal import Rows, concentration_of, deal_rows
from sim.traffic.deal_waves import DealtWaves, Waves, deal_waves
from sim.traffic.fair.source import FairTraffic
from sim.traffic.files import FlowTable, Knobs, make_knobs, read_flows
from sim.traffic.files.header import names_file
from sim.traffic.files.label_file import labels_file
from sim.traffic.files.places import check_regular, files_at, is_folder
from sim.traffic.recorded import RecordedTraffic
from sim.traffic.scarcity import Needs, scarce_attacks
from sim.traffic.source import TrafficSource
from sim.traffic.synthetic import SyntheticTraffic


def make_source(config: Config) -> tuple[TrafficSource, tuple[str, ...]]:
    """The source, and notices about what was left out or repaired.

    Raises:
        TrafficError: the file is unusable.
    """
    simulation, traffic = config.simulation, config.traffic
    if not traffic.path:
        kind = FairTraffic if traffic.difficulty == "fair" else SyntheticTraffic
        synthetic = kind(simulation.agents, simulation.seed, traffic.skew)
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
        knobs=knobs_of(config),
    )
    if traffic.order == "shuffled" or (traffic.order == "auto" and table.timeless):
        table = _shuffled(table, simulation.seed)
    waves = _in_waves(table, config) if traffic.deal == "waves" else None
    shares = waves.shares(traffic.wave_share) if waves else _dealt(table, config)
    shares = tuple(share for share in shares if len(share))
    if not shares:
        raise TrafficError(f"{traffic.path}: no agent gets a row, expected at least one row")
    if scarce := scarce_attacks(table, shares, _needs(config)):
        warning = f"{Path(traffic.path).name}: {scarce}"
        table = replace(table, warnings=(*table.warnings, warning))
    notices = (*table.warnings, *table.notes)
    if len(shares) < simulation.agents:
        notices += (f"traffic for {len(shares)} agents only, {simulation.agents} were asked for",)
    if waves:
        table = replace(table, groups=None)  # an agent has rows of several
        shares = tuple(waves.calm)
    source = RecordedTraffic(table, shares, simulation.seed, waves=waves)
    source.follow(traffic)
    return source, notices


def _needs(config: Config) -> Needs:
    return Needs(
        flows=config.signature.min_flows,
        others=config.consensus.min_confirmations,
        batch=config.traffic.batch_size,
        horizon=config.signature.sighting_steps,
        open=config.consensus.expiry_steps,
        before=config.detection.min_window,
    )


def _dealt(table: FlowTable, config: Config) -> Rows:
    """The row numbers of each agent."""
    simulation, traffic = config.simulation, config.traffic
    return deal_rows(
        table, simulation.agents, how=traffic.deal, skew=traffic.skew, seed=simulation.seed
    )


def _in_waves(table: FlowTable, config: Config) -> DealtWaves:
    simulation, traffic = config.simulation, config.traffic
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


def knobs_of(config: Config) -> Knobs:
    """What a configuration says of a file that cannot be seen in it.

    Raises:
        TrafficError: one of the settings is none of what is expected.
    """
    traffic = config.traffic
    return make_knobs(
        header=traffic.header,
        delimiter=traffic.delimiter,
        decimal=traffic.decimal,
        encoding=traffic.encoding,
        exclude=traffic.exclude,
        member=traffic.member,
        benign=traffic.benign,
        labels=traffic.labels,
        reading=traffic.reading,
    )


LOOKED_THROUGH = 2 << 30
"""Bytes of traffic that are looked through for a run that somebody else may have made."""


def traffic_files(config: Config) -> tuple[tuple[Path, str], ...]:
    """Return the files of the traffic, then those of column names and labels; none if synthetic.

    Each with its name, from where those of the traffic part.

    Raises:
        TrafficError: there are none.
    """
    traffic = config.traffic
    if not traffic.path:
        return ()
    path = Path(traffic.path)
    files = files_at(path, traffic.member if is_folder(path) else "")
    common = os.path.commonpath([file.parent for file in files])
    beside = [file for file in (names_file(path, traffic.header),) if file is not None]
    beside += [labels_file(path, traffic.labels)] if traffic.labels else []
    named = ((file, str(file.relative_to(common))) for file in files)
    return (*named, *((file, file.name) for file in beside))


def traffic_bytes(config: Config) -> int:
    """Return how many bytes `traffic_digest` reads; 0 where it would not come to that."""
    try:
        return sum(check_regular(file) for file, _ in traffic_files(config))
    except TrafficError:
        return 0


def traffic_digest(config: Config) -> str:
    """BLAKE2b of the traffic in hex, or empty for synthetic traffic.

    Of one file it is that of its content; of several, or with a file of column names, that of the
    names and contents of all; of several folders, that of their names, too, as they may be labels.

    Raises:
        TrafficError: there are no files, or what is there is no regular file.
        OSError: one of them cannot be read.
    """
    files = traffic_files(config)
    if not files:
        return ""
    if [file for file, _ in files] == [Path(config.traffic.path)]:
        return _digest(Path(config.traffic.path)).hexdigest()
    whole = hashlib.blake2b(digest_size=16)
    for file, name in files:
        whole.update(name.encode("utf-8", "surrogateescape") + b"\0" + _digest(file).digest())
    return whole.hexdigest()


def _digest(file: Path) -> hashlib.blake2b:
    check_regular(file)  # others may have no end
    digest = hashlib.blake2b(digest_size=16)
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest
