"""`start`: an engine alone, in the background."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.command_line.help import Helpful
from tui.command_line.options import RunOptions, run_options
from tui.command_line.output import complain, print_json
from tui.command_line.run import steps_type
from tui.command_line.sharing import group_of, share_option

if TYPE_CHECKING:
    from sim.host.remote import RemoteEngine

BREATH = 0.02
"""Between two looks at an engine that is starting, s."""


@click.command(cls=Helpful)
@click.option("--steps", type=steps_type, metavar="N", help="Steps to do; without it, go on.")
@run_options
@share_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def start(steps: int | None, options: RunOptions, share_group: str | None, as_json: bool) -> int:
    """Start a run in the background, and print its run directory."""
    loaded = options.load()
    group = group_of(share_group)
    from sim.archive.directory import RunDirectory
    from sim.host.remote import RemoteEngine

    engine = RemoteEngine.new(loaded, options.run_path, steps=steps, background=True, group=group)
    engine.start()
    try:
        problem = _wait(engine, group)
    except BaseException:
        engine.close()
        raise
    if problem:
        engine.close()
        complain(problem)
        return 2 if engine.snapshot.refused else 1
    shot = engine.snapshot
    if steps is not None:
        RunDirectory(Path(shot.run_dir)).set_goal(steps)
    engine.detach()
    if as_json:
        print_json({"run_dir": shot.run_dir, "run_id": shot.run_id})
    else:
        click.echo(shot.run_dir)
    return 0


def _wait(engine: RemoteEngine, group: int | None) -> str:
    """Wait until others can attach; why that never comes, or nothing."""
    from sim.host.address import address_of
    from sim.snapshot import RunState

    while True:
        shot = engine.snapshot
        if shot.state is RunState.FAILED:
            return shot.cause
        if shot.run_dir and address_of(Path(shot.run_dir), group).exists():
            return ""
        time.sleep(BREATH)
