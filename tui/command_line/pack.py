"""`pack`: a record worth citing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.text import quantity
from tui.command_line import completion
from tui.command_line.help import Helpful
from tui.command_line.output import file_or_stdout, notify
from tui.command_line.progress import progress
from tui.command_line.proof import allow_traffic_option
from tui.command_line.run_name import run_argument

if TYPE_CHECKING:
    from sim.archive.directory import RunDirectory


@click.command(
    cls=Helpful,
    epilog="decsim-tui pack\ndecsim-tui pack worm-2026 --out figure-3.zip",
)
@run_argument
@click.option("--out", metavar="FILE.zip", help="The archive.", shell_complete=completion.files)
@allow_traffic_option
def pack(name: str | None, out: str | None, allow_traffic: bool) -> int:
    """Put all that is needed to check and repeat a run, or a whole sweep, into one archive.

    Equal records give equal bytes. A traffic file is named by its digest and not packed. `verify`
    and `replay` take the archive in the place of RUN.
    """
    from sim.archive.consent import check_traffic
    from sim.archive.export import check_target

    runs, stem, beside = _content(name)
    target = Path(out if out is not None else f"{stem}.zip")
    for run in runs:
        check_target(run, target)
        if not allow_traffic:
            check_traffic(run)
    from sim.run.packing import pack_runs

    with file_or_stdout(target) as file, progress("rebuild", None) as advance:
        packed = pack_runs(runs, file, beside, advance)
    say = notify if str(target) == "-" else click.echo
    for each in packed:
        say(f"{target}: {quantity(each.steps, 'step')}, head {each.head}")
    return 0


def _content(name: str | None) -> tuple[list[RunDirectory], str, dict[str, str]]:
    """The runs that are meant, a name for all of them, and the files beside them."""
    from sim.archive.kept import find_run, is_path

    if name is not None and is_path(name):
        from sim.sweep.folder import content_of, is_sweep

        folder = Path(name).expanduser().absolute()
        if is_sweep(folder):
            runs, beside = content_of(folder)
            return runs, folder.name, beside
    run = find_run(name)
    return [run], run.run_id, {}
