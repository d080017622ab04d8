"""`report`: what came out, as a page for a browser and figures for a paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.command_line import completion
from tui.command_line.help import Helpful
from tui.command_line.output import file_or_stdout, notify
from tui.command_line.progress import progress
from tui.command_line.proof import allow_traffic_option
from tui.command_line.run_name import run_type

if TYPE_CHECKING:
    from sim.report.report import Subject


@click.command(
    cls=Helpful,
    epilog="decsim-tui report\ndecsim-tui report results --out results.html --figures figures",
)
@click.argument("names", metavar="[RUN|SWEEP]...", nargs=-1, type=run_type)
@click.option("--out", metavar="FILE.html", help="The page.", shell_complete=completion.files)
@click.option(
    "--figures",
    metavar="DIR",
    help="Write the figures as SVG files, too.",
    shell_complete=completion.files,
)
@allow_traffic_option
def report(
    names: tuple[str, ...], out: str | None, figures: str | None, allow_traffic: bool
) -> int:
    """Write a page about runs and sweeps that needs no network and no script.

    SWEEP is the folder of a sweep. The page has what was done, the attacks, figures over time,
    the journal, and how to reproduce it; of a sweep the mean and 95 % interval of each variation.
    """
    from sim.archive.consent import check_traffic
    from sim.archive.directory import RunDirectory
    from sim.archive.export import check_target

    subjects = [_subject(name) for name in names or (None,)]
    first = subjects[0]
    stem = first.run_id if isinstance(first, RunDirectory) else first.name
    target = Path(out or (f"{stem}.html" if len(subjects) == 1 else "report.html"))
    for subject in subjects:
        if isinstance(subject, RunDirectory):
            check_target(subject, target)
            if not allow_traffic:
                check_traffic(subject)
    from sim.report.report import write_report

    folder = Path(figures) if figures else None
    with file_or_stdout(target) as file, progress("rebuild", None) as advance:
        written = write_report(subjects, file, folder, advance)
    if str(target) != "-":
        click.echo(str(target))
    for file in written:
        notify(f"figure written to {file}")
    return 0


def _subject(name: str | None) -> Subject:
    """The run or the sweep that a name stands for."""
    from sim.archive.kept import find_run, is_path

    if name is not None and is_path(name):
        from sim.sweep.folder import is_sweep

        folder = Path(name).expanduser().absolute()
        if is_sweep(folder):
            return folder
    return find_run(name)
