"""`export`: the record of a run in other formats."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sim.archive.exports import COLUMNS, FORMATS
from sim.text import quantity
from tui.command_line.help import Helpful
from tui.command_line.output import notify
from tui.command_line.run_name import run_argument


@click.command(
    cls=Helpful,
    epilog="decsim-tui export --what attacks --format csv\n"
    "decsim-tui export RUN --what journal --format yaml --out again.yaml",
)
@run_argument
@click.option("--what", type=click.Choice(tuple(COLUMNS)), required=True, help="Which record.")
@click.option("--format", "format_", type=click.Choice(FORMATS), required=True, help="Format.")
@click.option("--out", metavar="FILE", help="File instead of stdout; - is stdout.")
def export(name: str | None, what: str, format_: str, out: str | None) -> int:
    """Write signatures, votes, verdicts, metrics or the journal of a run.

    The journal as yaml is a scenario that repeats the run.
    """
    from sim.archive.export import export_run
    from sim.archive.kept import find_run

    target = None if out in (None, "-") else Path(str(out))
    rows = export_run(find_run(name).path, what, format_, target, sys.stdout)
    if target is not None:
        notify(f"{quantity(rows, 'row')} of {what} written to {target}")
    return 0
