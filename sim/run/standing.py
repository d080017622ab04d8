"""How a run stands after its last recorded step: its agents and its blocklist, as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, TextIO

from sim.archive.directory import RunDirectory
from sim.archive.entries import features_of
from sim.archive.export import Table, check_format, export_table
from sim.archive.records import Cell, Record
from sim.run.rebuilding import rebuild
from sim.run.run import Run
from sim.snapshot import AgentState
from sim.steering.adversaries import name_of
from sim.traffic.attacks import grid_shape

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "agents": (
        "id",
        "x",
        "y",
        "profile",
        "state",
        "trust",
        "quarantined",
        "score",
        "behaviour",
        "model_version",
        "published",
        "confirmed",
        "refuted",
    ),
    "blocklist": (
        "signature",
        "step",
        "publisher",
        "worth",
        "renewed",
        "radius",
        "features",
        "centre",
        "fingerprint",
        "truth",
        "attack",
    ),
}
"""What can be exported of a run that stands, with its columns."""


def export_standing(
    directory: RunDirectory,
    what: str,
    format: str,  # noqa: A002 - what the option is called
    out: Path | None,
    stream: TextIO,
    on_step: Callable[[int], None] | None = None,
) -> int:
    """Write the agents or the blocklist of a run as they were after its last recorded step.

    They are in no record: the run is rebuilt from its last checkpoint and the journal.

    Args:
        directory: the run; it is only read.
        what: a key of `COLUMNS`.
        format: `csv`, `json` or `parquet`.
        out: the file; None writes to `stream`.
        stream: where text goes without `out`.
        on_step: called with the number of each step that is computed again.

    Returns:
        Rows written.

    Raises:
        InputError: the format is not possible here, `out` cannot be written, or the traffic of the
            run is unusable.
        VerificationError: the recorded steps cannot be repeated.
    """
    check_format(what, format, out)

    def table() -> Table:
        return standing_of(directory, what, on_step)

    return export_table(directory, format, out, stream, table)


def standing_of(
    directory: RunDirectory, what: str, on_step: Callable[[int], None] | None = None
) -> Table:
    """Columns and rows of a recorded run; see `export_standing`."""
    with closing(rebuild(directory.load(), directory, None, on_step)) as run:
        return standing(run, what)


def standing(run: Run, what: str) -> Table:
    """Columns and rows of a run as it stands now."""
    return COLUMNS[what], iter(list(_ROWS[what](run)))


def _agents(run: Run) -> Iterator[Record]:
    simulation, assembly, trust = run.simulation, run.simulation.assembly, run.config.trust
    width, _ = grid_shape(simulation.population)
    states, report = simulation.states(), simulation.report
    trusts = assembly.reputation.trust(trust)
    quarantined = assembly.reputation.quarantined(trust)
    behaviours = simulation.steered.behaviour_in(simulation.now)
    for agent in range(simulation.population):
        yield (
            agent,
            agent % width,
            agent // width,
            simulation.source.profile(agent),
            AgentState(int(states[agent])).name.lower(),
            round(float(trusts[agent]), 6),
            bool(quarantined[agent]),
            round(float(report.best[agent]), 6) if report else None,
            name_of(int(behaviours[agent])),
            int(report.versions[agent]) if report else 0,
            int(assembly.published_by[agent]),
            int(assembly.votes_given[agent, 0]),
            int(assembly.votes_given[agent, 1]),
        )


def _blocklist(run: Run) -> Iterator[Record]:
    simulation, settings = run.simulation, run.config.signature
    blocklist, lifetimes = simulation.blocklist, simulation.assembly.lifetimes
    names = simulation.source.features
    for place, seq in enumerate(blocklist.ids):
        row, truth = run.reader.signature(seq), run.reader.truth(seq)
        values = zip(names, blocklist.centres[place], strict=True)
        centre: Cell = {name: round(float(value), 6) for name, value in values}
        yield (
            seq,
            blocklist.steps[place],
            row.publisher if row else None,
            round(lifetimes.worth(seq, simulation.now, settings), 6),
            lifetimes.renewed.get(seq),
            round(float(blocklist.radii[place]), 6),
            list(features_of(row)) if row else None,
            centre,
            blocklist.contents[place].hex(),
            truth.truth if truth else None,
            truth.attack if truth else None,
        )


_ROWS: Final[Mapping[str, Callable[[Run], Iterator[Record]]]] = {
    "agents": _agents,
    "blocklist": _blocklist,
}
