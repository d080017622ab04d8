"""`runs`: the runs that are kept on this machine."""

from __future__ import annotations

import time
from dataclasses import asdict

import click

from tui.command_line.output import notify, print_json, print_rows


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
    print_rows((HEADER, *(run_words(overview, now) for overview in found)), right=RIGHT)
    for overview in found:
        if overview.problem:
            notify(f"{overview.run_id}: {overview.problem}")
