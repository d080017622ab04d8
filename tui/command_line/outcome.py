"""`summary`: the outcome of a recorded run."""

from __future__ import annotations

import click

from tui.command_line.output import print_json
from tui.command_line.progress import progress
from tui.command_line.proof import allow_traffic_option
from tui.command_line.run_name import run_argument
from tui.command_line.summary import print_summary


@click.command()
@run_argument
@allow_traffic_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, as `run --json`.")
def summary(name: str | None, allow_traffic: bool, as_json: bool) -> int:
    """Print the final statistics of a run, as `run` did at its end; `show` does the same."""
    from sim.archive.consent import check_traffic
    from sim.archive.kept import find_run

    directory = find_run(name)
    if not allow_traffic:
        check_traffic(directory)
    from sim.run.recorded import recorded_summary

    with progress("replay", None) as advance:
        outcome = recorded_summary(directory, advance)
    if as_json:
        print_json(outcome)
    else:
        print_summary(outcome)
    return 0
