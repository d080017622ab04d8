"""`attach`: the app on a run that is alive."""

from __future__ import annotations

from pathlib import Path

import click

from tui.command_line.help import Helpful
from tui.command_line.run_name import run_argument
from tui.command_line.view_options import ViewOptions, view_options


@click.command(cls=Helpful)
@run_argument
@click.option("--read-only", is_flag=True, help="Watch, and change nothing.")
@view_options
def attach(name: str | None, read_only: bool, view: ViewOptions) -> int:
    """Watch and steer a run that is alive; `d` leaves it running."""
    from sim.archive.directory import RunDirectory
    from sim.host.attached import AttachedEngine
    from tui.command_line.engines import meant
    from tui.command_line.opening import open_attached

    address, welcome = meant(name)
    loaded = RunDirectory.open(Path(welcome.run_dir)).load()
    return open_attached(AttachedEngine(address, read_only=read_only), loaded, view)
