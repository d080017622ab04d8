"""`attach`: the app on a run that is alive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.command_line.help import Helpful
from tui.command_line.run_name import run_argument
from tui.command_line.view_options import ViewOptions, view_options

if TYPE_CHECKING:
    from sim.host.messages import Welcome


@click.command(cls=Helpful)
@run_argument
@click.option("--read-only", is_flag=True, help="Watch, and change nothing.")
@view_options
def attach(name: str | None, read_only: bool, view: ViewOptions) -> int:
    """Watch and steer a run that is alive; `d` leaves it running."""
    from sim.host.attached import AttachedEngine
    from tui.command_line.engines import is_own
    from tui.command_line.opening import open_attached

    engine = _chosen(name, view)
    if engine is None:
        return 0
    address, _ = engine
    guest = not is_own(address)
    attached = AttachedEngine(address, read_only=read_only, guest=guest)
    return open_attached(attached, view, address if guest else None)


def _chosen(name: str | None, view: ViewOptions) -> tuple[Path, Welcome] | None:
    """The engine that is meant: where several are alive and none is named, one from a list."""
    from tui.command_line.engines import alive, cells, latest_first, meant
    from tui.command_line.opening import has_terminal

    engines = latest_first(alive()) if name is None and has_terminal() else []
    if len(engines) == 1:
        return engines[0]
    if not engines:
        return meant(name)
    from tui.command_line.output import aligned
    from tui.screens.engines import EngineChooser

    lines = aligned(cells(*engine) for engine in engines)
    rows = [(welcome.run_dir, line) for (_, welcome), line in zip(engines, lines, strict=True)]
    chosen = EngineChooser(rows, view.theme or "").run()
    return next((engine for engine in engines if engine[1].run_dir == chosen), None)
