"""The app, opened on a new run or on one that is continued."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.metrics.endpoint import check_port
from sim.text import command_line
from tui.command_line.look import Look
from tui.command_line.options import RunOptions
from tui.command_line.output import complain, notify
from tui.command_line.progress import progress
from tui.command_line.session import Session
from tui.command_line.sharing import group_of
from tui.command_line.signals import INTERRUPTED, StopRequest, handled
from tui.command_line.view_options import ViewOptions
from tui.terminal.garbage import put_off

if TYPE_CHECKING:
    from textual.app import App

    from sim.archive.directory import RunDirectory
    from sim.config.load import LoadedConfig
    from sim.host.attached import AttachedEngine
    from sim.steerable import Steerable
    from tui.command_line.curtain import Curtain
    from tui.record.book import Book
    from tui.screens.export import Export
    from tui.terminal.delta import Meter
    from tui.terminal.delta.cast import Cast

_CANNOT = ("dumb", "unknown")
"""Names of terminals on which nothing can be drawn."""
_CLOSING_SECONDS = 30.0
"""Wait for the step in progress once the screen is closed; what is recorded is safe anyway."""


@put_off()
def open_new(
    options: RunOptions,
    view: ViewOptions,
    *,
    paused: bool,
    curtain: Curtain | None = None,
    share_group: str | None = None,
) -> int:
    """The app on a new run; the run directory is made when the run begins, not before."""
    loaded = options.load()
    path = options.run_path
    check_port(loaded.config.monitoring.metrics_port)
    group = group_of(share_group, loaded.config.simulation.host)
    require_terminal()
    with view.recording() as cast:
        look = Look(view.applied(loaded.config.ui))
        import tui.app  # noqa: F401 (before the engine's process takes its part of the machine)

        engine = _engine(loaded, path, paused=paused, group=group)
        return _show(engine, loaded, look, cast, curtain)


def _engine(
    loaded: LoadedConfig, path: Path | None, *, paused: bool, group: int | None
) -> Steerable:
    """Where the configuration says: in a process of its own, or in a thread of this one."""
    if loaded.config.simulation.host == "thread":
        from sim.engine.engine import Engine

        return Engine(loaded, path, paused=paused)
    from sim.host.remote import RemoteEngine

    return RemoteEngine.new(loaded, path, paused=paused, group=group)


def open_attached(engine: AttachedEngine, view: ViewOptions, shared: Path | None) -> int:
    """The app on an engine that runs already.

    Args:
        engine: the engine.
        view: how it is shown.
        shared: where the engine listens, if its run is somebody else's.
    """
    require_terminal()
    with view.recording() as cast:
        look = Look(view.applied(engine.loaded.config.ui))
        return _show(engine, engine.loaded, look, cast, shared=shared)


def open_resumed(
    session: Session,
    directory: RunDirectory,
    view: ViewOptions,
    share_group: str | None = None,
) -> int:
    """The app on a run that is continued, paused where it stood."""
    loaded = directory.load()
    check_port(loaded.config.monitoring.metrics_port)
    group = group_of(share_group, loaded.config.simulation.host)
    require_terminal()
    from sim.archive.overview import recorded_steps

    session.log_file = directory.log_file
    with view.recording() as cast:
        with progress("replay", recorded_steps(directory)) as advance:
            engine = _resumed(loaded, directory.path, advance, group=group)
        return _show(engine, loaded, Look(view.applied(loaded.config.ui)), cast)


def _resumed(
    loaded: LoadedConfig, path: Path, on_step: Callable[[int], None], *, group: int | None
) -> Steerable:
    """Where the run was begun: in a process of its own, or in a thread of this one."""
    if loaded.config.simulation.host == "thread":
        from sim.engine.resuming import resume_run

        return resume_run(path, on_step)
    from sim.host.remote import RemoteEngine

    return RemoteEngine.resumed(path, loaded.scenario, on_step, group=group)


def has_terminal() -> bool:
    """Whether the app can be shown here."""
    streams = (sys.stdin, sys.stdout, sys.__stderr__)
    return all(stream is not None and stream.isatty() for stream in streams)


def in_page() -> bool:
    """Whether the screen is a page of a browser; see `tui.command_line.pages`."""
    return "web_driver" in os.environ.get("TEXTUAL_DRIVER", "")


def require_terminal() -> None:
    """Refuse to draw where nothing can be drawn.

    Raises:
        UsageError: says what there is and what was expected.
    """
    if in_page():
        return
    # Textual reads the keys from stdin and draws on the real stderr, but measures stdout.
    streams = {"stdout": sys.stdout, "stdin": sys.stdin, "stderr": sys.__stderr__}
    for stream, file in streams.items():
        if file is None or not file.isatty():
            raise click.UsageError(
                f"{stream} is no terminal, expected one for the app;"
                " `decsim-tui run --steps N` needs none"
            )
    if (name := os.environ.get("TERM", "")) in _CANNOT:
        raise click.UsageError(
            f"TERM={name}: this terminal cannot place text, expected one that can, as"
            " xterm-256color; `decsim-tui run --steps N` needs none"
        )


def _show(
    engine: Steerable,
    loaded: LoadedConfig,
    look: Look,
    cast: Cast | None,
    curtain: Curtain | None = None,
    *,
    shared: Path | None = None,
) -> int:
    from tui.app import DecsimApp
    from tui.screens.export import export_run

    ui = look.settle()
    book = None if shared is None else _shared_book(shared)
    export = export_run if shared is None else _shared_export(shared)
    app = DecsimApp(
        engine, ui=ui, config=loaded, preferences=look.preferences, book=book, export=export
    )
    driver_for(
        app, look.typed, most=ui.max_bytes_per_second, meter=app.meter, cast=cast, curtain=curtain
    )

    hung_up = threading.Event()

    def ask() -> None:
        # A handler runs outside the app's own context; the app calls itself from within.
        leaves = hung_up.is_set() or in_page()  # who ends the server does not end the run
        app.call_later(app.departure.hang_up if leaves else app.departure.end_run)

    # A hang-up asks twice: the system says it, and the driver finds out.
    request = StopRequest(ask, patience=2)
    with put_off(), handled(request, hung_up.set, holds_terminal=True):
        ending = app.run()
    if ending is not None and not ending.closed:
        notify("ending the run once its step is done …")
    closed = engine.close(timeout=_CLOSING_SECONDS)
    if not closed:
        complain("the engine has not ended yet; it will, and what is recorded is kept (see: ps)")
    if cast is not None and cast.error is not None:
        complain(f"--cast: the recording ended early ({cast.error.strerror or cast.error})")
    if ending is None:
        _report_crash(app.broke_with, engine.snapshot.run_dir, goes_on=app.departure.abandoned)
    elif ending.lines:
        notify(*ending.lines)
    if request.made:
        return INTERRUPTED
    return 1 if ending is None or not closed else ending.code


def _shared_book(address: Path) -> Book:
    """The record of a run whose files this user cannot read: its engine reads them out."""
    from sim.host.record import SharedRecord
    from tui.record.book import Book

    return Book(lambda _: SharedRecord(address))


def _shared_export(address: Path) -> Export:
    """Exports from what the engine reads out."""

    def export(run_dir: Path, what: str, form: str, out: Path) -> int:
        from sim.host.shared_export import export_shared

        return export_shared(address, run_dir, what, form, out)

    return export


def driver_for(
    app: App[Any],
    typed: str = "",
    *,
    most: int = 0,
    meter: Meter | None = None,
    cast: Cast | None = None,
    curtain: Curtain | None = None,
) -> None:
    """Give an app the driver that sends what changes, unless somebody chose another one.

    Args:
        app: not running yet.
        typed: what was typed before it takes the terminal.
        most: bytes per second that may be sent; 0 is what the line takes.
        meter: counts what is sent.
        cast: a recording of the screen.
        curtain: what the terminal shows already.
    """
    if os.environ.get("TEXTUAL_DRIVER"):
        return
    from tui.terminal.delta import Meter, Settings, choose_driver

    recorders = () if cast is None else (cast.record,)
    entered = curtain is not None and curtain.raised
    settings = Settings(most, meter if meter is not None else Meter(), recorders, typed, entered)
    app.driver_class, reason = choose_driver(settings)
    if curtain is not None:
        if reason:
            curtain.drop()
        else:
            curtain.hand_over()
    if reason:
        notify(f"{reason}: the screen is sent by Textual's own driver, and not recorded")


def _report_crash(error: Exception | None, run_dir: str, *, goes_on: bool) -> None:
    """Keep the traceback beside the run, and say what happened and where that is."""
    what = "the app broke" + (f" ({type(error).__name__})" if error else "")
    from sim.archive.directory import RunDirectory

    log = Session(RunDirectory(Path(run_dir)).log_file if run_dir else None)
    where = log.record(error) if error else None
    kept = f", the run is kept in {run_dir}" if run_dir else ""
    if goes_on:
        kept = f", the run goes on: {command_line('attach', run_dir)}"
    complain(what + kept + (f", traceback in {where}" if where else ""))
