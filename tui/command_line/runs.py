"""`runs`: the runs that are kept on this machine."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tui.command_line.output import notify, print_json, print_rows

if TYPE_CHECKING:
    from sim.archive.overview import Overview


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def runs(as_json: bool) -> None:
    """List the runs kept on this machine, newest first."""
    from sim.archive.kept import kept_runs
    from sim.archive.overview import overview_of
    from sim.config import paths
    from tui.start.run_words import HEADER, RIGHT, run_words

    found = [overview_of(run) for run in kept_runs()]
    now = time.time()
    if as_json:
        print_json({"runs": [asdict(o) | {"age_s": round(now - o.began, 1)} for o in found]})
        return
    if not found:
        notify(f"no run is kept in {paths.runs()}")
        return
    right: tuple[bool, ...] = RIGHT
    rows: list[tuple[str, ...]] = [HEADER, *(run_words(overview, now) for overview in found)]
    if any(overview.forked_from for overview in found):
        forks = ["FORKED FROM", *(_origin(overview) for overview in found)]
        rows = [(*row, fork) for row, fork in zip(rows, forks, strict=True)]
        right = (*RIGHT, False)
    print_rows(rows, right=right, head=True)
    for overview in found:
        if overview.problem:
            notify(f"{overview.run_id}: {overview.problem}")


def _origin(overview: Overview) -> str:
    """Where a run was forked from, in words."""
    origin = overview.forked_from
    return f"{origin.run_id} at {origin.step:,}" if origin else ""
