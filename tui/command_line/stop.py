"""`stop`: end a run that is alive."""

from __future__ import annotations

import click

from tui.command_line.output import complain, notify
from tui.command_line.run_name import run_argument

PATIENCE = 60.0
"""Longest wait for the step in progress and the last checkpoint, s."""


@click.command()
@run_argument
def stop(name: str | None) -> int:
    """End a run that is alive cleanly, with a checkpoint.

    One that somebody shares with you has to be named.
    """
    from sim.host.attached import AttachedEngine
    from tui.command_line.engines import meant

    address, welcome = meant(name)
    engine = AttachedEngine(address)
    engine.start()
    if not engine.close(PATIENCE):
        complain(f"{welcome.run_id}: did not end within {PATIENCE:.0f} s")
        return 1
    notify(f"ended at step {engine.snapshot.step:,}, kept in {welcome.run_dir}")
    return 0
