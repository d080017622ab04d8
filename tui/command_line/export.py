"""`export`: the record of a run in other formats."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.archive.exports import COLUMNS, FORMATS
from sim.text import quantity
from tui.command_line.help import Helpful
from tui.command_line.output import notify
from tui.command_line.progress import progress
from tui.command_line.proof import allow_traffic_option
from tui.command_line.run_name import run_argument

if TYPE_CHECKING:
    from sim.archive.directory import RunDirectory

_STANDING = ("agents", "blocklist")
"""In no record: the run is rebuilt for them."""


@click.command(
    cls=Helpful,
    epilog="decsim-tui export --what attacks --format csv\n"
    "decsim-tui export RUN --what journal --format yaml --out again.yaml",
)
@run_argument
@click.option(
    "--what",
    type=click.Choice((*COLUMNS, *_STANDING)),
    metavar="RECORD",
    required=True,
    help=f"One of {', '.join((*COLUMNS, *_STANDING))}.",
)
@click.option("--format", "format_", type=click.Choice(FORMATS), required=True, help="Format.")
@click.option("--out", metavar="FILE", help="File instead of stdout; - is stdout.")
@allow_traffic_option
def export(name: str | None, what: str, format_: str, out: str | None, allow_traffic: bool) -> int:
    """Write a record of a run, or its agents or its blocklist.

    These two are in no record: the run is rebuilt as it stood after its last step. The journal as
    yaml is a scenario that repeats the run.
    """
    from sim.archive.events import EVENTS
    from sim.archive.export import export_run
    from sim.archive.kept import find_run

    target = None if out in (None, "-") else Path(str(out))
    run = find_run(name)
    if what in EVENTS and not run.events_file.exists():
        notify(f"no {run.events_file.name}: this run kept none, so nothing is known of its {what}")
    if what in _STANDING:
        rows = _export_standing(run, what, format_, target, allow_traffic=allow_traffic)
    else:
        rows = export_run(run.path, what, format_, target, sys.stdout)
    if target is not None:
        notify(f"{quantity(rows, 'row')} of {what} written to {target}")
    return 0


def _export_standing(
    run: RunDirectory, what: str, form: str, target: Path | None, *, allow_traffic: bool
) -> int:
    from sim.archive.consent import check_traffic
    from sim.archive.overview import recorded_steps

    if not allow_traffic:
        check_traffic(run)
    from sim.run.standing import export_standing

    with progress("rebuild", recorded_steps(run)) as advance:
        return export_standing(run, what, form, target, sys.stdout, advance)
