"""`pack`: a record worth citing."""

from __future__ import annotations

from pathlib import Path

import click

from sim.text import quantity
from tui.command_line import completion
from tui.command_line.help import Helpful
from tui.command_line.progress import progress
from tui.command_line.proof import allow_traffic_option
from tui.command_line.run_name import run_argument


@click.command(
    cls=Helpful,
    epilog="decsim-tui pack\ndecsim-tui pack worm-2026 --out figure-3.zip",
)
@run_argument
@click.option("--out", metavar="FILE.zip", help="The archive.", shell_complete=completion.files)
@allow_traffic_option
def pack(name: str | None, out: str | None, allow_traffic: bool) -> int:
    """Put all that is needed to check and repeat a run into one archive.

    Equal records give equal bytes. A traffic file is named by its digest and not packed. `verify`
    and `replay` take the archive in the place of RUN.
    """
    from sim.archive.consent import check_traffic
    from sim.archive.export import check_target
    from sim.archive.kept import find_run

    run = find_run(name)
    target = Path(out if out is not None else f"{run.run_id}.zip")
    check_target(run, target)
    if not allow_traffic:
        check_traffic(run)
    from sim.run.packing import pack_runs

    with progress("rebuild", None) as advance:
        packed = pack_runs([run], target, on_step=advance)
    for each in packed:
        click.echo(f"{target}: {quantity(each.steps, 'step')}, head {each.head}")
    return 0
