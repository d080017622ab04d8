"""`decsim-tui` without options, where runs are kept: the start screen, and what is chosen there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sim.archive.directory import RunDirectory
from sim.archive.kept import find_run, kept_runs
from sim.config.schema import UiSection
from tui.command_line.look import Look
from tui.command_line.opening import driver_for, open_new, open_resumed, require_terminal
from tui.command_line.options import RunOptions
from tui.command_line.proof import replay
from tui.command_line.session import Session
from tui.command_line.view_options import ViewOptions
from tui.terminal.garbage import put_off

if TYPE_CHECKING:
    from tui.start.choice import Choice


def arrive(context: click.Context, session: Session) -> int:
    """Ask what to do, and do it; where nothing is kept, begin."""
    runs = kept_runs()
    if not runs:
        return open_new(RunOptions(), ViewOptions(), paused=False)
    require_terminal()
    with put_off():
        chosen = _ask(runs)
    if chosen is None:
        return 0
    if chosen.deed == "new":
        return open_new(RunOptions(scenario=chosen.name), ViewOptions(), paused=False)
    if chosen.deed == "resume":
        return _resume(session, chosen.name)
    return int(context.invoke(replay, name=chosen.name))


def _ask(runs: list[RunDirectory]) -> Choice | None:
    from tui.start.app import StartApp
    from tui.theme.symbols import choose_glyphs

    look = Look(UiSection())
    ui = look.settle()
    app = StartApp(runs, theme=ui.theme, glyphs=choose_glyphs(ui.ascii))
    driver_for(app, look.typed)
    return app.run()


def _resume(session: Session, path: str) -> int:
    from sim.archive.consent import check_traffic

    directory = find_run(path)
    check_traffic(directory)
    return open_resumed(session, directory, ViewOptions())
