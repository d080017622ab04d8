"""`web`: the app in a browser."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from sim.errors import InputError, RunDirectoryError
from tui.command_line.help import Helpful
from tui.command_line.output import notify
from tui.command_line.run_name import run_argument


@click.command(cls=Helpful, epilog="decsim-tui web\ndecsim-tui web --port 8000 --read-only")
@run_argument
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    default=0,
    help="Port of this machine; without it, any that is free.",
)
@click.option("--read-only", is_flag=True, help="Watch, and change nothing.")
def web(name: str | None, port: int, read_only: bool) -> int:
    """Show a run that is alive in a browser, on 127.0.0.1.

    Prints an address with a secret in it: whoever knows it can steer the run. Each page is a
    viewer of its own; a page that is closed leaves the run going. Needs the extra `web`.
    """
    try:
        from tui.command_line.pages import PageServer, bound
    except ModuleNotFoundError as error:
        raise InputError(
            f"web: the package {error.name} is not installed, expected it by"
            " `pip install 'decsim-tui[web]'`"
        ) from None
    run_dir = _meant(name)
    try:
        listening = bound(port)
    except OSError as error:
        raise InputError(f"--port: {port} cannot be used ({error.strerror})") from None
    # A page can do more than the terminal that this command may be given in.
    command = ["env", "TERM=xterm-256color", "COLORTERM=truecolor", sys.executable, "-m", "tui"]
    command += ["attach", str(run_dir)]
    command += ["--read-only"] if read_only else []
    server = PageServer(shlex.join(command), listening, f"decsim-tui {run_dir.name}")
    click.echo(server.address)
    notify(f"pages of {run_dir.name}, as long as this command runs; it ends with ctrl+c")
    server.run()
    return 0


def _meant(name: str | None) -> Path:
    """The run directory of the engine that is meant: where none is named, the latest.

    Raises:
        RunDirectoryError: there is none.
    """
    from tui.command_line.engines import alive, latest_first, meant

    if name is not None:
        return Path(meant(name)[1].run_dir)
    engines = latest_first(alive())
    if not engines:
        raise RunDirectoryError("no engine is alive, expected one (begin one: decsim-tui start)")
    return Path(engines[0][1].run_dir)
